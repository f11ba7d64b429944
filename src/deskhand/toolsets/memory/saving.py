"""Saving one memory: what it repeats, replaces or contradicts is found and decided in the transaction that keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from deskhand.retrieval.index import Index, View
from deskhand.retrieval.search import Hit, Query
from deskhand.store.entries import EntryRow, EntryTable
from deskhand.store.memories import LinkRow, MemoryRow, MemoryTable
from deskhand.store.personal import PersonalRows
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.moments import Zone
from deskhand.toolsets.memory.relation import Relation, relation
from deskhand.toolsets.memory.results import KINDS, Other, Saved
from deskhand.toolsets.memory.wording import entry_of

BREATH_SECONDS = 60.0
"""Memories saved within this time of each other stand side by side."""
_SAME_TIME = 86_400.0
NEAREST = 8
"""Memories a new one is compared with."""
_NEAR = 0.35
"""The cosine from which a memory that shares no word is compared."""
_CLOCKS_DIFFER = timedelta(minutes=1)
"""What another process saved a moment ago may begin after this one's now."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is, and where the person is."""

    now: datetime
    zone: Zone


def save(rows: PersonalRows, index: Index, draft: Draft, query: Query, given: "Given") -> Saved:
    """Keep the draft, unless it is known already.

    `query` is the draft's own text as the index compares it, with its vector.
    """
    memories = MemoryTable(rows)
    view = index.view(rows)
    near = _nearest(rows, index, view, draft, query, given)
    judged = [(old, _relation(old, draft, cosine, given)) for old, cosine in near]
    if known := [old for old, how in judged if how == "duplicate"]:
        return Saved(id=known[0].id, status="duplicate_of", kept=known[0].text, others=_others(known[:1]))
    row = draft.row(given.now, given.client)
    memories.add(row)
    new = entry_of(row, given.vector, index.model, given.zone)
    stream = _stream(rows, view, new)
    EntryTable(rows).add(replace(new, stream=stream))
    ended = [old for old, how in judged if how == "supersedes"]
    against = [old for old, how in judged if how == "conflict"]
    for old in ended:
        _end(rows, old, row, given)
    memories.link(*(LinkRow(row.id, old.id, "supersedes") for old in ended))
    memories.link(*(LinkRow(row.id, old.id, "conflicts_with") for old in against))
    if ended or against:
        status = "supersedes" if ended else "conflicts_with"
        return Saved(id=row.id, status=status, kept=row.text, others=_others(ended or against))
    return Saved(id=row.id, status="saved", kept=row.text)


@dataclass(frozen=True, slots=True)
class Given(Moment):
    """What comes with a draft: by which program, and its vector as the index keeps it."""

    client: str
    vector: bytes | None


def _nearest(
    rows: PersonalRows, index: Index, view: View, draft: Draft, query: Query, given: Given
) -> list[tuple[MemoryRow, float | None]]:
    """The current memories that might say the same or the opposite, with their cosines, nearest first."""
    kinds = ["episode"] if draft.kind == "episode" else [kind for kind in KINDS if kind != "episode"]
    hits = index.search(view, query, kinds, at=_begins(draft, given).timestamp(), limit=NEAREST)
    cosines: dict[str, float | None] = {
        hit.key: _cosine(hit, query) for hit in hits if hit.keyword or hit.dense > _NEAR
    }
    found = {row.id: row for row in MemoryTable(rows).newest_of(cosines)} if cosines else {}
    return [(found[key], cosine) for key, cosine in cosines.items() if key in found]


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


def _begins(draft: Draft, given: Given) -> datetime:
    """When the draft comes to be compared with what holds: not before now, as others' clocks may tell it."""
    now = given.now + _CLOCKS_DIFFER
    return max(now, moments.beginning(draft.valid_from, given.zone)) if draft.valid_from else now


def _cosine(hit: Hit, query: Query) -> float | None:
    return None if query.vector is None else hit.dense


def _relation(old: MemoryRow, draft: Draft, cosine: float | None, given: Given) -> Relation:
    if old.about and draft.about and old.about.casefold() != draft.about.casefold():
        return "separate"
    found = relation(
        old.text, draft.text, similarity=cosine, same_subject=bool(draft.about) and old.about == draft.about
    )
    if draft.kind != "episode":
        return found
    # What happened twice is two episodes, and what happened is never untrue because something else happened.
    same_day = _day(old.valid_from, old.created_at, given.zone) == _day(draft.valid_from, None, given.zone, given.now)
    return "duplicate" if found == "duplicate" and same_day else "separate"


def _day(valid_from: str | None, created_at: str | None, zone: Zone, now: datetime | None = None) -> str:
    value = valid_from or created_at
    moment = moments.beginning(value, zone) if value else now
    return "" if moment is None else moment.astimezone(zone).date().isoformat()


def _end(rows: PersonalRows, old: MemoryRow, by: MemoryRow, given: Given) -> None:
    """The old memory holds until the new one begins; a version of its own says so."""
    until = by.valid_from or moments.stored(given.now)
    starts = moments.beginning(old.valid_from or old.created_at, given.zone)
    if moments.beginning(until, given.zone) < starts:
        until = moments.stored(starts)
    ended = replace(
        old,
        version=old.version + 1,
        valid_to=until,
        recorded_at=by.recorded_at,
        change="superseded",
        client=by.client,
    )
    MemoryTable(rows).replace(old, ended)
    EntryTable(rows).end(old.id, moments.beginning(until, given.zone).timestamp())


def _others(rows: Sequence[MemoryRow]) -> tuple[Other, ...]:
    return tuple(Other(id=row.id, text=row.text) for row in rows)
