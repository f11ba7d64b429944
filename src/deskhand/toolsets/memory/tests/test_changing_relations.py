"""What changing a memory does to how it relates to others."""

import pytest

from deskhand.errors import InvalidInput, NotFound
from deskhand.store.database import Database
from deskhand.toolsets.memory.changing import AT_ONCE, Edit
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.tests.talk import ANN, memory

pytestmark = pytest.mark.anyio


async def test_a_text_that_another_memory_has_is_refused() -> None:
    with Database(None) as database:
        backend = memory(database)
        first = await backend.save(ANN, Draft("My office is in Oslo"))
        other = await backend.save(ANN, Draft("Mia likes tea"))
        with pytest.raises(InvalidInput, match=rf"says the same as \[{first.id}\]"):
            await backend.update(ANN, other.id, Edit(text="My office is in Oslo"))


async def test_a_contradiction_comes_and_goes_with_the_text() -> None:
    with Database(None) as database:
        backend = memory(database)
        first = await backend.save(ANN, Draft("My sister Eva is vegetarian"))
        other = await backend.save(ANN, Draft("Mia likes tea"))
        told = await backend.update(ANN, other.id, Edit(text="My sister Eva is not vegetarian"))
        assert [one.id for one in told.others] == [first.id]
        await backend.update(ANN, other.id, Edit(text="Mia likes tea"))
        assert (await backend.item(ANN, first.id)).conflicts_with == ()


async def test_what_is_ended_contradicts_nothing_any_more() -> None:
    with Database(None) as database:
        backend = memory(database)
        first = await backend.save(ANN, Draft("My sister Eva is vegetarian"))
        second = await backend.save(ANN, Draft("My sister Eva is not vegetarian"))
        assert second.status == "conflicts_with"
        await backend.update(ANN, first.id, Edit(valid_to="2026-03-02"))
        assert (await backend.item(ANN, second.id)).conflicts_with == ()


async def test_ids_that_can_be_none_are_not_found_and_too_many_are_refused() -> None:
    with Database(None) as database:
        backend = memory(database)
        with pytest.raises(NotFound):
            await backend.update(ANN, "\ud800", Edit(pin=True))
        with pytest.raises(InvalidInput, match="At most 100 ids"):
            await backend.to_forget(ANN, ["mabcdefgh"] * (AT_ONCE + 1), "")
