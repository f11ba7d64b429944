"""Lists of acts: all that is asked for, also behind many others, as time has made them."""

import pytest
from tests.outbox.world import Clock, Performing, World, act

from deskhand.outbox.act import State
from deskhand.outbox.outbox import Outbox
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio


async def test_what_waits_is_found_behind_many_newer_ones(database: Database) -> None:
    clock = Clock()
    outbox = Outbox(database, clock)
    waiting = await outbox.propose("ann", act("waits"))
    for number in range(6):
        clock.forward(seconds=1)
        await outbox.perform("ann", (await outbox.propose("ann", act(f"{number}"))).key, Performing(World()))
    assert [entry.key for entry in await outbox.newest("ann", states=("waiting",), limit=5)] == [waiting.key]
    assert [entry.state for entry in await outbox.newest("ann", limit=5)] == ["done"] * 5


@pytest.mark.parametrize(
    ("stored", "seen", "days"), [("waiting", "expired", 8), ("claimed", "failed", 1), ("crossing", "unknown", 1)]
)
async def test_a_list_shows_states_that_time_alone_has_made(
    database: Database, stored: State, seen: State, days: int
) -> None:
    clock = Clock()
    outbox = Outbox(database, clock)
    entry = await outbox.propose("ann", act())
    if stored != "waiting":
        await outbox._move("ann", entry.key, ("waiting",), state=stored)  # pyright: ignore[reportPrivateUsage]
    assert [found.key for found in await outbox.newest("ann", states=(stored,))] == [entry.key]
    assert await outbox.newest("ann", states=(seen,)) == []
    clock.forward(days=days)
    assert await outbox.newest("ann", states=(stored,)) == []
    assert [(found.key, found.state) for found in await outbox.newest("ann", states=(seen,))] == [(entry.key, seen)]


async def test_lists_do_not_carry_the_content(database: Database) -> None:
    outbox = Outbox(database, Clock())
    entry = await outbox.propose("ann", act())
    assert [found.content for found in await outbox.newest("ann")] == [None]
    assert (await outbox.find("ann", entry.key)).content == b"Figures"
