"""What was said in conversations, in the same index as the memories."""

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
_OVERLAP = timedelta(minutes=1)
"""Looked at again: of two writers the one that began earlier may finish later."""
_GOING_ON = timedelta(minutes=10)
"""A conversation written to so lately may be the one that asks."""
_BATCH = 500
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


async def catch_up(person: Person) -> int:
    """Let search find what was said since the last time; how many turns are new to it."""
    added = 0
    while due := await person.read(_due):
        await person.write(lambda rows, due=due: _index(rows, due))
        added += len(due)
    return added


def going_on(rows: PersonalRows, now: datetime) -> str | None:
    """The conversation that is probably asking: its own turns are no news to it."""
    since = (now - _GOING_ON).astimezone(UTC).isoformat(timespec="microseconds")
    return next((id for id, _ in TurnTable(rows).written_since(since)), None)


def _due(rows: PersonalRows) -> list[EntryRow]:
    """The next turns that the index does not hold, oldest conversation first."""
    turns = TurnTable(rows)
    seen = turns.seen_until()
    since = seen and (datetime.fromisoformat(seen) - _OVERLAP).isoformat(timespec="microseconds")
    due: list[EntryRow] = []
    for conversation, _ in reversed(turns.written_since(since or _NEVER)):
        due += [entry for row in turns.unseen(conversation) if (entry := _entry(row)) is not None]
        if len(due) >= _BATCH:
            break
    return due


def _index(rows: PersonalRows, due: list[EntryRow]) -> None:
    turns = TurnTable(rows)
    EntryTable(rows).put(*due)
    written = turns.written_since(turns.seen_until() or _NEVER)
    if written and len(due) < _BATCH:
        turns.mark_seen(written[0][1])


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
