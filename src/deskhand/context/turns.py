"""What was said in conversations, in the same index as the memories."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from deskhand.context.message import Message
from deskhand.context.message_index import entries_of, texts_of
from deskhand.store.entries import PASSAGE, EntryRow, EntryTable
from deskhand.store.personal import Person, PersonalRows
from deskhand.store.turns import KEY, TurnRow, TurnTable

TURN = "turn"
"""The kind of the entry of what somebody said; that of its pieces, and of tool calls and results, is `PASSAGE`."""
_OVERLAP = timedelta(minutes=10)
"""Looked at again: of two writers the one that began earlier may finish later, and their clocks may differ."""
_GOING_ON = timedelta(minutes=10)
"""A conversation written to so lately may be the one that asks."""
BATCH = 200
"""Entries written in one transaction, if the last message has not many: about 20 milliseconds, in which nobody else
can write."""
_NEVER = "0001-01-01T00:00:00.000000+00:00"


def spoken(row: TurnRow) -> tuple[str, str, datetime] | None:
    """Who said what and when; None for a message without words of its own, such as a tool's result."""
    message = _message(row)
    if message is None or message.role not in ("user", "assistant") or not message.text.strip():
        return None
    return message.role, message.text, message.metadata.timestamp


def texts_of_keys(rows: PersonalRows, keys: Iterable[str]) -> dict[str, str]:
    """What gets embedded of messages and their pieces, by their keys in the index; what is gone is left out."""
    wanted = set(keys)
    stems = {name + slash + last.partition(".")[0] for name, slash, last in (key.rpartition("/") for key in wanted)}
    found = TurnTable(rows).by_key(sorted(stems)).values()
    texts: dict[str, str] = {}
    for row in found:
        if (message := _message(row)) is not None:
            texts |= {f"{KEY}{row.conversation}/{name}": text for name, text in texts_of(row.position, message).items()}
    return {key: text for key, text in texts.items() if key in wanted}


def _message(row: TurnRow) -> Message | None:
    try:
        return Message.model_validate_json(row.body)
    except ValidationError:
        return None


@dataclass(frozen=True, slots=True)
class _Due:
    """Turns the index does not hold. Once it does, it is complete up to `until`; `more`: but not beyond."""

    entries: Sequence[EntryRow]
    until: str
    more: bool


@dataclass(frozen=True, slots=True)
class Caught:
    """How many entries of turns and their pieces are new to search, and whether there are more."""

    entries: int
    more: bool


async def catch_up(person: Person) -> int:
    """Let search find what was said since the last time; how many entries are new to it."""
    added = 0
    while (caught := await catch_up_once(person)).more:
        added += caught.entries
    return added + caught.entries


async def catch_up_conversation(person: Person, conversation: str) -> int:
    """As `catch_up`, but in one conversation, whatever waits in others."""
    added, more = 0, True
    while more:
        entries = await person.read(lambda rows: _entries(TurnTable(rows), conversation, BATCH))
        due = _Due(entries, until="", more=len(entries) >= BATCH)
        added += await person.write(lambda rows, due=due: _index(rows, due)) if entries else 0
        more = due.more
    return added


async def catch_up_once(person: Person) -> Caught:
    """As `catch_up`, but one batch, for whoever waits."""
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
    """Those of the next messages of one conversation, about `most`: all of a message or none, see `_index`.

    Fewer than `most` are all there are.
    """
    found: list[EntryRow] = []
    last = turns.indexed_until(conversation) or 0
    while True:
        page = turns.after(conversation, last, BATCH)
        for row in page:
            found += _entries_of(row)
            if len(found) >= most:
                return found
        if len(page) < BATCH:
            return found
        last = page[-1].position


def _index(rows: PersonalRows, due: _Due) -> int:
    """Keep what is due still: meanwhile others may have done it, or deleted the conversation."""
    turns = TurnTable(rows)
    until = {name: turns.indexed_until(name) for name in {entry.stream for entry in due.entries}}
    fresh = [entry for entry in due.entries if (last := until[entry.stream]) is not None and entry.position > last]
    EntryTable(rows).add(*fresh)
    if due.until > turns.seen_until():
        turns.mark_seen(due.until)
    return len(fresh)


def _entries_of(row: TurnRow) -> list[EntryRow]:
    message = _message(row)
    if message is None:
        return []
    return [
        EntryRow(
            key=f"{KEY}{row.conversation}/{entry.key}",
            kind=PASSAGE if "." in entry.key else TURN,
            stream=row.conversation,
            position=entry.order,
            starts=message.metadata.timestamp.timestamp(),
            ends=None,
            terms=entry.terms,
            vector=None,
            model=None,
        )
        for entry in entries_of(row.position, message)
    ]
