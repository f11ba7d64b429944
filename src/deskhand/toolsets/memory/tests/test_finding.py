"""What a question finds, and in what order."""

from datetime import timedelta

import pytest

from deskhand.store.database import Database
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.finding import Request
from deskhand.toolsets.memory.tests.talk import ANN, NOW, memory, said

pytestmark = pytest.mark.anyio


async def test_a_long_conversation_that_is_going_on_leaves_memories_their_places() -> None:
    with Database(None) as database:
        backend = memory(database)
        saved = await backend.save(ANN, Draft("The name of my boat is Albatross"))
        await said(database, "now", *(f"the name of my boat, number {number}" for number in range(120)))
        found = await memory(database, NOW + timedelta(minutes=1)).search(ANN, "name of my boat", Request())
        assert [hit.id for hit in found.hits] == [saved.id]
