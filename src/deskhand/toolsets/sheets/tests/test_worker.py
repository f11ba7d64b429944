"""The worker process: it is started late, ended when it must be, and the server never waits for it."""

import os
import time
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from deskhand.errors import DeskhandError, InvalidInput, LimitExceeded
from deskhand.toolsets.sheets.cache import Cache
from deskhand.toolsets.sheets.engine import Sheets
from deskhand.toolsets.sheets.limits import Limits
from deskhand.toolsets.sheets.scratch import Scratch
from deskhand.toolsets.sheets.tests.conftest import OpenFile, Opening
from deskhand.toolsets.sheets.turns import Turns

pytestmark = pytest.mark.anyio

ENDLESS = "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r"


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def test_nothing_runs_before_the_first_question_and_nothing_after_the_end(
    tmp_path: Path, tables: list[OpenFile]
) -> None:
    async with Sheets(tmp_path / "cache") as sheets:
        assert sheets.process_id == 0
        await sheets.query(tables, "SELECT 1")
        process = sheets.process_id
        await sheets.query(tables, "SELECT 2")
        assert sheets.process_id == process
    assert not is_running(process)


async def test_a_worker_that_refused_a_question_answers_the_next(tmp_path: Path, tables: list[OpenFile]) -> None:
    async with Sheets(tmp_path / "cache") as sheets:
        await sheets.query(tables, "SELECT 1")
        process = sheets.process_id
        for refused in ("SELECT nothing FROM sales", "DROP VIEW sales", "FROM read_text('/etc/hostname')"):
            with pytest.raises(DeskhandError):
                await sheets.query(tables, refused)
            assert sheets.process_id == process
        assert (await sheets.query(tables, "SELECT count(*) FROM sales")).rows == ((6,),)


async def test_a_worker_whose_limit_is_half_used_is_not_asked_again(tmp_path: Path, tables: list[OpenFile]) -> None:
    async with Sheets(tmp_path / "cache") as sheets:
        await sheets.query(tables, "SELECT repeat('x', 2000) || i FROM range(400000) r(i)")
        assert sheets.process_id == 0


async def test_a_cancelled_question_ends_the_worker_and_the_next_is_answered(
    tmp_path: Path, tables: list[OpenFile]
) -> None:
    async with Sheets(tmp_path / "cache") as sheets:
        await sheets.query(tables, "SELECT 1")
        process = sheets.process_id
        with anyio.move_on_after(0.3) as scope:
            await sheets.query(tables, ENDLESS)
        assert scope.cancelled_caught
        assert not is_running(process)
        assert (await sheets.query(tables, "SELECT count(*) FROM sales")).rows == ((6,),)


async def test_what_fails_in_a_worker_that_was_used_before_is_asked_again_in_a_new_one(
    tmp_path: Path, tables: list[OpenFile]
) -> None:
    async with Sheets(tmp_path / "cache") as sheets:
        await sheets.query(tables, "SELECT 1")
        os.kill(sheets.process_id, 9)
        assert (await sheets.query(tables, "SELECT 1")).rows == ((1,),)


async def test_a_worker_that_dies_on_its_first_question_is_told(tmp_path: Path, tables: list[OpenFile]) -> None:
    async with Sheets(tmp_path / "cache", Limits(seconds=30)) as sheets, anyio.create_task_group() as tasks:

        async def kill() -> None:
            while not sheets.process_id:
                await anyio.sleep(0.01)
            os.kill(sheets.process_id, 9)

        tasks.start_soon(kill)
        with pytest.raises(LimitExceeded, match="more than the 1024 MiB"):
            await sheets.query(tables, ENDLESS)


async def test_too_long_a_question_is_stopped_in_time(tmp_path: Path, tables: list[OpenFile]) -> None:
    async with Sheets(tmp_path / "cache") as sheets:
        await sheets.query(tables, "SELECT 1")
        started = time.monotonic()
        with pytest.raises(LimitExceeded, match=r"longer than 0\.5 s"):
            await sheets.query(tables, ENDLESS, seconds=0.5)
        assert time.monotonic() - started < 4


async def test_the_event_loop_goes_on_while_a_question_runs(tmp_path: Path, tables: list[OpenFile]) -> None:
    async with Sheets(tmp_path / "cache") as sheets:
        await sheets.query(tables, "SELECT 1")
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                await anyio.lowlevel.checkpoint()
                turns += 1

        async with anyio.create_task_group() as group:
            group.start_soon(count)
            with pytest.raises(LimitExceeded):
                await sheets.query(tables, ENDLESS, seconds=0.3)
            group.cancel_scope.cancel()
        assert turns > 1000


