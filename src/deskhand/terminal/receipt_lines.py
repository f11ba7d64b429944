"""Receipts of compactions on the screen: all of them, or one whole."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deskhand.context.message import Message, ToolResult
from deskhand.context.receipt import Receipt, Trigger, Why
from deskhand.host.conversation import said
from deskhand.terminal.printable import arguments_line, one_line, printable

ID_CHARACTERS = 8
"""Of a message's id: as the digest cites it."""
MOST_MESSAGES = 30
"""Messages of each kind that one receipt lists."""
MOST_RECEIPTS = 10
"""Compactions that are listed: a long conversation in a small window has hundreds."""
MOST_LINES = 60
"""Lines of a digest that are shown."""
_BEGINNING = 90
_WHY: Mapping[Why, str] = {
    "system": "system",
    "pinned": "pinned",
    "instruction": "standing instruction",
    "request": "last request",
    "open": "still open",
    "recent": "recent",
    "priority": "high priority",
}
_TRIGGERS: Mapping[Trigger, str] = {
    "budget": "window nearly full",
    "overflow": "the model refused",
    "asked": "asked for",
}
_SPEAKERS = {"user": "you", "assistant": "assistant", "system": "system", "tool": "tool"}


def receipts_list(
    receipts: Sequence[Receipt], taken_back: Iterable[int] = (), *, whole: bool = False
) -> RenderableType:
    """Two lines each, of the last ones or the `whole` list; `taken_back` are the numbers of those not in force."""
    undone = set(taken_back)
    shown = receipts if whole else receipts[-MOST_RECEIPTS:]
    table = Table.grid(padding=(0, 2))
    for receipt in shown:
        because = "taken back" if receipt.number in undone else _TRIGGERS[receipt.trigger]
        tokens = f"{receipt.tokens_before:,} → {receipt.tokens_after:,} tokens"
        counts = f"{len(receipt.moved_out):,} to the log, {len(receipt.digested):,} in the digest"
        short = f", {len(receipt.shortened):,} in short" if receipt.shortened else ""
        did = Text.assemble(
            f"{_when(receipt)} · {because} · {tokens}\n",
            (f"{counts}{short}; stayed: {_reasons(receipt)}", "dim"),
        )
        table.add_row(Text(str(receipt.number), style="bold"), did)
    more = len(receipts) - len(shown)
    hint = Text(f"… {more:,} before these: deskhand conversations receipts", style="dim")
    return Group(hint, table) if more else table


def receipt_card(receipt: Receipt, messages: Mapping[str, Message], *, whole: bool = False) -> RenderableType:
    """One compaction: the digest, what stayed and why, what moved out. `messages` are those of the conversation.

    Only the last messages and the first lines of the digest are shown, unless `whole`.
    """
    tokens = f"{receipt.tokens_before:,} → {receipt.tokens_after:,} of {receipt.budget:,} tokens"
    when = f"  {_when(receipt)} · {_TRIGGERS[receipt.trigger]} · {tokens}"
    shown: list[RenderableType] = [Text.assemble((f"Compaction {receipt.number}", "bold"), when)]
    if receipt.note:
        shown.append(Text(printable(receipt.note), style="yellow"))
    if receipt.digest:
        shown += _digest(receipt, whole=whole)
    kept, moved = _kept(receipt), _moved(receipt)
    shown += [_heading(f"Stayed: {_count(kept)}"), *_listed(kept, messages, whole=whole)]
    shown += [_heading(f"Moved to the log: {_count(moved)}"), *_listed(moved, messages, whole=whole)]
    return Group(*shown)


def _kept(receipt: Receipt) -> Sequence[tuple[str, str]]:
    """Ids of what stayed, each with why."""
    short = set(receipt.shortened)
    return [(one.id, _WHY[one.why] + (", in short" if one.id in short else "")) for one in receipt.kept]


def _moved(receipt: Receipt) -> Sequence[tuple[str, str]]:
    """Ids of what moved out, each with where it is told of."""
    repeats = {one.id: f"says what {one.of[:ID_CHARACTERS]} says" for one in receipt.repeats}
    told = set(receipt.digested)
    return [(name, repeats.get(name, "in the digest" if name in told else "")) for name in receipt.moved_out]


def beginning(message: Message) -> str:
    """The first words of a message; what it calls, or what came of a call, where it has none."""
    if text := said(message).strip():
        return one_line(text, _BEGINNING)
    calls = [f"{call.name}({arguments_line(call.arguments, call.raw, 60)})" for call in message.tool_calls]
    results = [_result(block) for block in message.content if isinstance(block, ToolResult)]
    return one_line(", ".join([*calls, *results]), _BEGINNING) or "[picture]"


def _result(result: ToolResult) -> str:
    text = next((part.text for part in result.content if part.type == "text"), "[picture]")
    return f"{result.name} → {text}"


def _digest(receipt: Receipt, *, whole: bool) -> Sequence[RenderableType]:
    by = "summed up by the model" if receipt.by == "summary" else "quoted"
    lines = printable(receipt.digest).strip().split("\n")
    shown = lines if whole else lines[:MOST_LINES]
    more = [Text(f"… {len(lines) - len(shown):,} more lines", style="dim")] if len(shown) < len(lines) else []
    return [_heading(f"Digest of {_count(receipt.digested)}, {by}"), *map(Text, shown), *more]


def _listed(
    found: Sequence[tuple[str, str]], messages: Mapping[str, Message], *, whole: bool
) -> Sequence[RenderableType]:
    """The last ones, each with what is said of it and its beginning."""
    shown = found if whole else found[-MOST_MESSAGES:]
    table = Table.grid(padding=(0, 2))
    for name, remark in shown:
        message = messages.get(name)
        who = _SPEAKERS[message.role] if message else ""
        first = Text(beginning(message) if message else "no longer there", no_wrap=True, overflow="ellipsis")
        table.add_row(Text(one_line(name[:ID_CHARACTERS]), style="dim"), who, first, Text(remark, style="dim"))
    more = [Text(f"… {len(found) - len(shown):,} before these", style="dim")] if len(shown) < len(found) else []
    return [*more, table] if shown else []


def _heading(text: str) -> RenderableType:
    return Text(f"\n{text}", style="bold")


def _count(found: Sequence[object]) -> str:
    return "1 message" if len(found) == 1 else f"{len(found):,} messages"


def _reasons(receipt: Receipt) -> str:
    counts = Counter(_WHY[one.why] for one in receipt.kept)
    return ", ".join(f"{count} {why}" for why, count in counts.most_common())


def _when(receipt: Receipt) -> str:
    return f"{receipt.at.astimezone():%Y-%m-%d %H:%M}"
