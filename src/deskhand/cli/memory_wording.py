"""What `deskhand memory` prints: memories with times in the person's zone, and hints that name commands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deskhand.store.memories import MemoryRow
    from deskhand.toolsets.memory.results import Found, Item, Left, Version
    from deskhand.zone import Zone

_HINT = re.compile(r"^(There is no memory '[^']*')\..*", re.DOTALL)
_NAMED = 5
"""Most other people who are named."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How times and authors read to a person."""

    zone: "Zone"
    now: datetime
    labels: Mapping[str, str]
    """Labels of tokens by what versions call them, `token:` with the token's id."""

    def time(self, value: str) -> str:
        """A day as it is, a moment to the minute in the person's zone."""
        from deskhand.toolsets.memory import moments

        if moments.is_day(value):
            return value
        return datetime.fromisoformat(value).astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    def author(self, client: str) -> str:
        """The program that asked for a version; of a token, its label beside the id."""
        label = self.labels.get(client)
        return f"{client} ({label})" if label else client

    def bounds(self, valid_to: str | None, expires_at: str | None) -> list[str]:
        """Until when something holds, and whether that is over."""
        from deskhand.toolsets.memory import moments

        words = ((valid_to, "until", "until"), (expires_at, "expires", "expired"))
        return [
            f"{past if moments.end(value, self.zone) <= self.now else coming} {self.time(value)}"
            for value, coming, past in words
            if value
        ]


def row_line(row: "MemoryRow", reader: Reader) -> str:
    """A memory in a list."""
    marks = [row.kind, *(["pinned"] if row.pinned else []), *reader.bounds(row.valid_to, row.expires_at)]
    about = f"{row.about}: " if row.about else ""
    return f"{row.id}  {reader.time(row.recorded_at)}  {', '.join(marks)}  {about}{row.text}"


def whole(item: "Item", reader: Reader) -> str:
    """A memory: its wordings, the newest first, and how it relates."""
    lines = [f"{item.id}, made {reader.time(item.created_at)}"]
    for version in item.history:
        about = f"{version.about}: " if version.about else ""
        lines += [_version_line(version, reader), f"     {about}{version.text}"]
    relations = (
        ("replaces", item.supersedes),
        ("replaced by", item.superseded_by),
        ("contradicts", item.conflicts_with),
    )
    lines += [f"{name}: [{other.id}] {other.text}" for name, others in relations for other in others]
    return "\n".join(lines)


def _version_line(version: "Version", reader: Reader) -> str:
    pinned = ["pinned"] if version.pinned and version.change != "pinned" else []
    begins = [f"from {reader.time(version.valid_from)}"] if version.valid_from else []
    marks = [version.kind, version.change, *pinned, *begins, *reader.bounds(version.valid_to, version.expires_at)]
    when = reader.time(version.recorded_at)
    return f"{version.version:>3}. {when}  {', '.join(marks)}, by {reader.author(version.client)}"


def found_lines(found: "Found", why: str) -> list[str]:
    """What a search found; `why` says how search works, told when it was by words only."""
    lines = [hit.line() for hit in found.hits] or ["Nothing is remembered about this."]
    if found.more:
        hits = "1 weaker hit is" if found.more == 1 else f"{found.more} weaker hits are"
        lines.append(f"({hits} left out: raise --limit.)")
    if found.note:
        lines.append(found.note)
    return [*lines, f"({why})"] if found.search == "words only" else lines


def left_lines(left: "Left") -> list[str]:
    """What a deletion leaves, with the command that deletes it."""
    more = "1 more matches" if left.more == 1 else f"{left.more} more match"
    first = [f"{more}: give the command again."] if left.more else []
    return [*first, *left.model_copy(update={"more": 0}).lines()]


def nothing_of(user: str, others: Mapping[str, int]) -> str:
    """That nothing is remembered of somebody, and of whom there is something instead."""
    return " ".join(filter(None, (f"Nothing is remembered of {user}.", instead(others))))


def instead(others: Mapping[str, int]) -> str:
    """Of whom there is something, and how much, with the option that names them; empty where there is nobody."""
    if not others:
        return ""
    named = ", ".join(f"{name} has {count}" for name, count in list(others.items())[:_NAMED])
    rest = f", and {len(others) - _NAMED} more people have some" if len(others) > _NAMED else ""
    who = next(iter(others)) if len(others) == 1 else "SUBJECT"
    return f"{named}{rest}: --user {who}."


def for_commands(message: str) -> str:
    """A message of the tools in the words of commands."""
    return _HINT.sub(r"\1. See `deskhand memory list`, or `deskhand memory search WORDS`.", message)


def bare(memory_id: str) -> str:
    """An id as it is kept: lists show it in brackets, and some people write it in capitals."""
    plain = memory_id.strip("[], ")
    return plain.lower() if plain.isupper() else plain


def memories_counted(memories: int) -> str:
    """`1 memory`, `2 memories`."""
    return "1 memory" if memories == 1 else f"{memories:,} memories"
