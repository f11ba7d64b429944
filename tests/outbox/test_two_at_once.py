"""Several tasks, threads and processes at one act: one of them does it."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import anyio
import pytest
from tests.outbox import performing
from tests.outbox.world import Clock, Performing, World, act

from deskhand.errors import Conflict
from deskhand.outbox.outbox import Outbox
from deskhand.store.database import Database

KEYS = [f"k{number}" for number in range(12)]


async def propose(database: Database, *keys: str) -> None:
    outbox = Outbox(database, lambda: datetime.now(UTC))
    for key in keys:
        await outbox.propose("ann", act(key), key=key)


def started(target: Path | str, world: Path, *keys: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, performing.__file__, str(target), str(world), *keys])


@pytest.mark.anyio
async def test_many_tasks_at_one_act_do_it_once(database: Database) -> None:
    world, outbox = World(), Outbox(database, Clock())
    entry = await outbox.propose("ann", act())
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(outbox.perform, "ann", entry.key, Performing(world))
    assert world.happened == {entry.key: 1}
    assert (await outbox.find("ann", entry.key)).state == "done"


@pytest.mark.anyio
async def test_who_comes_back_leaves_alone_what_another_is_at(database: Database) -> None:
    clock, world = Clock(), World()
    outbox = Outbox(database, clock)
    slow, other, ended = Performing(world, "stalls before"), Performing(world, "stalls before"), anyio.Event()
    entry = await outbox.propose("ann", act())

    async def late() -> None:
        with pytest.raises(Conflict, match="This attempt took too long"):
            await outbox.perform("ann", entry.key, slow)
        ended.set()

    async with anyio.create_task_group() as first:
        first.start_soon(late)
        await slow.stalled.wait()
        clock.forward(seconds=301)
        async with anyio.create_task_group() as second:
            second.start_soon(outbox.perform, "ann", entry.key, other)
            await other.stalled.wait()
            slow.wake.set()
            await ended.wait()
            other.wake.set()
    assert (await outbox.find("ann", entry.key)).state == "done"
    assert world.happened == {entry.key: 1}


def test_two_threads_with_loops_of_their_own_do_each_act_once(target: Path | str) -> None:
    world, start = World(), Barrier(2)

    async def work() -> None:
        with Database(target) as opened:
            outbox = Outbox(opened, Clock())
            start.wait()
            for key in KEYS:
                await outbox.perform("ann", key, Performing(world))

    with Database(target) as database:
        anyio.run(propose, database, *KEYS)
        threads = [Thread(target=anyio.run, args=(work,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert world.happened == Counter(KEYS)


def test_two_processes_do_each_act_once(target: Path | str, tmp_path: Path) -> None:
    world = tmp_path / "world"
    with Database(target) as database:
        anyio.run(propose, database, *KEYS)
        running = [started(target, world, *KEYS), started(target, world, *reversed(KEYS))]
        assert [process.wait(60) for process in running] == [0, 0]
    assert Counter(world.read_text().split()) == Counter(KEYS)


@pytest.mark.parametrize(("key", "state", "happened"), [("dies-before", "failed", 0), ("dies-after", "unknown", 1)])
def test_a_process_that_dies_leaves_what_is_true(
    target: Path | str, tmp_path: Path, key: str, state: str, happened: int
) -> None:
    world = tmp_path / "world"
    world.touch()

    async def later() -> str:
        outbox = Outbox(database, lambda: datetime.now(UTC) + timedelta(seconds=301))
        return (await outbox.find("ann", key)).state

    with Database(target) as database:
        anyio.run(propose, database, key)
        assert started(target, world, key).wait(60) == 7
        assert anyio.run(later) == state
    assert world.read_text().count(key) == happened
