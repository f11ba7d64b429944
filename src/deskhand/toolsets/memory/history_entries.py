"""The index entries of a whole history, as saving and changing it one by one would have made them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from deskhand.store.entries import EntryRow
from deskhand.store.memories import MemoryRow
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.wording import entry_of
from deskhand.zone import Zone


def entries_of(history: Sequence[MemoryRow], zone: Zone) -> Iterator[EntryRow]:
    """An entry for each wording; `history` has the oldest version first. They wait for their vectors.

    The newest wording goes by the memory's id, a former one by that of the last version that had it.
    """
    since: float | None = None
    for _, versions in groupby(history, lambda row: row.text):
        wording = list(versions)
        last = wording[-1]
        entry = replace(entry_of(last, None, "", zone), ends=_ends(history, last, zone))
        if since is not None:
            entry = replace(entry, starts=max(entry.starts, since))
        if last.replaced_at is not None:
            since = moments.beginning(last.replaced_at, zone).timestamp()
            entry = replace(entry, key=last.key, ends=since if entry.ends is None else min(entry.ends, since))
        yield entry


def _ends(history: Sequence[MemoryRow], row: MemoryRow, zone: Zone) -> float | None:
    ends = [moments.end(row.expires_at, zone).timestamp()] if row.expires_at else []
    if row.valid_to:
        first = next(version for version in history if version.valid_to == row.valid_to)
        # What another memory ended holds until that one begins; what a person ended, to the end of the day.
        until = moments.beginning if first.change == "superseded" else moments.end
        ends.append(until(row.valid_to, zone).timestamp())
    return min(ends, default=None)
