"""Memories on the screen: what was remembered just now, a list, one with its history."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deskhand.host.events import MemoryChanged, RememberedText
from deskhand.terminal.printable import one_line, printable
from deskhand.toolsets.memory.results import Found, Hit, Item, Other, Version

LONGEST = 300
"""Characters of a memory on one line."""


def change_line(event: MemoryChanged) -> str:
    """One quiet line: `remembered [m7k2]: I am allergic to peanuts`."""
    said = ", ".join(map(_named, event.memories))
    others = ", ".join(map(_named, event.others))
    match event.change:
        case "saved":
            return f"remembered {said}"
        case "duplicate_of":
            return f"known already {said}"
        case "supersedes":
            return f"remembered {said} · in place of {others}"
        case "conflicts_with":
            return f"remembered {said} · it contradicts {others}"
        case "updated":
            before = f" · before: {one_line(event.before, LONGEST)}" if event.before else ""
            state = [*(["pinned"] if event.pinned else []), *([f"ended {minute(event.until)}"] if event.until else [])]
            return f"changed {said}{before}{''.join(f' · {one_line(each)}' for each in state)}"
        case "forgotten":
            return f"forgotten for good {said}"


def _named(memory: RememberedText | Other) -> str:
    text = f": {one_line(memory.text, LONGEST)}" if memory.text else ""
    return f"[{one_line(memory.id, 40)}]{text}"


def minute(value: str) -> str:
    """A day as it is, a moment to the minute on this machine's clock."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return value if len(value) == len("2026-05-07") else moment.astimezone().strftime("%Y-%m-%d %H:%M")


def document(text: str) -> RenderableType:
    """Markdown of headings and lists, as a profile is, nearly as it stands: a memory is not to be laid out."""
    lines: list[RenderableType] = []
    for line in printable(text).split("\n"):
        heading = line.startswith("#")
        lines.append(Text(line.lstrip("# ") if heading else line, style="bold" if heading else ""))
    return Group(*lines)


def hits_table(found: Found) -> RenderableType:
    """What a search found, best first."""
    if not found.hits:
        return Text("Nothing is remembered about this.", style="dim")
    table = _grid((hit.id, _hit_line(hit)) for hit in found.hits)
    weaker = "1 weaker one is" if found.more == 1 else f"{found.more} weaker ones are"
    more = f"{weaker} not shown · " if found.more else ""
    return Group(table, Text(f"{more}searched by {found.search}", style="dim"))


def _hit_line(hit: Hit) -> Text:
    held = f"{hit.when[:10]} to {hit.until[:10]}" if hit.until else hit.when[:10]
    about = f"{hit.about}: " if hit.about else ""
    marks = [held, hit.kind, *([hit.source] if hit.source != "memory" else []), *(["pinned"] if hit.pinned else [])]
    against = f"contradicts {', '.join(hit.conflicts_with)}" if hit.conflicts_with else ""
    return Text.assemble(
        one_line(f"{about}{hit.text}", LONGEST),
        (f"  {one_line(' · '.join(marks))}", "dim"),
        (f" · {one_line(against)}" if against else "", "red"),
    )


def item_card(item: Item) -> RenderableType:
    """A memory, what it relates to, and its versions, the newest first."""
    now = item.current
    head = Text.assemble((f"[{one_line(item.id, 40)}] ", "bold"), printable(now.text))
    about = f"about {now.about}" if now.about else ""
    since = f"since {minute(now.valid_from or item.created_at)}"
    until = f"until {minute(now.valid_to)}" if now.valid_to else ""
    expires = f"expires {minute(now.expires_at)}" if now.expires_at else ""
    state = [now.kind, about, since, until, expires, "pinned" if now.pinned else ""]
    parts: list[RenderableType] = [head, Text(one_line(" · ".join(filter(None, state))), style="dim")]
    relations: dict[str, Sequence[Other]] = {
        "in place of": item.supersedes,
        "replaced by": item.superseded_by,
        "contradicts": item.conflicts_with,
    }
    parts += [Text(f"{how} {_named(other)}") for how, others in relations.items() for other in others]
    if len(item.history) > 1:
        parts.append(_grid((f"version {each.version}", _version_line(each)) for each in item.history))
    return Group(*parts)


def _version_line(version: Version) -> Text:
    return Text.assemble(
        one_line(version.text, LONGEST),
        (f"  {one_line(f'{version.change} {minute(version.recorded_at)}, {version.client}')}", "dim"),
    )


def _grid(rows: Iterable[tuple[str, Text]]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in rows:
        table.add_row(Text(one_line(name, 40), style="bold"), text)
    return table
