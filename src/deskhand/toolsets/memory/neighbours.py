"""What a text is to the memories that hold: found in the index, judged one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deskhand.retrieval.index import Index, View
from deskhand.retrieval.search import Query
from deskhand.store.memories import Kind, MemoryRow, MemoryTable
from deskhand.store.personal import PersonalRows
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.relation import Relation, relation
from deskhand.toolsets.memory.results import KINDS, Other
from deskhand.toolsets.memory.wording import over
from deskhand.zone import Zone

NEAREST = 8
"""Memories a text is compared with."""
_NEAR = 0.35
"""The cosine from which a memory that shares no word is compared."""
_CLOCKS_DIFFER = timedelta(minutes=1)
"""What another process saved a moment ago may begin after this one's now."""
_SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with a text: when and where, by which program, and its vector as the index keeps it."""

    now: datetime
    zone: Zone
    client: str
    vector: bytes | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A text to be compared. `begins` is when it comes to hold, and `id` whose it is already, if anybody's."""

    text: str
    kind: Kind
    about: str | None
    begins: datetime
    id: str = ""


def judged(
    rows: PersonalRows, index: Index, view: View, claim: Claim, query: Query, given: Given
) -> list[tuple[MemoryRow, Relation]]:
    """The memories that hold and are nearest to the claim, nearest first, each with what the claim is to it.

    `query` is the claim's text as the index compares it, with its vector.
    """
    kinds = ["episode"] if claim.kind == "episode" else [kind for kind in KINDS if kind != "episode"]
    at = max(given.now + _CLOCKS_DIFFER, claim.begins).timestamp()
    hits = index.search(view, query, kinds, at=at, limit=NEAREST + bool(claim.id))
    near = [hit.key for hit in hits if (hit.keyword or hit.dense > _NEAR) and hit.key != claim.id]
    found = {row.id: row for row in MemoryTable(rows).newest_of(near)} if near else {}
    return [(found[key], judge(found[key], claim, given.zone)) for key in near if key in found]


def judge(old: MemoryRow, claim: Claim, zone: Zone) -> Relation:
    """What a claim is to one memory."""
    if not _same_person(old, claim):
        return "separate"
    same_subject = bool(claim.about) and old.about == claim.about
    found = relation(old.text, claim.text, same_subject=same_subject)
    if claim.kind != "episode":
        return found
    # What happened twice is two episodes, and what happened is never untrue because something else happened.
    same_day = day(begins(old, zone), zone) == day(claim.begins, zone)
    return "duplicate" if found == "duplicate" and same_day else "separate"


def begins(row: MemoryRow, zone: Zone) -> datetime:
    """Since when a memory holds: since it was saved, if nothing else is known."""
    return moments.beginning(row.valid_from or row.created_at, zone)


def day(moment: datetime, zone: Zone) -> str:
    """The day of a moment where the person is."""
    return moment.astimezone(zone).date().isoformat()


def meet(one: MemoryRow, other: MemoryRow, zone: Zone) -> bool:
    """Whether there is a time at which both hold."""
    over_one, over_other = over(one, zone), over(other, zone)
    before = over_one is None or begins(other, zone) < over_one
    return before and (over_other is None or begins(one, zone) < over_other)


def others(rows: Sequence[MemoryRow]) -> tuple[Other, ...]:
    """Memories as answers name them."""
    return tuple(Other(id=row.id, text=row.text) for row in rows)


def _same_person(old: MemoryRow, claim: Claim) -> bool:
    """Whether both are about the same; a subject given to one only must be named in the other's text."""
    if old.about and claim.about:
        return old.about.casefold() == claim.about.casefold()
    name, text = (old.about, claim.text) if old.about else (claim.about, old.text)
    if not name:
        return True
    words = [word for word in name.casefold().split() if len(word) >= _SHORTEST_NAME] or [name.casefold()]
    return any(word in text.casefold() for word in words)
