"""When something held, and what reads better: score decides, time only between what contradicts."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from tests.memory.remembering import ANN, START, Clock, remembering, sentence

from deskhand.store.database import Database
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.backend import MemoryBackend
from deskhand.toolsets.memory.changing import Edit
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.finding import Request

pytestmark = pytest.mark.anyio

LATER = timedelta(days=400)


async def ids(backend: MemoryBackend, query: str, as_of: datetime | None = None, *, history: bool = False) -> list[str]:
    """Handles of what a search finds."""
    request = Request(as_of=as_of, include_history=history, limit=20, max_tokens=5_000)
    return [hit.id for hit in (await backend.search(ANN, query, request)).hits]


async def test_a_memory_is_found_only_while_it_holds(database: Database) -> None:
    clock = Clock()
    backend = remembering(database, clock=clock)
    soon = await backend.save(ANN, Draft(sentence(1), valid_from="2026-04-01", expires_at="2026-04-30"))
    assert await ids(backend, sentence(1)) == []
    assert await ids(backend, sentence(1), datetime(2026, 4, 30, 23, 59, tzinfo=UTC)) == [soon.id]
    clock.at = datetime(2026, 4, 1, tzinfo=UTC)
    assert await ids(backend, sentence(1)) == [soon.id]
    clock.at = datetime(2026, 5, 1, tzinfo=UTC)
    assert await ids(backend, sentence(1)) == []
    assert await ids(backend, sentence(1), history=True) == [soon.id]


async def test_each_version_is_found_for_its_own_time(database: Database) -> None:
    clock = Clock()
    backend = remembering(database, clock=clock)
    saved = await backend.save(ANN, Draft(f"harbour {sentence(1)}"))
    for number in (2, 3):
        clock.pass_by(days=10)
        await backend.update(ANN, saved.id, Edit(f"harbour {sentence(number)}"))
    for number, day in ((1, 1), (2, 11), (3, 21)):
        found = await backend.search(ANN, "harbour", Request(as_of=START + timedelta(days=day)))
        assert [(hit.id, hit.text) for hit in found.hits] == [(saved.id, f"harbour {sentence(number)}")]
    assert await ids(backend, "harbour") == [saved.id]
    item = await backend.item(ANN, saved.id)
    assert [version.text for version in item.history] == [f"harbour {sentence(number)}" for number in (3, 2, 1)]
    assert [version.replaced_at is None for version in item.history] == [True, False, False]


async def test_a_text_that_is_corrected_and_ended_at_once_ends_in_both_versions(sqlite: Database) -> None:
    clock = Clock()
    backend = remembering(sqlite, clock=clock)
    saved = await backend.save(ANN, Draft(f"harbour {sentence(1)}", valid_from="2026-01-01"))
    await backend.update(ANN, saved.id, Edit(f"harbour {sentence(2)}", valid_to="2026-02-01"))
    held = await backend.search(ANN, "harbour", Request(as_of=datetime(2026, 1, 15, tzinfo=UTC)))
    assert [hit.text for hit in held.hits] == [f"harbour {sentence(1)}"]
    assert await ids(backend, "harbour", datetime(2026, 2, 20, tzinfo=UTC)) == []
    assert await ids(backend, "harbour") == []


async def test_a_chain_of_what_supersedes_tells_what_held_when(sqlite: Database) -> None:
    clock = Clock()
    backend = remembering(sqlite, clock=clock)
    chain: list[str] = []
    for city in ("Lisbon", "Oslo", "Prague"):
        saved = await backend.save(
            ANN, Draft(f"I moved to {city} and live in {city} now.", valid_from=clock.at.date().isoformat())
        )
        chain.append(saved.id)
        clock.pass_by(days=100)
    items = [await backend.item(ANN, memory_id) for memory_id in chain]
    for before, after in pairwise(items):
        assert [other.id for other in after.supersedes] == [before.id]
        assert before.current.valid_to == f"{after.current.valid_from}T00:00:00.000000+00:00"
    asked = [await ids(backend, "Where do I live?", START + timedelta(days=day)) for day in (50, 150, 250)]
    assert asked == [[one] for one in chain]
    assert set(await ids(backend, "Where do I live?", history=True)) >= set(chain)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu", "UTC"])
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-12-31"])
def test_a_day_begins_and_ends_where_the_person_is(zone: str, day: str) -> None:
    there = ZoneInfo(zone)
    begins, ends = moments.beginning(day, there), moments.end(day, there)
    assert begins.isoformat().startswith(f"{day}T00:00:00")
    assert timedelta(hours=22) < ends.astimezone(UTC) - begins.astimezone(UTC) < timedelta(hours=26)
    assert moments.last(day, there).astimezone(there).date().isoformat() == day


async def test_of_contradictions_the_one_after_the_clocks_went_back_is_newer(sqlite: Database) -> None:
    backend = remembering(sqlite, clock=Clock(datetime(2026, 10, 26, tzinfo=UTC)), zone="Europe/Berlin")
    first = await backend.save(
        ANN, Draft("The favourite colour of Mia is red.", valid_from="2026-10-25T02:50:00+02:00")
    )
    second = await backend.save(
        ANN, Draft("The favourite colour of Mia is blue.", valid_from="2026-10-25T02:10:00+01:00")
    )
    assert second.status == "conflicts_with"
    assert [other.id for other in second.others] == [first.id]
    assert await ids(backend, "favourite colour Mia red") == [second.id, first.id]


async def test_a_memory_gains_nothing_by_being_new(sqlite: Database) -> None:
    clock = Clock()
    backend = remembering(sqlite, clock=clock)
    old = await backend.save(ANN, Draft(f"harbour bridge {sentence(1)}"))
    clock.pass_by(days=400)
    new = await backend.save(ANN, Draft(f"harbour {sentence(2)} {sentence(3)}"))
    assert await ids(backend, "harbour bridge") == [old.id, new.id]


async def test_what_holds_from_a_day_to_come_is_known_already_when_said_twice(sqlite: Database) -> None:
    backend = remembering(sqlite)
    saved = await backend.save(ANN, Draft(sentence(1), valid_from="2027-01-01"))
    again = await backend.save(ANN, Draft(sentence(1), valid_from="2027-01-01"))
    assert (again.status, again.id) == ("duplicate_of", saved.id)


def test_a_day_is_told_from_a_moment() -> None:
    assert moments.is_day("2026-03-01")
    assert not moments.is_day("2026-03-01T00:00:00+00:00")
