"""Keeping memories that come from elsewhere, without overwriting any.

They are written in batches, so that others can save meanwhile. When something goes wrong after the first, the batches
that were written stay, each with its links; the same import again knows them and adds the rest.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, groupby

from anyio import to_thread
from pydantic import Field

from deskhand.errors import Conflict
from deskhand.result import Result
from deskhand.store.entries import EntryRow, EntryTable
from deskhand.store.memories import LinkRow, MemoryRow, MemoryTable, Relation
from deskhand.store.personal import Person, PersonalRows
from deskhand.toolsets.memory.arrival import Arrival, derived_id
from deskhand.toolsets.memory.history_entries import entries_of
from deskhand.zone import Zone

BATCH = 1_000
"""Versions written in one transaction: a fraction of a second, in which nobody else can write to SQLite."""
History = Sequence[MemoryRow]


class Imported(Result):
    """What became of memories from elsewhere."""

    memories: int = Field(description="How many are new.")
    versions: int
    links: int
    known: int = Field(description="How many were there already and were left as they are.")
    renamed: dict[str, str] = Field(description="Ids that another memory had, with the new ones.")
    links_left_out: int = Field(description="Links to memories that are neither in the file nor here.")

    def text(self) -> str:
        """A line for each thing there is to say."""
        memories = "1 memory" if self.memories == 1 else f"{self.memories} memories"
        versions = "1 version" if self.versions == 1 else f"{self.versions} versions"
        links = "1 link" if self.links == 1 else f"{self.links} links"
        lines = [f"Imported {memories} ({versions}, {links})."]
        if self.known:
            lines.append(f"{self.known} were known already and are left as they are.")
        if self.renamed:
            lines.append(f"{len(self.renamed)} got a new id, because another memory has theirs:")
            lines += [f"  {old} is {new}" for old, new in self.renamed.items()]
        if self.links_left_out:
            lines.append(f"{self.links_left_out} links lead to memories that are not here and were left out.")
        return "\n".join(lines)


@dataclass
class _Plan:
    """What is to be written, and what was decided of each id of the file."""

    kept: dict[str, History]
    """The histories of this person by id: those there are, and those to be added."""
    added: dict[str, History] = field(default_factory=dict[str, History])
    ids: dict[str, str] = field(default_factory=dict[str, str])
    """By its id in the file, where a memory is now; of two with one id, the last."""
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    known: int = 0

    def take(self, arrival: Arrival) -> str:
        """Decide under which id a memory is kept."""
        memory_id = next(
            place for place in _places(arrival) if place not in self.kept or _has(self.kept[place], arrival)
        )
        if memory_id in self.kept:
            self.known += 1
        else:
            self.kept[memory_id] = self.added[memory_id] = [replace(row, id=memory_id) for row in arrival.rows]
            if memory_id != arrival.id:
                self.renamed[arrival.id] = memory_id
        self.ids[arrival.id] = memory_id
        return memory_id


async def bring_in(
    person: Person, arrivals: Iterable[Arrival], zone: Zone, progress: Callable[[int], None] | None = None
) -> Imported:
    """Keep memories; their texts can be searched at once, their vectors are still to be made.

    `progress` hears how many memories were written.

    Raises:
        Conflict: somebody else added memories with the same ids meanwhile.
    """
    arrivals = tuple(arrivals)
    plan, links, left_out = await person.read(lambda rows: _decided(rows, arrivals))
    written = 0
    for batch in _batches(plan.added, links):
        entries = await to_thread.run_sync(_entries, batch, zone)
        await person.write(lambda rows, batch=batch, entries=entries: _write(rows, batch, entries))
        written += len(batch.histories)
        if progress is not None:
            progress(written)
    return Imported(
        memories=len(plan.added),
        versions=sum(map(len, plan.added.values())),
        links=len(links),
        known=plan.known,
        renamed=plan.renamed,
        links_left_out=left_out,
    )


def _decided(rows: PersonalRows, arrivals: Sequence[Arrival]) -> tuple[_Plan, list[LinkRow], int]:
    """What to write, and how many links lead nowhere."""
    plan = _Plan(_histories(MemoryTable(rows).history()))
    places = [plan.take(arrival) for arrival in arrivals]
    return plan, *_links(rows, arrivals, places, plan)


def _places(arrival: Arrival) -> Iterator[str]:
    """The ids to try, the same each time, so that a file imported twice is known the second time."""
    yield arrival.id
    content = [repr(_content(row)) for row in arrival.rows]
    yield derived_id(arrival.id, *content)
    for number in count(2):
        yield derived_id(arrival.id, *content, str(number))


@dataclass(frozen=True, slots=True)
class _Batch:
    """Memories that are written together, with the links whose other end is there by then."""

    histories: Sequence[History]
    links: Sequence[LinkRow]


def _batches(added: dict[str, History], links: Sequence[LinkRow]) -> Iterator[_Batch]:
    """A link goes with its later end: an import that was broken off finds it missing with the memory."""
    order = {memory_id: number for number, memory_id in enumerate(added)}
    due: dict[str, list[LinkRow]] = {}
    for link in links:
        due.setdefault(max((link.id, link.other), key=lambda end: order.get(end, -1)), []).append(link)
    batch: list[History] = []
    for history in added.values():
        if batch and sum(map(len, batch)) + len(history) > BATCH:
            yield _with_links(batch, due)
            batch = []
        batch.append(history)
    if batch:
        yield _with_links(batch, due)


def _with_links(batch: Sequence[History], due: dict[str, list[LinkRow]]) -> _Batch:
    return _Batch(batch, [link for history in batch for link in due.get(history[0].id, ())])


def _entries(batch: _Batch, zone: Zone) -> list[EntryRow]:
    return [entry for history in batch.histories for entry in entries_of(history, zone)]


def _write(rows: PersonalRows, batch: _Batch, entries: Sequence[EntryRow]) -> None:
    table = MemoryTable(rows)
    if table.newest_of(history[0].id for history in batch.histories):
        raise Conflict("Memories of this file were added by somebody else meanwhile. Import it again to add the rest.")
    table.add(*(row for history in batch.histories for row in history))
    EntryTable(rows).put(*entries)
    table.link(*batch.links)


def _histories(rows: Iterable[MemoryRow]) -> dict[str, History]:
    return {memory_id: list(versions) for memory_id, versions in groupby(rows, lambda row: row.id)}


def _has(kept: History, arrival: Arrival) -> bool:
    """Whether a memory says all that an arriving one does; it may have been changed since."""
    if arrival.bare:
        return (kept[0].text, kept[0].about) == (arrival.rows[0].text, arrival.rows[0].about)
    return [_content(row) for row in kept[: len(arrival.rows)]] == [_content(row) for row in arrival.rows]


def _content(row: MemoryRow) -> MemoryRow:
    """A version without its id, and without when it was replaced: that of the newest is yet to come."""
    return replace(row, id="", replaced_at=None)


def _links(
    rows: PersonalRows, arrivals: Sequence[Arrival], places: Sequence[str], plan: _Plan
) -> tuple[list[LinkRow], int]:
    """The links that come with memories that are new, and how many lead nowhere."""
    there = MemoryTable(rows).links()
    found = {(link.id, link.other): link for link in there}
    left_out = 0
    for arrival, memory_id in zip(arrivals, places, strict=True):
        for other, relation in _told(arrival):
            target = plan.ids.get(other, other)
            if target not in plan.kept:
                left_out += 1
            elif memory_id != target and plan.added.keys() & {memory_id, target}:
                link = _link(memory_id, target, relation, plan)
                found.setdefault((link.id, link.other), link)
    return list(found.values())[len(there) :], left_out


def _told(arrival: Arrival) -> Iterator[tuple[str, Relation]]:
    for other in arrival.supersedes:
        yield other, "supersedes"
    for other in arrival.conflicts_with:
        yield other, "conflicts_with"


def _link(memory_id: str, target: str, relation: Relation, plan: _Plan) -> LinkRow:
    """Both ends tell of a contradiction; it is kept once, from the memory that was made later."""
    if relation == "supersedes":
        return LinkRow(memory_id, target, relation)
    earlier, later = sorted((memory_id, target), key=lambda end: (plan.kept[end][0].created_at, end))
    return LinkRow(later, earlier, relation)
