"""What a question finds, and in what order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from deskhand.retrieval.find import Found as FoundEmbedder
from deskhand.store.database import Database
from deskhand.toolsets.memory.backend import MemoryBackend, MemoryOptions
from deskhand.toolsets.memory.changing import Edit
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
        assert "going on are left out" in found.text()


async def test_a_contradiction_is_named_only_while_both_sides_hold() -> None:
    with Database(None) as database:
        first = await memory(database).save(ANN, Draft("I like coffee"))
        second = await memory(database, NOW + timedelta(days=1)).save(ANN, Draft("I don't like coffee"))
        assert second.status == "conflicts_with"
        between = NOW + timedelta(days=5)
        later = memory(database, NOW + timedelta(days=30))
        await later.update(ANN, first.id, Edit(valid_to="2026-03-10"))
        against = {
            at: {hit.id: hit.conflicts_with for hit in (await later.search(ANN, "coffee", Request(as_of=at))).hits}
            for at in (None, between)
        }
        assert against[None] == {second.id: ()}
        assert against[between] == {second.id: (first.id,), first.id: (second.id,)}


async def test_history_as_of_a_day_ends_on_that_day() -> None:
    with Database(None) as database:
        for year, town in ((2019, "Graz"), (2021, "Oslo"), (2024, "Rome")):
            await memory(database).save(
                ANN, Draft(f"The office stood in {town}", "episode", valid_from=f"{year}-01-01")
            )
        request = Request(include_history=True, as_of=NOW.replace(year=2022))
        found = await memory(database).search(ANN, "Where is the office?", request)
        assert {hit.text[-4:] for hit in found.hits} == {"Graz", "Oslo"}


@dataclass
class Backwards:
    """Ranks the other way round."""

    async def scores(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        return list(range(len(texts)))


async def test_a_second_opinion_does_not_put_the_older_of_two_that_contradict_first() -> None:
    with Database(None) as database:
        await memory(database).save(ANN, Draft("I like coffee"))
        later = NOW + timedelta(days=1)
        newer = await memory(database, later).save(ANN, Draft("I don't like coffee"))
        options = MemoryOptions(ZoneInfo("UTC"), reranker=Backwards())
        backend = MemoryBackend(database, FoundEmbedder(None, "As the test says."), options, lambda: later)
        assert (await backend.search(ANN, "coffee", Request())).hits[0].id == newer.id


async def test_who_finds_nothing_hears_what_else_to_try_unless_there_is_nothing_at_all() -> None:
    with Database(None) as database:
        empty = await memory(database).search(ANN, "boat", Request())
        assert empty.text() == "Nothing is remembered about this."
        await memory(database).save(ANN, Draft("The dentist is in Main Street"))
        found = await memory(database).search(ANN, "boat", Request())
        assert "include_history" in found.text()
