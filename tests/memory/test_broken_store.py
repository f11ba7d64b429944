"""The disk is full, the file read-only, damaged or gone: a clear error, nothing half done, and what works goes on."""

import os
import pwd
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import anyio
import pytest
from tests.memory.remembering import ANN, remembering, sentence, stored
from tests.memory.test_turns import said
from tests.memory.writer import process

from deskhand.errors import DeskhandError, Unavailable
from deskhand.store.database import Database
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.finding import Request

Report = tuple[list[str], list[str], str]
"""Ids saved, errors told, what a search found afterwards."""


def full_disk(sending: Connection, path: Path) -> None:
    """Save until the disk is full, then search."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that a write past the limit fails with EFBIG
    anyio.run(_save_and_search, sending, path, _limit_files)


def read_only(sending: Connection, path: Path) -> None:
    """Save and search in a folder that somebody else owns."""
    anyio.run(_as_nobody, sending, path)


async def _as_nobody(sending: Connection, path: Path) -> None:
    # Only now: what the event loop imports may lie where nobody may read.
    if os.geteuid() == 0:
        os.setgid(pwd.getpwnam("nobody").pw_gid)
        os.setuid(pwd.getpwnam("nobody").pw_uid)
    await _save_and_search(sending, path, _as_it_is)


def _as_it_is(path: Path) -> None:
    """Limit nothing."""


def _limit_files(path: Path) -> None:
    most = path.with_name(path.name + "-wal").stat().st_size + 200_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


async def _save_and_search(sending: Connection, path: Path, limit: Callable[[Path], None]) -> None:
    ids: list[str] = []
    errors: list[str] = []
    try:
        with Database(path) as database:
            backend = remembering(database)
            limit(path)
            await said(database, "talk", sentence(999))
            for number in range(100, 200):
                try:
                    ids.append((await backend.save(ANN, Draft(sentence(number)))).id)
                except DeskhandError as error:
                    errors.append(error.message)
            found = await backend.search(ANN, sentence(1), Request(limit=1))
            sending.send((ids, errors, found.text()))
    except DeskhandError as error:
        sending.send((ids, [*errors, error.message], ""))


async def _fill(path: Path) -> None:
    with Database(path) as database:
        backend = remembering(database)
        for number in range(10):
            await backend.save(ANN, Draft(sentence(number)))


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A database with ten memories."""
    path = tmp_path / "deskhand.db"
    anyio.run(_fill, path)
    return path


def test_a_full_disk_keeps_what_was_acknowledged_and_still_finds_it(filled: Path) -> None:
    with process(full_disk, filled) as (_, sent):
        ids, errors, found = sent.recv()
    assert ids
    assert errors
    assert all("disk" in message and str(filled) in message for message in errors)
    assert sentence(1) in found
    with Database(filled) as database:
        memories, entries = stored(database)
    assert memories == entries
    assert {memory_id for _, memory_id in memories} >= set(ids)
    assert len(memories) == 10 + len(ids)


def test_a_damaged_file_is_told_of_and_never_written_over(filled: Path) -> None:
    content = bytearray(filled.read_bytes())
    content[4096 : len(content) - 4096] = b"\xff" * (len(content) - 8192)
    filled.write_bytes(content)

    async def work() -> None:
        with pytest.raises(Unavailable, match="Check the disk"), Database(filled) as database:
            await remembering(database).search(ANN, sentence(1), Request())
        with pytest.raises(Unavailable, match="Check the disk"), Database(filled) as database:
            await remembering(database).save(ANN, Draft(sentence(1)))

    anyio.run(work)
    assert filled.read_bytes() == content


def test_what_is_no_database_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "deskhand.db").write_bytes(b"Dear diary, " * 1_000)
    with pytest.raises(Unavailable, match="not a database"), Database(tmp_path / "deskhand.db"):
        pass


def test_a_save_into_a_file_that_was_deleted_is_not_acknowledged(filled: Path) -> None:
    async def work() -> None:
        with Database(filled) as database:
            backend = remembering(database)
            for file in filled.parent.iterdir():
                file.unlink()
            with pytest.raises(Unavailable, match=r"deskhand\.db"):
                await backend.save(ANN, Draft(sentence(50)))

    anyio.run(work)


def test_a_folder_that_became_read_only_is_told_of(filled: Path) -> None:
    for file in filled.parent.iterdir():
        file.chmod(0o444)
    filled.parent.chmod(0o555)
    filled.parent.parent.chmod(0o755)
    try:
        with process(read_only, filled) as (_, sent):
            ids, errors, _ = sent.recv()
    finally:
        filled.parent.chmod(0o755)
    assert ids == []
    assert errors
    assert all(str(filled) in message for message in errors)
