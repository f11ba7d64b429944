"""How a memory or a turn reads to the index."""

from datetime import datetime

from deskhand.retrieval.analysis import index_terms
from deskhand.retrieval.passage import passage
from deskhand.store.entries import EntryRow
from deskhand.store.memories import MemoryRow
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.moments import Zone


def indexed_text(text: str, about: str | None, at: datetime) -> str:
    """What words find it by: whom it is about, the text, and the day in words."""
    return passage(text, about or "", at)


def entry_of(row: MemoryRow, vector: bytes | None, model: str, zone: Zone) -> EntryRow:
    """The index entry of a memory's newest version."""
    starts = moments.beginning(row.valid_from or row.created_at, zone)
    ends = [moments.end(value, zone).timestamp() for value in (row.valid_to, row.expires_at) if value]
    return EntryRow(
        key=row.id,
        kind=row.kind,
        stream="",
        position=moments.beginning(row.created_at, zone).timestamp(),
        starts=starts.timestamp(),
        ends=min(ends, default=None),
        terms=index_terms(indexed_text(row.text, row.about, starts.astimezone(zone))),
        vector=vector,
        model=model or None,
    )
