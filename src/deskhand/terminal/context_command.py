"""`/context`, `/pin`, `/unpin` and `/undo-compaction`: what the model sees, in the person's hands."""

from collections.abc import Callable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deskhand.context.message import Message
from deskhand.context.receipt import Receipt
from deskhand.errors import InvalidInput, NotFound
from deskhand.host.events import ContextMeasured
from deskhand.host.short_term import ShortTermMemory
from deskhand.terminal.context_lines import QUOTED, counted
from deskhand.terminal.context_meter import RESERVED, ContextMeter, parts, percent
from deskhand.terminal.desk import Desk
from deskhand.terminal.memory_command import Proposed
from deskhand.terminal.printable import one_line
from deskhand.terminal.receipt_lines import receipt_card, receipts_list

NUMBERED = ("context", "undo-compaction")
"""The commands that take the number of a compaction."""
_NAMING = 40
"""Characters of a message that are proposed to name it."""
_BAR = 40
"""Columns that stand for the whole window."""


class ContextCommand:
    """Runs these commands on the conversation that goes on at `desk`; `show` prints.

    What changes is told by the events of the conversation, as it is where a program changes it.
    """

    def __init__(self, desk: Desk, meter: ContextMeter, show: Callable[[RenderableType], None]) -> None:
        self._desk = desk
        self._meter = meter
        self._show = show

    async def context(self, rest: str) -> None:
        """What takes how much of the window, and the compactions; with a number, that compaction.

        Raises:
            InvalidInput: what was typed is no number.
            NotFound: no compaction of this number is in force.
        """
        memory = self._desk.current.memory
        if rest:
            light = _receipt(memory, _number("context", rest))
            receipt = await memory.whole_receipt(light.number) or light
            messages = {message.id: message for message in await self._desk.current.conversation.messages()}
            self._show(receipt_card(receipt, messages))
            return
        self._meter.recount(memory)
        measured = self._meter.measured
        self._show(self._head())
        self._show(window_table(measured) if measured else _not_counted(memory))
        self._show(_told(memory))

    async def pin(self, rest: str) -> None:
        """Keep a message in view: the newest with these words, else the person's last.

        Raises:
            NotFound: there is none.
        """
        await self._desk.current.memory.pin(rest)
        self._meter.recount(self._desk.current.memory)

    async def unpin(self, rest: str) -> None:
        """Let a pinned message leave the view in its time: the newest with these words, else the newest of all.

        Raises:
            NotFound: nothing that is pinned has these words in it.
        """
        message = await self._desk.current.memory.unpin(rest)
        self._show(Text(f"No longer pinned: “{one_line(message.text, QUOTED)}” may leave the view in its time."))
        self._meter.recount(self._desk.current.memory)

    async def undo(self, rest: str) -> None:
        """Take back the last compaction, or this one with those after it.

        Raises:
            InvalidInput: what was typed is no number.
            NotFound: no compaction of this number is in force.
        """
        memory = self._desk.current.memory
        number = _receipt(memory, _number("undo-compaction", rest)).number if rest else None
        await memory.undo(number)
        self._meter.recount(memory)

    def propose(self, typed: str) -> list[Proposed]:
        """The numbers that could follow, the last compaction first."""
        receipts = reversed(self._desk.current.memory.receipts)
        found = [(str(each.number), f"{each.tokens_before:,} → {each.tokens_after:,} tokens") for each in receipts]
        return [Proposed(number, meaning) for number, meaning in found if number.startswith(typed)]

    def propose_pinned(self, typed: str) -> list[Proposed]:
        """The beginnings of the pinned messages that have the typed words in them, the newest first."""
        words = " ".join(typed.split()).casefold()
        texts = [" ".join(message.text.split()) for message in reversed(_pinned(self._desk.current.memory))]
        return [Proposed(_beginning(text), text) for text in texts if words in text.casefold()]

    def _head(self) -> Text:
        window = f"window {self._desk.model.context_window:,} tokens"
        full = self._meter.full
        taken = "" if full is None else f", {percent(full)} full (what is reserved not counted)"
        return Text(f"{one_line(self._desk.model.name)}, {window}{taken}")


def window_table(measured: ContextMeasured) -> RenderableType:
    """What takes how much of the window, as numbers and as bars."""
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    table.add_column(justify="right")
    table.add_column(no_wrap=True)
    for name, tokens in parts(measured):
        share = tokens / measured.window
        look = {"free": "green", RESERVED: "dim"}.get(name, "cyan")
        bar = "━" * max(round(share * _BAR), 1 if tokens > 0 else 0)
        table.add_row(Text(name), f"{tokens:,}", percent(share), Text(bar, style=look))
    return table


def _not_counted(memory: ShortTermMemory) -> RenderableType:
    """What is known before the first request."""
    tokens = f"The conversation takes about {memory.tokens():,} tokens. " if memory.window.messages else ""
    return Text(f"{tokens}The system prompt and the tools are counted when the model is asked next.", style="dim")


def _told(memory: ShortTermMemory) -> RenderableType:
    """What became of the messages so far."""
    if not memory.receipts:
        seen = counted(len(memory.window.messages), "message")
        return Text(f"\nNothing was compacted: the model sees all of the conversation ({seen}).", style="dim")
    total = memory.moved_out + len(memory.window.messages)
    moved = f"\nThe model sees {total - memory.moved_out:,} of {counted(total, 'message')}; the log has all of them."
    hint = "/context N shows a compaction, /undo-compaction N takes it back, /pin WORDS keeps a message in view"
    if pinned := _pinned(memory):
        hint += f"\n{counted(len(pinned), 'message')} pinned: /unpin WORDS lets one go"
    return Group(Text(moved), receipts_list(memory.receipts), Text(hint, style="dim"))


def _pinned(memory: ShortTermMemory) -> list[Message]:
    return [message for message in memory.window.messages if message.metadata.priority == "pinned"]


def _beginning(text: str) -> str:
    """The first words of a text: enough to name it."""
    return text if len(text) <= _NAMING else text[: _NAMING + 1].rpartition(" ")[0] or text[:_NAMING]


def _receipt(memory: ShortTermMemory, number: int) -> Receipt:
    for receipt in memory.receipts:
        if receipt.number == number:
            return receipt
    known = ", ".join(str(receipt.number) for receipt in memory.receipts)
    raise NotFound(
        f"There is no compaction {number} in force. "
        + (f"There are: {known}. /context lists them." if known else "Nothing was compacted, or all is taken back.")
    )


def _number(command: str, typed: str) -> int:
    if typed.isdecimal():
        return int(typed)
    raise InvalidInput(f"Type /{command}, or /{command} N with the number of a compaction. /context lists them.")