async def test_questions_at_once_are_answered_one_after_the_other(tmp_path: Path, tables: list[OpenFile]) -> None:
    async with Sheets(tmp_path / "cache") as sheets:
        answers: list[object] = []

        async def ask(number: int) -> None:
            answers.append((await sheets.query(tables, f"SELECT {number}")).rows[0][0])

        async with anyio.create_task_group() as group:
            for number in range(8):
                group.start_soon(ask, number)
        assert sorted(answers, key=str) == list(range(8))


async def test_reading_tells_how_far_it_is(tmp_path: Path, opened: Opening) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes("n,t\n".encode("utf-16") + "1,x\n".encode("utf-16-le") * 200_000)
    told: list[tuple[int, int]] = []

    async def progress(done: int, total: int, what: str) -> None:
        assert what == "rows read"
        told.append((done, total))

    async with Sheets(tmp_path / "cache") as sheets:
        answer = await sheets.query([opened(path)], "SELECT count(*) FROM long", progress=progress)
    assert answer.rows == ((200_000,),)
    assert told


async def test_too_many_files_are_refused(tmp_path: Path, tables: list[OpenFile]) -> None:
    async with Sheets(tmp_path / "cache") as sheets:
        with pytest.raises(InvalidInput, match="17 files are more than the 16"):
            await sheets.query([tables[0]] * 17, "SELECT 1")


async def test_the_cache_keeps_to_its_bytes(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 3000)
    for number in range(4):
        entry = cache.entry(f"{number}")
        with entry.placed("part.parquet") as path:
            path.write_bytes(bytes(1000))
        os.utime(entry.folder, (number, number))
    cache.trim(cache.entry("3"))
    assert sorted(folder.name[0] for folder in tmp_path.iterdir()) == ["1", "2", "3"]


async def test_the_worker_stays_under_its_memory(tmp_path: Path, tables: list[OpenFile]) -> None:
    async with Sheets(tmp_path / "cache", Limits(memory=300 * 1024**2, database_memory=1024**3)) as sheets:
        with pytest.raises(LimitExceeded):
            await sheets.query(tables, "SELECT list(i) FROM range(100000000) t(i)")
        assert (await sheets.query(tables, "SELECT count(*) FROM sales")).rows == ((6,),)


async def test_another_person_does_not_wait_for_a_long_question(tmp_path: Path, tables: list[OpenFile]) -> None:
    told: list[str] = []

    async def progress(done: int, total: int, what: str) -> None:
        told.append(what)

    async with Sheets(tmp_path / "cache", Limits(wait_seconds=0.5)) as sheets, anyio.create_task_group() as group:
        group.start_soon(sheets.of("ann").query, tables, ENDLESS)
        while not sheets.process_id:
            await anyio.lowlevel.checkpoint()
        assert (await sheets.of("bob").query(tables, "SELECT count(*) FROM sales")).rows == ((6,),)
        with pytest.raises(LimitExceeded, match="Ask again later") as refused:
            await sheets.of("ann").query(tables, "SELECT 1", progress=progress)
        assert refused.value.retry_after
        assert told == ["waiting for another question"]
        group.cancel_scope.cancel()


async def test_who_asks_much_does_not_keep_others_waiting() -> None:
    turns, begun = Turns(1, 60), list[str]()

    async def nothing() -> None:
        return

    async def job(subject: str) -> None:
        async with turns.turn(subject, nothing):
            begun.append(subject)
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as group:
        for subject in ("ann", "ann", "ann", "bob", "eve"):
            group.start_soon(job, subject)
    assert begun == ["ann", "bob", "eve", "ann", "ann"]


async def test_temporary_files_go_with_the_worker_that_made_them(tmp_path: Path, tables: list[OpenFile]) -> None:
    parent = tmp_path / "cache-temporary"
    abandoned = Scratch(parent)
    (abandoned.path / "rows.tmp").write_text("of a server that died")
    os.close(abandoned._descriptor)  # pyright: ignore[reportPrivateUsage]
    async with Sheets(tmp_path / "cache") as sheets:
        await sheets.query(tables, "SELECT 1")
        (folder,) = parent.iterdir()
        assert folder != abandoned.path
        (folder / "rows.tmp").write_text("of a cancelled job")
        with anyio.move_on_after(0.3):
            await sheets.query(tables, ENDLESS)
        assert list(parent.iterdir()) == []
