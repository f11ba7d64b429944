"""Saving what is known, and what is said of the past."""

import pytest

from deskhand.store.database import Database
from deskhand.toolsets.memory.changing import Edit
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.tests.talk import ANN, memory

pytestmark = pytest.mark.anyio


async def test_nothing_that_the_second_save_asks_for_is_lost() -> None:
    with Database(None) as database:
        backend = memory(database)
        first = await backend.save(ANN, Draft("The guest wifi is called Blue Heron", expires_at="2026-03-03"))
        again = await backend.save(
            ANN, Draft("The guest wifi is called Blue Heron", about="guest wifi", valid_from="2026-01-01", pin=True)
        )
        assert (again.id, again.status) == (first.id, "duplicate_of")
        assert again.added == ("pin", "expires_at", "valid_from", "subject")
        now = (await backend.item(ANN, first.id)).current
        assert (now.pinned, now.expires_at, now.valid_from, now.about) == (True, None, "2026-01-01", "guest wifi")
        assert "pin, expires_at" in again.text()


async def test_the_same_again_adds_no_version() -> None:
    with Database(None) as database:
        backend = memory(database)
        first = await backend.save(ANN, Draft("Mia likes tea", pin=True))
        assert (await backend.save(ANN, Draft("Mia likes tea"))).added == ()
        assert len((await backend.item(ANN, first.id)).history) == 1


async def test_what_is_said_of_the_past_does_not_end_the_present() -> None:
    with Database(None) as database:
        backend = memory(database)
        now = await backend.save(ANN, Draft("My phone is a Pixel", valid_from="2024-01-01"))
        past = await backend.save(ANN, Draft("My phone is now a Fairphone", valid_from="2020-01-01"))
        assert past.status != "supersedes"
        assert (await backend.item(ANN, now.id)).current.valid_to is None
        if past.status == "saved":
            assert past.until == "2024-01-01T00:00+00:00"


async def test_forgetting_what_ended_a_memory_lets_it_hold_again() -> None:
    with Database(None) as database:
        backend = memory(database)
        old = await backend.save(ANN, Draft("My office is in Oslo"))
        new = await backend.save(ANN, Draft("My office is in Rome now"))
        assert new.status == "supersedes"
        receipt = await backend.forget(ANN, await backend.to_forget(ANN, (new.id,), ""))
        assert [one.id for one in receipt.reopened] == [old.id]
        current = (await backend.item(ANN, old.id)).current
        assert (current.valid_to, current.change) == (None, "reopened")


async def test_an_end_can_be_taken_back_and_what_contradicts_is_told() -> None:
    with Database(None) as database:
        backend = memory(database)
        old = await backend.save(ANN, Draft("My office is in Oslo"))
        new = await backend.save(ANN, Draft("My office is in Rome now"))
        updated = await backend.update(ANN, old.id, Edit(valid_to="open"))
        assert (updated.until, [one.id for one in updated.others]) == (None, [new.id])
        item = await backend.item(ANN, old.id)
        assert (item.superseded_by, [one.id for one in item.conflicts_with]) == ((), [new.id])
