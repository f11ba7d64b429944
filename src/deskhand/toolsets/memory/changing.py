"""Changing and forgetting memories. A change makes a new version; forgetting leaves nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from deskhand.errors import Conflict, InvalidInput, NotFound
from deskhand.retrieval.index import Index
from deskhand.store.entries import EntryTable
from deskhand.store.memories import Change, MemoryRow, MemoryTable
from deskhand.store.personal import PersonalRows
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.moments import Zone
from deskhand.toolsets.memory.results import Forgotten, Updated
from deskhand.toolsets.memory.saving import Given
from deskhand.toolsets.memory.wording import entry_of


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
            self.valid_to if self.valid_to != row.valid_to else None,
        )


def update(rows: PersonalRows, index: Index, memory_id: str, edit: Edit, given: Given) -> Updated:
    """Put a new version in place of the newest; `given.vector` is that of a new text.

    Raises:
        NotFound: there is no such memory.
        InvalidInput: it would end before it begins.
    """
    old = one(rows, memory_id)
    edit = edit.changes(old)
    change = _change(edit)
    if change is None:
        return _updated(old, old, given.zone)
    starts = moments.beginning(old.valid_from or old.created_at, given.zone)
    if edit.valid_to and moments.end(edit.valid_to, given.zone) < starts.replace(microsecond=0):  # it has none
        raise InvalidInput(f"valid_to ({edit.valid_to}) lies before the memory begins ({starts.date().isoformat()}).")
    new = replace(
        old,
        version=old.version + 1,
        text=old.text if edit.text is None else edit.text,
        pinned=old.pinned if edit.pin is None else edit.pin,
        valid_to=edit.valid_to or old.valid_to,
        recorded_at=moments.stored(given.now),
        change=change,
        client=given.client,
    )
    MemoryTable(rows).replace(old, new)
    _index(rows, index, (old, new), given)
    return _updated(old, new, given.zone)


def one(rows: PersonalRows, memory_id: str) -> MemoryRow:
    """The newest version of a memory.

    Raises:
        NotFound: this person has none of this id.
    """
    found = MemoryTable(rows).newest_of([memory_id])
    if not found:
        raise NotFound(f"There is no memory {memory_id!r}. search_memory shows ids in brackets.")
    return found[0]


def forget(rows: PersonalRows, ids: Sequence[str], now: datetime, zone: Zone) -> Forgotten:
    """Delete memories with all versions, links, index entries and vectors.

    Raises:
        NotFound: one of them is not there; then none is deleted.
    """
    table = MemoryTable(rows)
    history = table.history_of(ids)
    if missing := sorted(set(ids) - {row.id for row in history}):
        raise NotFound(f"There is no memory {missing[0]!r}; nothing was deleted. search_memory shows ids in brackets.")
    entries = EntryTable(rows).remove({*ids, *(f"{row.id}.{row.version}" for row in history)})
    versions, links = table.delete(ids)
    return Forgotten(
        ids=tuple(dict.fromkeys(ids)),
        memories=len(set(ids)),
        versions=versions,
        links=links,
        index_entries=entries,
        at=now.astimezone(zone).isoformat(timespec="seconds"),
    )


def _change(edit: Edit) -> Change | None:
    if edit.text is not None:
        return "edited"
    if edit.valid_to is not None:
        return "ended"
    if edit.pin is None:
        return None
    return "pinned" if edit.pin else "unpinned"


def _index(rows: PersonalRows, index: Index, change: tuple[MemoryRow, MemoryRow], given: Given) -> None:
    """Let search find the new text from now on, and the old one where history is asked for."""
    old, new = change
    entries = EntryTable(rows)
    if new.text == old.text:
        if new.valid_to != old.valid_to and new.valid_to:
            entries.end(old.id, moments.end(new.valid_to, given.zone).timestamp())
        return
    before = entries.one(old.id)
    ends = [moments.end(new.valid_to, given.zone)] if new.valid_to else []
    entries.keep_former(old.id, f"{old.id}.{old.version}", ends=min([given.now, *ends]).timestamp())
    fresh = entry_of(new, given.vector, index.model, given.zone, stream=before.stream if before else "")
    entries.put(replace(fresh, starts=max(fresh.starts, given.now.timestamp())))


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
