"""Saving what is known already: nothing the second time asks for is lost."""

from dataclasses import replace

from deskhand.retrieval.index import Index
from deskhand.store.entries import EntryTable
from deskhand.store.memories import MemoryRow, MemoryTable
from deskhand.store.personal import PersonalRows
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.neighbours import Given, begins, others
from deskhand.toolsets.memory.results import Saved
from deskhand.toolsets.memory.wording import entry_of


def repeated(rows: PersonalRows, index: Index, old: MemoryRow, draft: Draft, given: Given) -> Saved:
    """The memory known before, in a new version when the draft asks for more: a pin, more time, or a subject."""
    new = _merged(old, draft, given)
    fields = {"pinned": "pin", "expires_at": "expires_at", "valid_from": "valid_from", "about": "subject"}
    added = tuple(name for field, name in fields.items() if getattr(new, field) != getattr(old, field))
    if added:
        new = replace(
            new,
            version=old.version + 1,
            recorded_at=moments.stored(given.now),
            change="pinned" if added == ("pin",) else "edited",
            client=given.client,
        )
        MemoryTable(rows).replace(old, new)
        _index(rows, index, new, given, same_words=new.about == old.about)
    return Saved(id=new.id, status="duplicate_of", kept=new.text, others=others([new]), added=added)


def _merged(old: MemoryRow, draft: Draft, given: Given) -> MemoryRow:
    """The old memory with the longer time of the two, pinned if either is."""
    zone = given.zone
    since, until = old.valid_from, old.expires_at
    if draft.valid_from and moments.beginning(draft.valid_from, zone) < begins(old, zone):
        since = draft.valid_from
    if until and (not draft.expires_at or moments.end(until, zone) < moments.end(draft.expires_at, zone)):
        until = draft.expires_at
    return replace(
        old, pinned=old.pinned or draft.pin, expires_at=until, valid_from=since, about=old.about or draft.about
    )


def _index(rows: PersonalRows, index: Index, new: MemoryRow, given: Given, *, same_words: bool) -> None:
    """Let search know the new times; with another subject the vector has to be made anew."""
    entries = EntryTable(rows)
    before = entries.one(new.id)
    if before is None:
        return
    fresh = entry_of(new, before.vector if same_words else None, index.model, given.zone, stream=before.stream)
    starts = min(before.starts, fresh.starts)
    entries.put(replace(fresh, starts=starts, model=before.model if same_words else fresh.model))
