"""One memory ends because another begins; and when that turns out to be wrong, it holds again."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from deskhand.store.entries import EntryTable
from deskhand.store.memories import LinkRow, MemoryRow, MemoryTable
from deskhand.store.personal import PersonalRows
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.neighbours import Given, begins
from deskhand.toolsets.memory.wording import over


def end(rows: PersonalRows, old: MemoryRow, by: MemoryRow, given: Given) -> None:
    """The old memory holds until the new one begins, to the moment; a version of its own says so."""
    until = moments.stored(max(begins(by, given.zone), begins(old, given.zone)))
    ended = replace(
        old,
        version=old.version + 1,
        valid_to=until,
        recorded_at=by.recorded_at,
        change="superseded",
        client=by.client,
    )
    _write(rows, old, ended, given)


def reopenable(rows: PersonalRows, ids: Collection[str]) -> list[tuple[MemoryRow, str | None]]:
    """What only these memories had ended, each with the end it had before, if any.

    What somebody has given another end since, and what another memory supersedes too, is not among them.
    """
    table = MemoryTable(rows)
    ended = {link.other for link in table.links_of(list(ids)) if link.relation == "supersedes" and link.id in ids}
    ended -= set(ids)
    still = {link.other for link in _supersedes(table, ended) if link.id not in ids}
    return [
        (history[-1], before.valid_to)
        for history in _histories(table, ended - still)
        if (before := _before_the_end(history)) is not None
    ]


def reopened(rows: PersonalRows, ended: Sequence[tuple[MemoryRow, str | None]], given: Given) -> list[MemoryRow]:
    """Let memories hold again, each until the end it had before; a version of its own says so."""
    again: list[MemoryRow] = []
    for old, valid_to in ended:
        new = replace(
            old,
            version=old.version + 1,
            valid_to=valid_to,
            recorded_at=moments.stored(given.now),
            change="reopened",
            client=given.client,
        )
        _write(rows, old, new, given)
        again.append(new)
    return again


def _supersedes(table: MemoryTable, ids: Collection[str]) -> list[LinkRow]:
    return [link for link in table.links_of(list(ids)) if link.relation == "supersedes" and link.other in ids]


def _histories(table: MemoryTable, ids: Collection[str]) -> list[list[MemoryRow]]:
    found: dict[str, list[MemoryRow]] = {}
    for row in table.history_of(sorted(ids)):
        found.setdefault(row.id, []).append(row)
    return list(found.values())


def _before_the_end(history: Sequence[MemoryRow]) -> MemoryRow | None:
    """The version before another memory ended it; None when its end is not of that making."""
    for before, after in zip(reversed(history[:-1]), reversed(history), strict=False):
        if after.change == "superseded":
            return before if after.valid_to == history[-1].valid_to else None
    return None


def _write(rows: PersonalRows, old: MemoryRow, new: MemoryRow, given: Given) -> None:
    MemoryTable(rows).replace(old, new)
    entries = EntryTable(rows)
    entry = entries.one(old.id)
    if entry is not None:
        until = over(new, given.zone)
        entries.put(replace(entry, ends=None if until is None else until.timestamp()))
