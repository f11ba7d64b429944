"""Changing and forgetting memories. A change makes a new version; forgetting leaves nothing."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf

from deskhand.errors import Conflict, InvalidInput, NotFound
from deskhand.retrieval.index import Index
from deskhand.retrieval.search import Query
from deskhand.store.entries import EntryTable
from deskhand.store.memories import Change, LinkRow, MemoryRow, MemoryTable
from deskhand.store.personal import PersonalRows
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.ending import reopenable, reopened
from deskhand.toolsets.memory.neighbours import Claim, Given, begins, day, judge, judged, meet, others
from deskhand.toolsets.memory.relation import Relation
from deskhand.toolsets.memory.results import Forgotten, Updated
from deskhand.toolsets.memory.wording import entry_of, over
from deskhand.zone import Zone

OPEN = "open"
"""As `Edit.valid_to`: it holds without end."""
AT_ONCE = 100
"""Most memories deleted in one go."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_OPPOSITE = ("conflict", "supersedes")


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to become of a memory; None leaves it as it is. `text` and `valid_to` are in their normal form."""

    text: str | None = None
    pin: bool | None = None
    valid_to: str | None = None

    def changes(self, row: MemoryRow) -> "Edit":
        """Only what differs from the memory."""
        return Edit(
            self.text if self.text != row.text else None,
            self.pin if self.pin != row.pinned else None,
            self.valid_to if self.valid_to != (row.valid_to or OPEN) else None,
        )


def update(
    rows: PersonalRows, index: Index, memory_id: str, edit: Edit, given: Given, query: Query | None = None
) -> Updated:
    """Put a new version in place of the newest, and tell what it contradicts now.

    A memory that ends on the day it began, or before, never was so: what it had ended holds again.

    Args:
        rows: the person's.
        index: in which it is found.
        memory_id: which memory.
        edit: what is to become of it.
        given: `given.vector` is that of a new text.
        query: a new text, or that of a memory to be opened, as the index compares it.

    Raises:
        NotFound: there is no such memory.
        InvalidInput: it would end before it begins, or says the same as another.
    """
    old = one(rows, memory_id)
    edit = edit.changes(old)
    change = _change(edit)
    if change is None:
        return _updated(old, old, given.zone)
    new = _changed(old, edit, change, given)
    opposites = _opposites(rows, index, new, query, given) if query is not None else []
    MemoryTable(rows).replace(old, new)
    _index(rows, index, (old, new), given)
    against = _relinked(rows, new, opposites, given)
    again = _undone(rows, new, given) if edit.valid_to else []
    updated = _updated(old, new, given.zone)
    return updated.model_copy(update={"others": others(against), "reopened": others(again)})


def _changed(old: MemoryRow, edit: Edit, change: Change, given: Given) -> MemoryRow:
    starts = begins(old, given.zone)
    until = edit.valid_to or old.valid_to
    if edit.valid_to == OPEN:
        until = None
    elif edit.valid_to and moments.end(edit.valid_to, given.zone) < starts.replace(microsecond=0):  # it has none
        raise InvalidInput(f"valid_to ({edit.valid_to}) lies before the memory begins ({starts.date().isoformat()}).")
    return replace(
        old,
        version=old.version + 1,
        text=old.text if edit.text is None else edit.text,
        pinned=old.pinned if edit.pin is None else edit.pin,
        valid_to=until,
        recorded_at=moments.stored(given.now),
        change=change,
        client=given.client,
    )


def _opposites(rows: PersonalRows, index: Index, new: MemoryRow, query: Query, given: Given) -> list[MemoryRow]:
    """The memories that the new version contradicts, while both hold."""
    found = judged(rows, index, index.view(rows), _claim(new, given.zone), query, given)
    same = [other for other, how in found if how == "duplicate" and meet(new, other, given.zone)]
    if same:
        raise InvalidInput(f"This says the same as [{same[0].id}]: forget one of them with forget_memory.")
    return [other for other, how in found if how in _OPPOSITE and meet(new, other, given.zone)]


def _relinked(rows: PersonalRows, new: MemoryRow, opposites: Sequence[MemoryRow], given: Given) -> list[MemoryRow]:
    """Drop contradictions that are no more, and what superseded a memory that is open; link and return new ones."""
    table = MemoryTable(rows)
    links = table.links_of([new.id])
    wrong = [link for link in links if link.other == new.id and link.relation == "supersedes" and not new.valid_to]
    ids = {other.id for other in opposites}
    against = [link for link in links if link.relation == "conflicts_with" and _other(link, new.id) not in ids]
    rest = {row.id: row for row in table.newest_of([_other(link, new.id) for link in against])}
    for link in against:
        other = rest.get(_other(link, new.id))
        if other is None or _settled(other, new, given):
            wrong.append(link)
    table.unlink(wrong)
    linked = {_other(link, new.id) for link in links if link not in wrong}
    fresh = [other for other in opposites if other.id not in linked]
    table.link(*(LinkRow(new.id, other.id, "conflicts_with") for other in fresh))
    return fresh


def _settled(other: MemoryRow, new: MemoryRow, given: Given) -> bool:
    """Whether two that contradicted each other do so no more: one ends today, or says otherwise.

    Where one ended earlier the link stays: of the time before, it is still true, and of now nobody shows it.
    """
    until, tomorrow = over(new, given.zone), moments.end(day(given.now, given.zone), given.zone)
    if until is not None and until <= tomorrow:
        return until > given.now
    how: Relation = judge(other, _claim(new, given.zone), given.zone)
    back: Relation = judge(new, _claim(other, given.zone), given.zone)
    return how not in _OPPOSITE and back not in _OPPOSITE


def _undone(rows: PersonalRows, new: MemoryRow, given: Given) -> list[MemoryRow]:
    """What holds again because the new version, as it ends, never was so."""
    until = over(new, given.zone)
    if until is None or day(until - timedelta(seconds=1), given.zone) > day(begins(new, given.zone), given.zone):
        return []
    table = MemoryTable(rows)
    again = reopened(rows, reopenable(rows, {new.id}), given)
    links = [link for link in table.links_of([new.id]) if link.relation == "supersedes" and link.id == new.id]
    ids = {row.id for row in again}
    table.unlink(link for link in links if link.other in ids)
    return again


def _claim(row: MemoryRow, zone: Zone) -> Claim:
    return Claim(row.text, row.kind, row.about, begins(row, zone), row.id)


def _other(link: LinkRow, memory_id: str) -> str:
    return link.other if link.id == memory_id else link.id


def one(rows: PersonalRows, memory_id: str) -> MemoryRow:
    """The newest version of a memory.

    Raises:
        NotFound: this person has none of this id.
    """
    return several(rows, [memory_id])[0]


def several(rows: PersonalRows, ids: Sequence[str]) -> list[MemoryRow]:
    """The newest versions of memories, in this order, each once.

    Raises:
        NotFound: this person has none of one of the ids.
        InvalidInput: they are more than `AT_ONCE`.
    """
    if len(ids) > AT_ONCE:
        raise InvalidInput(f"At most {AT_ONCE} ids in one call, not {len(ids)}.")
    found = {row.id: row for row in MemoryTable(rows).newest_of(filter(_ID.fullmatch, ids))}
    _all_there(ids, found)
    return [found[memory_id] for memory_id in dict.fromkeys(ids)]


def _all_there(ids: Sequence[str], there: Collection[str]) -> None:
    missing = next((memory_id for memory_id in ids if memory_id not in there), None)
    if missing is not None:
        raise NotFound(f"There is no memory {missing[:40]!r}. search_memory shows ids in brackets.")


def forget(rows: PersonalRows, ids: Sequence[str], given: Given) -> Forgotten:
    """Delete memories with all versions, links, index entries and vectors; what they had ended holds again.

    Raises:
        NotFound: one of them is not there; then none is deleted.
    """
    table = MemoryTable(rows)
    history = table.history_of(filter(_ID.fullmatch, ids))
    _all_there(ids, {row.id for row in history})
    again = reopened(rows, reopenable(rows, set(ids)), given)
    entries = EntryTable(rows).remove({*ids, *(row.key for row in history)})
    versions, links = table.delete(ids)
    return Forgotten(
        ids=tuple(dict.fromkeys(ids)),
        memories=len(set(ids)),
        versions=versions,
        links=links,
        index_entries=entries,
        at=given.now.astimezone(given.zone).isoformat(timespec="seconds"),
        reopened=others(again),
    )


def _change(edit: Edit) -> Change | None:
    if edit.text is not None:
        return "edited"
    if edit.valid_to is not None:
        return "reopened" if edit.valid_to == OPEN else "ended"
    if edit.pin is None:
        return None
    return "pinned" if edit.pin else "unpinned"


def _index(rows: PersonalRows, index: Index, change: tuple[MemoryRow, MemoryRow], given: Given) -> None:
    """Let search find the new text from now on, and the old one where history is asked for.

    Of what has ended already nothing holds from now on: there the new text corrects the past.
    """
    old, new = change
    entries = EntryTable(rows)
    before = entries.one(old.id)
    fresh = entry_of(new, given.vector, index.model, given.zone, stream=before.stream if before else "")
    if new.text == old.text:
        if before is not None and before.ends != fresh.ends:
            entries.put(replace(before, ends=fresh.ends))
        return
    ended = over(old, given.zone)
    since = max(fresh.starts, given.now.timestamp())
    if before is not None and ended is not None and ended <= given.now:
        since = before.starts
    entries.keep_former(old.id, old.key, ends=min(since, inf if fresh.ends is None else fresh.ends))
    entries.put(replace(fresh, starts=since))


def _updated(old: MemoryRow, new: MemoryRow, zone: Zone) -> Updated:
    return Updated(
        id=new.id,
        version=new.version,
        now=new.text,
        before=old.text,
        pinned=new.pinned,
        until=moments.shown(new.valid_to, zone) if new.valid_to else None,
    )


def agreed(rows: PersonalRows, seen: Sequence[tuple[str, str]]) -> list[str]:
    """The ids of memories that still read as the person saw them when agreeing.

    Raises:
        Conflict: one was changed meanwhile.
    """
    texts = {row.id: row.text for row in MemoryTable(rows).newest_of([memory_id for memory_id, _ in seen])}
    changed = [memory_id for memory_id, text in seen if texts.get(memory_id) != text]
    if changed:
        raise Conflict(f"Memory {changed[0]} was changed or deleted meanwhile; nothing was deleted. Ask again.")
    return [memory_id for memory_id, _ in seen]
