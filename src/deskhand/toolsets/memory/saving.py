"""Saving one memory: what it repeats, replaces or contradicts is found and decided in the transaction that keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from deskhand.retrieval.index import Index, View
from deskhand.retrieval.search import Query
from deskhand.store.entries import EntryRow, EntryTable
from deskhand.store.memories import LinkRow, MemoryRow, MemoryTable
from deskhand.store.personal import PersonalRows
from deskhand.toolsets.memory import moments, repeating
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.ending import end
from deskhand.toolsets.memory.neighbours import Claim, Given, begins, day, judged, meet, others
from deskhand.toolsets.memory.relation import Relation
from deskhand.toolsets.memory.results import KINDS, Saved
from deskhand.toolsets.memory.wording import entry_of
from deskhand.zone import Zone

BREATH_SECONDS = 60.0
"""Memories saved within this time of each other stand side by side."""
_SAME_TIME = 86_400.0


@dataclass(frozen=True, slots=True)
class _Bearing:
    """What a new memory is to those that hold: it ends some, contradicts some, and some came after it."""

    ended: Sequence[MemoryRow]
    against: Sequence[MemoryRow]
    after: Sequence[MemoryRow]


def save(rows: PersonalRows, index: Index, draft: Draft, query: Query, given: Given) -> Saved:
    """Keep the draft, unless it is known already.

    `query` is the draft's own text as the index compares it, with its vector.
    """
    view = index.view(rows)
    row = draft.row(given.now, given.client)
    claim = Claim(row.text, row.kind, row.about, begins(row, given.zone))
    found = judged(rows, index, view, claim, query, given)
    if known := [old for old, how in found if how == "duplicate"]:
        return repeating.repeated(rows, index, known[0], draft, given)
    bearing = _bearing(row, found, given.zone)
    if bearing.after:
        row = replace(row, valid_to=moments.stored(min(begins(old, given.zone) for old in bearing.after)))
    MemoryTable(rows).add(row)
    new = entry_of(row, given.vector, index.model, given.zone)
    EntryTable(rows).add(replace(new, stream=_stream(rows, view, new)))
    return _related(rows, row, bearing, given)


def _bearing(row: MemoryRow, found: Sequence[tuple[MemoryRow, Relation]], zone: Zone) -> _Bearing:
    """What is said of the past ends nothing that began later.

    Where it says itself that something changed then, and the later one is known to have begun later, that one ended
    it; else the two contradict each other, as far as both hold at one time.
    """
    ended: list[MemoryRow] = []
    against: list[MemoryRow] = []
    after: list[MemoryRow] = []
    for old, how in found:
        earlier = day(begins(row, zone), zone) < day(begins(old, zone), zone)
        if how == "supersedes" and not earlier:
            ended.append(old)
        elif how == "supersedes" and old.valid_from:
            after.append(old)
        elif how in ("supersedes", "conflict") and meet(row, old, zone):
            against.append(old)
    return _Bearing(ended, against, after)


def _related(rows: PersonalRows, row: MemoryRow, bearing: _Bearing, given: Given) -> Saved:
    """Write down what the new memory is to others, and tell it."""
    for old in bearing.ended:
        end(rows, old, row, given)
    MemoryTable(rows).link(
        *(LinkRow(row.id, old.id, "supersedes") for old in bearing.ended),
        *(LinkRow(row.id, old.id, "conflicts_with") for old in bearing.against),
        *(LinkRow(old.id, row.id, "supersedes") for old in bearing.after),
    )
    until = moments.shown(row.valid_to, given.zone) if row.valid_to else None
    told = others(bearing.ended or bearing.against)
    status = "supersedes" if bearing.ended else "conflicts_with" if bearing.against else "saved"
    return Saved(id=row.id, status=status, kept=row.text, others=told, until=until)


def _stream(rows: PersonalRows, view: View, new: EntryRow) -> str:
    """The stream of the memory saved just before, when both speak of the same time; else one of its own.

    What is said in one breath belongs together, and each is found a little better by the words of the other.
    """
    last = view.newest(KINDS)
    if last is not None and 0 <= new.position - last[1] <= BREATH_SECONDS:
        beside = EntryTable(rows).one(last[0])
        if beside is not None and beside.stream and abs(new.starts - beside.starts) <= _SAME_TIME:
            return beside.stream
    return new.key
