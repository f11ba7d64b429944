"""Memories as JSON lines: one memory a line, with its whole history, to take elsewhere and bring back.

Each line says `"deskhand_memory": 1`, the version of this format, and stands alone: lines may be left out, sorted, or
put together from several exports. docs/how-to/take-your-memories-along.md describes it.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationError

from deskhand.errors import InvalidInput
from deskhand.store.memories import Change, Kind, MemoryRow
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.arrival import Arrival, arriving, arriving_about
from deskhand.toolsets.memory.results import Item, Part
from deskhand.zone import Zone

FORMAT = 1
MARK = "deskhand_memory"
"""The member that tells such a line from others."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Id = Annotated[str, Field(pattern=r"\A[A-Za-z0-9_-]{1,40}$")]


class LineVersion(Part):
    """One version of a memory, as `store.memories.MemoryRow`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    version: int = Field(ge=1, le=1_000_000_000)
    text: str
    kind: Kind
    about: str | None
    valid_from: str | None
    valid_to: str | None
    expires_at: str | None
    pinned: bool
    recorded_at: str
    replaced_at: str | None
    change: Change
    client: str = Field(max_length=200)


class Line(Part):
    """One memory. The versions stand newest first; the ids of others are sorted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    deskhand_memory: Literal[1]
    id: Id
    created_at: str
    history: tuple[LineVersion, ...] = Field(min_length=1)
    supersedes: tuple[Id, ...] = ()
    conflicts_with: tuple[Id, ...] = ()


def exported(items: Iterable[Item]) -> str:
    """One line of JSON for each memory, the oldest first."""
    return "".join(f"{line_of(item)}\n" for item in items)


def line_of(item: Item) -> str:
    """One memory as a line, without the line break."""
    versions = [LineVersion.model_validate(version.model_dump()) for version in item.history]
    line = Line(
        deskhand_memory=FORMAT,
        id=item.id,
        created_at=item.created_at,
        history=tuple(versions),
        supersedes=tuple(sorted(other.id for other in item.supersedes)),
        conflicts_with=tuple(sorted(other.id for other in item.conflicts_with)),
    )
    return line.model_dump_json()


def arrival_of(text: str, place: str, zone: Zone) -> Arrival:
    """A line read back; times without offset are in `zone`.

    Raises:
        HoldsSecret: a version seems to hold a secret.
        InvalidInput: it is no such line, or its versions do not fit together.
    """
    line = _parsed(text)
    created = _moment("created_at", line.created_at)
    versions = tuple(reversed(line.history))
    rows = tuple(_row(line.id, created, version, zone) for version in versions)
    _check_history(rows)
    return Arrival(place, rows, line.supersedes, line.conflicts_with)


def _parsed(text: str) -> Line:
    try:
        return Line.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        if where == MARK and first["type"] == "literal_error":
            raise InvalidInput(f"its format is not {FORMAT}: a newer Deskhand wrote it, and can read it") from error
        raise InvalidInput(f"{where}: {first['msg']}" if where else str(first["msg"])) from error


def _row(memory_id: str, created: str, version: LineVersion, zone: Zone) -> MemoryRow:
    return MemoryRow(
        id=memory_id,
        version=version.version,
        text=arriving(version.text),
        kind=version.kind,
        about=arriving_about(version.about),
        valid_from=_day_or_moment("valid_from", version.valid_from, zone),
        valid_to=_day_or_moment("valid_to", version.valid_to, zone),
        expires_at=_day_or_moment("expires_at", version.expires_at, zone),
        pinned=version.pinned,
        created_at=created,
        recorded_at=_moment("recorded_at", version.recorded_at),
        replaced_at=version.replaced_at and _moment("replaced_at", version.replaced_at),
        change=version.change,
        client="".join(character if character.isprintable() else "\ufffd" for character in version.client),
    )


def _check_history(rows: tuple[MemoryRow, ...]) -> None:
    numbers = [row.version for row in rows]
    if numbers != sorted(set(numbers)):
        raise InvalidInput("history: the versions must have different numbers, the newest first")
    if rows[-1].replaced_at is not None:
        raise InvalidInput("history.0.replaced_at: the newest version was replaced by none, so this must be null")
    if any(row.replaced_at is None for row in rows[:-1]):
        raise InvalidInput("history: replaced_at is missing in a version that is not the newest")


def _moment(name: str, value: str) -> str:
    """A moment as the store keeps it."""
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is not None:
            return moments.stored(found)
    except (ValueError, OverflowError):
        pass
    raise InvalidInput(f"{name}: expected a time with offset such as 2026-05-07T18:30:00+00:00, not {value[:40]!r}")


def _day_or_moment(name: str, value: str | None, zone: Zone) -> str | None:
    """As it is when it is in one of the forms the store keeps, so that an export of it reads the same."""
    if value is None:
        return None
    normal = moments.normal(name, value, zone)
    if _DAY.fullmatch(normal):
        return normal
    found = datetime.fromisoformat(value.strip())
    return value if found.tzinfo and found.isoformat(timespec="microseconds") == value else normal
