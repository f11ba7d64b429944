"""When memories hold."""

from collections.abc import Iterable
from datetime import datetime

from deskhand.store.memories import MemoryRow
from deskhand.toolsets.memory import moments
from deskhand.zone import Zone


def holds(row: MemoryRow, at: datetime, zone: Zone) -> bool:
    """Whether a memory holds at a moment: it has begun, and has neither ended nor expired."""
    return _begins(row, zone) <= at and all(at < end for end in _ends(row, zone))


def next_change(rows: Iterable[MemoryRow], now: datetime, zone: Zone) -> datetime | None:
    """When the first of them begins or ceases to hold; None when none will."""
    return min((at for row in rows for at in (_begins(row, zone), *_ends(row, zone)) if at > now), default=None)


def _begins(row: MemoryRow, zone: Zone) -> datetime:
    return moments.beginning(row.valid_from or row.created_at, zone)


def _ends(row: MemoryRow, zone: Zone) -> list[datetime]:
    return [moments.end(value, zone) for value in (row.valid_to, row.expires_at) if value]
