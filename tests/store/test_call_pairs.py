"""Whoever adds messages, each call has one result, and nobody speaks before it has."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from deskhand.context.message import Message, Text, ToolCall, ToolResult, user
from deskhand.store.call_pairs import AlreadyAnswered, CallsOpen
from deskhand.store.conversations import ConversationRow, Conversations, StoredMessage
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def asks(*ids: str) -> Message:
    return Message(role="assistant", content=tuple(ToolCall(id=id, name="look", arguments={}) for id in ids))


def gives(call_id: str) -> Message:
    return Message(role="tool", content=(ToolResult(call_id=call_id, name="look", content=(Text(text="seen"),)),))


async def kept(*said: Sequence[Message]) -> int:
    """How many messages are there after these are added, those of each group at once; an error is raised at the end."""
    row = ConversationRow("c", "ann", "", NOW, NOW)
    with Database(None) as database:
        store = Conversations(database)
        for group in said:
            rows = [StoredMessage(message.id, message.model_dump_json()) for message in group]
            await store.append_all(row, lambda _, rows=rows: rows)
        return len(await store.messages("ann", "c"))


REFUSED: dict[str, tuple[list[list[Message]], type[Exception]]] = {
    "a second result": ([[asks("1")], [gives("1")], [gives("1")]], AlreadyAnswered),
    "a second result beside another": ([[asks("1", "2")], [gives("1")], [gives("2"), gives("1")]], AlreadyAnswered),
    "a second result at once": ([[asks("1"), gives("1"), gives("1")]], AlreadyAnswered),
    "a result after somebody spoke": ([[asks("1")], [gives("1")], [user("on")], [gives("1")]], AlreadyAnswered),
    "somebody who speaks too early": ([[asks("1", "2")], [gives("1")], [user("on")]], CallsOpen),
    "a call before the last has its result": ([[asks("1")], [asks("2")]], CallsOpen),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_would_break_a_pair_is_not_kept(case: str) -> None:
    said, error = REFUSED[case]
    with pytest.raises(error):
        await kept(*said)


async def test_pairs_are_kept_also_many_and_with_an_id_of_before() -> None:
    names = [str(number) for number in range(40)]
    results = [[gives(name)] for name in names]
    assert await kept([user("go")], [asks(*names)], *results, [asks("1")], [gives("1")], [user("on")]) == 45
