"""What forgetting says about what it does not delete."""

import pytest

from deskhand.errors import InvalidInput
from deskhand.store.database import Database
from deskhand.toolsets.memory.backend import FORGET_AT_ONCE
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.finding import Request
from deskhand.toolsets.memory.tests.talk import ANN, memory, said

pytestmark = pytest.mark.anyio


async def test_a_query_that_matches_more_than_are_shown_says_how_many() -> None:
    with Database(None) as database:
        backend = memory(database)
        for number in range(FORGET_AT_ONCE + 7):
            await backend.save(ANN, Draft(f"Stamp of lot {number} is worth {number * 31} crowns", "note"))
        await backend.save(ANN, Draft("The dentist is in Main Street"))
        seen = await backend.to_forget(ANN, (), "stamp")
        left = await backend.left(ANN, seen, "stamp")
        assert (len(seen), left.more, left.lines()) == (20, 7, ["7 more match: call again with the query."])
        await backend.forget(ANN, seen)
        assert len(await backend.to_forget(ANN, (), "stamp")) == 7


async def test_turns_that_say_what_is_forgotten_are_counted_with_how_to_delete_them() -> None:
    with Database(None) as database:
        backend = memory(database)
        await said(database, "talk", "Remember that my safe word is zebra", "What is the weather like?")
        saved = await backend.save(ANN, Draft("My safe word is zebra"))
        seen = await backend.to_forget(ANN, [saved.id], None)
        left = await backend.left(ANN, seen, None)
        assert (left.turns, left.conversations) == (1, ("talk",))
        assert left.lines()[0].endswith("deskhand conversations delete talk")


async def test_nothing_more_is_said_where_nothing_stays() -> None:
    with Database(None) as database:
        backend = memory(database)
        saved = await backend.save(ANN, Draft("My safe word is zebra"))
        seen = await backend.to_forget(ANN, [saved.id], None)
        assert (await backend.left(ANN, seen, None)).lines() == []


async def test_half_a_character_is_refused_wherever_it_stands() -> None:
    half = chr(0xD83D)
    with Database(None) as database:
        backend = memory(database)
        with pytest.raises(InvalidInput, match="query is no valid text"):
            await backend.search(ANN, half, Request())
        with pytest.raises(InvalidInput, match="ids is no valid text"):
            await backend.to_forget(ANN, [half], None)
        with pytest.raises(InvalidInput, match="id is no valid text"):
            await backend.item(ANN, half)
