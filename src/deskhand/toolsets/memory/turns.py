"""What was said in conversations, in the same index as the memories."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from deskhand.context.message import Message
from deskhand.retrieval.analysis import index_terms
from deskhand.retrieval.passage import passage
from deskhand.store.entries import EntryRow, EntryTable
from deskhand.store.personal import Person, PersonalRows
from deskhand.store.turns import TurnRow, TurnTable

TURN = "turn"
"""The kind of these entries."""
_OVERLAP = timedelta(minutes=10)
"""Looked at again: of two writers the one that began earlier may finish later, and their clocks may differ."""
_GOING_ON = timedelta(minutes=10)
"""A conversation written to so lately may be the one that asks."""
BATCH = 200
"""Turns indexed in one transaction: about 20 milliseconds, in which nobody else can write."""
_NEVER = "0001-01-01T00:00:00.000000+00:00"


def spoken(row: TurnRow) -> tuple[str, str, datetime] | None:
    """Who said what and when; None for a message without words of its own, such as a tool's result."""
    try:
        message = Message.model_validate_json(row.body)
    except ValidationError:
        return None
    if message.role not in ("user", "assistant") or not message.text.strip():
        return None
    return message.role, message.text, message.metadata.timestamp


@dataclass(frozen=True, slots=True)
class _Due:
    """Turns the index does not hold. Once it does, it is complete up to `until`; `more`: but not beyond."""

    entries: Sequence[EntryRow]
    until: str
    more: bool


@dataclass(frozen=True, slots=True)
class Caught:
    """How many turns are new to search, and whether there are more."""

    turns: int
    more: bool


async def catch_up(person: Person) -> int:
    """Let search find what was said since the last time; how many turns are new to it."""
    added = 0
    while (caught := await catch_up_once(person)).more:
        added += caught.turns
    return added + caught.turns


async def catch_up_once(person: Person) -> Caught:
    """As `catch_up`, but at most `BATCH` turns, for whoever waits."""
    due = await person.read(_due)
    if due is None:
        return Caught(0, more=False)
    return Caught(await person.write(lambda rows: _index(rows, due)), due.more)


def going_on(rows: PersonalRows, now: datetime) -> str | None:
    """The conversation that is probably asking: its own turns are no news to it."""
    since = (now - _GOING_ON).astimezone(UTC).isoformat(timespec="microseconds")
    return next((id for id, _ in TurnTable(rows).written_since(since)), None)


def _due(rows: PersonalRows) -> _Due | None:
    """The next turns, of the oldest conversation first; None when the index is complete."""
    turns = TurnTable(rows)
    seen = turns.seen_until()
    entries: list[EntryRow] = []
    until = seen
    for conversation, updated, behind in turns.behind_since(_looked_at_from(seen)):
        entries += _entries(turns, conversation, BATCH - len(entries)) if behind else []
        if len(entries) >= BATCH:
            return _Due(entries, until, more=True)
        until = min(updated, _now())
    return _Due(entries, until, more=False) if entries or until > seen else None


def _looked_at_from(seen: str) -> str:
    """Where to go on. What a clock that ran ahead has left there counts as now."""
    if not seen:
        return _NEVER
    return (datetime.fromisoformat(min(seen, _now())) - _OVERLAP).isoformat(timespec="microseconds")


def _now() -> str:
    """The time as the store writes it beside conversations."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _entries(turns: TurnTable, conversation: str, most: int) -> list[EntryRow]:
    """The next turns of one conversation."""
    found: list[EntryRow] = []
    last = turns.indexed_until(conversation) or 0
    while len(found) < most and (page := turns.after(conversation, last, BATCH)):
        found += [made for row in page if (made := _entry(row)) is not None]
        last = page[-1].position
    return found[:most]


def _index(rows: PersonalRows, due: _Due) -> int:
    """Keep what is due still: meanwhile others may have done it, or deleted the conversation."""
    turns = TurnTable(rows)
    until = {name: turns.indexed_until(name) for name in {entry.stream for entry in due.entries}}
    fresh = [entry for entry in due.entries if (last := until[entry.stream]) is not None and entry.position > last]
    EntryTable(rows).add(*fresh)
    if due.until > turns.seen_until():
        turns.mark_seen(due.until)
    return len(fresh)


def _entry(row: TurnRow) -> EntryRow | None:
    said = spoken(row)
    if said is None:
        return None
    role, text, at = said
    return EntryRow(
        key=row.key,
        kind=TURN,
        stream=row.conversation,
        position=row.position,
        starts=at.timestamp(),
        ends=None,
        terms=index_terms(passage(text, role, at)),
        vector=None,
        model=None,
    )
