"""One person's memories as rows: every version of each, and how memories relate."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Literal

import sqlalchemy as sa

from deskhand.store.personal import Own, PersonalRows, among, given, own
from deskhand.store.tables import memory, memory_link

Kind = Literal["fact", "preference", "note", "episode"]
Change = Literal["saved", "edited", "pinned", "unpinned", "ended", "superseded", "reopened", "imported"]
Relation = Literal["supersedes", "conflicts_with"]


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """One version of one memory. Times are ISO 8601; the newest version has no `replaced_at`.

    `valid_from` and `valid_to` bound when the text holds, and may be plain dates; None is open. `change` says what made
    this version, `client` which program asked for it.
    """

    id: str
    version: int
    text: str
    kind: Kind
    about: str | None
    valid_from: str | None
    valid_to: str | None
    expires_at: str | None
    pinned: bool
    created_at: str
    recorded_at: str
    replaced_at: str | None
    change: Change
    client: str

    @property
    def key(self) -> str:
        """What the index calls this version."""
        return f"{self.id}.{self.version}"


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Memory `id` supersedes, or conflicts with, the `other`."""

    id: str
    other: str
    relation: Relation


class MemoryTable:
    """The memories of the person whose rows these are."""

    def __init__(self, rows: PersonalRows) -> None:
        self._rows = rows

    def add(self, *memories: MemoryRow) -> None:
        """Keep versions."""
        self._rows.insert(memory, [{name: getattr(row, name) for name in _NAMES} for row in memories])

    def replace(self, old: MemoryRow, new: MemoryRow) -> None:
        """Put a version in place of the one before, which stays as history."""
        self._rows.run(_REPLACED, memory_id=old.id, number=old.version, at=new.recorded_at)
        self.add(new)

    def newest(self) -> list[MemoryRow]:
        """The newest version of each memory, the memory made last first."""
        return self._read(_NEWEST)

    def newest_of(self, ids: Iterable[str]) -> list[MemoryRow]:
        """The newest versions of these memories, in no order; an id that is not there is left out."""
        return self._read_for(_NEWEST_OF, ids)

    def pinned_or(self, kind: str) -> list[MemoryRow]:
        """The newest versions that are pinned, or of a kind; the memory made last first."""
        return self._read(_PINNED_OR, kind=kind)

    def recent(self, limit: int) -> list[MemoryRow]:
        """The newest versions that were written last, newest first."""
        return self._read(_RECENT, most=limit)

    def history(self) -> list[MemoryRow]:
        """All versions of all memories, oldest first."""
        return self._read(_HISTORY)

    def history_of(self, ids: Iterable[str]) -> list[MemoryRow]:
        """All versions of these memories, each memory's oldest first."""
        return self._read_for(_HISTORY_OF, ids)

    def count(self) -> tuple[int, int]:
        """How many memories, and how many versions in all."""
        row = self._rows.run(_COUNT).one()
        return row.memories, row.versions

    def link(self, *links: LinkRow) -> None:
        """Remember how memories relate."""
        self._rows.insert(memory_link, [asdict(row) for row in links])

    def unlink(self, links: Iterable[LinkRow]) -> None:
        """Forget how memories relate."""
        for link in links:
            self._rows.run(_UNLINK, memory_id=link.id, other_id=link.other)

    def links(self) -> list[LinkRow]:
        """How all relate."""
        return [LinkRow(row.id, row.other, row.relation) for row in self._rows.run(_LINKS)]

    def links_of(self, ids: Sequence[str]) -> list[LinkRow]:
        """How these relate to others, from either side."""
        found = (
            LinkRow(row.id, row.other, row.relation)
            for statement in (_LINKS_FROM, _LINKS_TO)
            for result in self._rows.run_for(statement, "ids", ids)
            for row in result.all()
        )
        return list(dict.fromkeys(found))

    def delete(self, ids: Sequence[str]) -> tuple[int, int]:
        """Delete memories with all versions and links: how many versions and links went."""
        links = [
            result.rowcount for end in (_DELETE_FROM, _DELETE_TO) for result in self._rows.run_for(end, "ids", ids)
        ]
        versions = [result.rowcount for result in self._rows.run_for(_DELETE, "ids", ids)]
        return sum(versions), sum(links)

    def _read(self, statement: Own, **values: object) -> list[MemoryRow]:
        return [MemoryRow(*row) for row in self._rows.run(statement, **values).all()]

    def _read_for(self, statement: Own, ids: Iterable[str]) -> list[MemoryRow]:
        return [MemoryRow(*row) for result in self._rows.run_for(statement, "ids", ids) for row in result.all()]


_NAMES = tuple(field.name for field in fields(MemoryRow))
_COLUMNS = [memory.c[name] for name in _NAMES]
_IDS = among("ids")
_MADE_LAST = (memory.c.created_at.desc(), memory.c.id)
_select = sa.select(*_COLUMNS)
_newest = _select.where(memory.c.replaced_at.is_(None))

_NEWEST = own(_newest.order_by(*_MADE_LAST), memory.c.subject)
_NEWEST_OF = own(_newest.where(memory.c.id.in_(_IDS)), memory.c.subject)
_PINNED_OR = own(
    _newest.where(memory.c.pinned.is_(True) | (memory.c.kind == given("kind"))).order_by(*_MADE_LAST),
    memory.c.subject,
)
_RECENT = own(_newest.order_by(memory.c.recorded_at.desc(), memory.c.id).limit(given("most")), memory.c.subject)
_HISTORY = own(_select.order_by(memory.c.created_at, memory.c.id, memory.c.version), memory.c.subject)
_HISTORY_OF = own(_select.where(memory.c.id.in_(_IDS)).order_by(memory.c.id, memory.c.version), memory.c.subject)
_COUNT = own(
    sa.select(
        sa.func.count().filter(memory.c.replaced_at.is_(None)).label("memories"), sa.func.count().label("versions")
    ),
    memory.c.subject,
)
_REPLACED = own(
    sa.update(memory)
    .where(memory.c.id == given("memory_id"), memory.c.version == given("number"))
    .values(replaced_at=given("at")),
    memory.c.subject,
)
_DELETE = own(sa.delete(memory).where(memory.c.id.in_(_IDS)), memory.c.subject)

_links = sa.select(memory_link.c.id, memory_link.c.other, memory_link.c.relation)
_LINKS = own(_links.order_by(memory_link.c.id, memory_link.c.other), memory_link.c.subject)
_LINKS_FROM = own(_links.where(memory_link.c.id.in_(_IDS)), memory_link.c.subject)
_LINKS_TO = own(_links.where(memory_link.c.other.in_(_IDS)), memory_link.c.subject)
_UNLINK = own(
    sa.delete(memory_link).where(memory_link.c.id == given("memory_id"), memory_link.c.other == given("other_id")),
    memory_link.c.subject,
)
_DELETE_FROM = own(sa.delete(memory_link).where(memory_link.c.id.in_(_IDS)), memory_link.c.subject)
_DELETE_TO = own(sa.delete(memory_link).where(memory_link.c.other.in_(_IDS)), memory_link.c.subject)
