"""How a memory reads to the index."""

from datetime import datetime

from deskhand.retrieval.analysis import index_terms
from deskhand.retrieval.passage import passage, spoken
from deskhand.store.entries import EntryRow
from deskhand.store.memories import MemoryRow
from deskhand.toolsets.memory import moments
from deskhand.zone import Zone


def told(text: str, about: str | None) -> str:
    """What gets embedded: the text, and whom it is about, since questions name them."""
    return spoken(text, about or "")


def over(row: MemoryRow, zone: Zone) -> datetime | None:
    """When a memory ceases to hold, as search and every other reader takes it; None when it holds without end."""
    return min((moments.end(value, zone) for value in (row.valid_to, row.expires_at) if value), default=None)


def bounds(row: MemoryRow) -> list[str]:
    """Until which days a memory holds, for lists: what has ended must not read like what holds."""
    ends = (("until", row.valid_to), ("expires", row.expires_at))
    return [f"{word} {value[:10]}" for word, value in ends if value]


def entry_of(row: MemoryRow, vector: bytes | None, model: str, zone: Zone, *, stream: str = "") -> EntryRow:
    """The index entry of a memory's newest version; words find it by whom it is about, the text and the day."""
    starts = moments.beginning(row.valid_from or row.created_at, zone)
    ends = over(row, zone)
    return EntryRow(
        key=row.id,
        kind=row.kind,
        stream=stream,
        position=moments.beginning(row.created_at, zone).timestamp(),
        starts=starts.timestamp(),
        ends=None if ends is None else ends.timestamp(),
        terms=index_terms(passage(row.text, row.about or "", starts.astimezone(zone))),
        vector=vector,
        model=model or None,
    )
