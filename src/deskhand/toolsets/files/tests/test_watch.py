"""The watcher, with real changes to real files."""

import errno
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from deskhand.services import Services
from deskhand.testing import RecordedChanges, services
from deskhand.toolsets.files.backend import Limits, LocalFiles
from deskhand.toolsets.files.toolset import Files, FilesSettings
from deskhand.toolsets.files.watch import Changed
from deskhand.toolsets.files.write import Change

pytestmark = pytest.mark.anyio
DEADLINE = 15
"""Seconds until a change must have been announced."""


async def _until(happened: Callable[[], bool], again: Callable[[], object] = lambda: None) -> None:
    """Wait for `happened`, doing `again` now and then: the first changes may come before the watcher is there."""
    with anyio.fail_after(DEADLINE):
        while not happened():
            again()
            await anyio.sleep(0.02)


@asynccontextmanager
async def _watched(folder: Path) -> AsyncGenerator[tuple[Path, RecordedChanges]]:
    """A served workspace whose watcher is known to run."""
    lent, changes = services(folder), RecordedChanges()
    lent = replace(lent, changes=changes)
    async with _started(lent):
        probe = lent.workspace / "probe.txt"
        count = iter(range(10_000))
        await _until(lambda: bool(changes.updated), lambda: probe.write_text(str(next(count))))
        yield lent.workspace, changes


@asynccontextmanager
async def _started(lent: Services) -> AsyncGenerator[None]:
    async with Files(FilesSettings(), lent).lifespan():
        yield


def _saw(changes: RecordedChanges, *uris: str) -> Callable[[], bool]:
    return lambda: set(uris) <= {uri for uri, _ in changes.updated}


async def test_a_changed_file_is_announced(tmp_path: Path) -> None:
    async with _watched(tmp_path) as (workspace, changes):
        (workspace / "a b.txt").write_text("x")
        await _until(_saw(changes, "file:///a%20b.txt", "file:///"))
        assert changes.lists_changed
        assert {subject for _, subject in changes.updated} == {None}


async def test_a_removed_file_is_announced(tmp_path: Path) -> None:
    async with _watched(tmp_path) as (workspace, changes):
        (workspace / "a.txt").write_text("x")
        await _until(_saw(changes, "file:///a.txt"))
        changes.updated.clear()
        before = changes.lists_changed
        (workspace / "a.txt").unlink()
        await _until(_saw(changes, "file:///a.txt", "file:///"))
        await _until(lambda: changes.lists_changed > before)


async def test_files_in_folders_that_appear_are_announced(tmp_path: Path) -> None:
    async with _watched(tmp_path) as (workspace, changes):
        (workspace / "new" / "deep").mkdir(parents=True)
        (workspace / "new" / "deep" / "a.txt").write_text("x")
        await _until(_saw(changes, "file:///new/deep/a.txt"))
        changes.updated.clear()
        count = iter(range(10_000))
        later = workspace / "new" / "deep" / "b.txt"
        await _until(_saw(changes, "file:///new/deep/b.txt"), lambda: later.write_text(str(next(count))))


async def test_what_a_tool_writes_is_announced_and_its_own_files_are_not(tmp_path: Path) -> None:
    async with _watched(tmp_path) as (workspace, changes):
        files = Files(FilesSettings(), services(tmp_path)).backend
        assert isinstance(files, LocalFiles)
        await files.write("docs/a.txt", Change(content="one"))
        await _until(_saw(changes, "file:///docs/a.txt"))
        changes.updated.clear()
        version = (await files.read("docs/a.txt", "", max_tokens=2_000)).version
        written = await files.write("docs/a.txt", Change(content="two", expected=version))
        assert written.trashed
        await _until(_saw(changes, "file:///docs/a.txt"))
        assert not [uri for uri, _ in changes.updated if ".deskhand-" in uri]
        assert workspace.joinpath("docs/a.txt").read_text() == "two"


async def test_what_lies_behind_a_link_out_is_not_watched(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "link").symlink_to(outside)
    async with _watched(tmp_path) as (workspace, changes):
        (outside / "private.txt").write_text("x")
        (workspace / "later").symlink_to(outside)
        (outside / "more.txt").write_text("x")
        await _until(_saw(changes, "file:///later"))
        (workspace / "last.txt").write_text("x")
        await _until(_saw(changes, "file:///last.txt"))
        assert not [uri for uri, _ in changes.updated if "private" in uri or "more" in uri]


async def test_a_burst_of_folders_loses_no_file(tmp_path: Path) -> None:
    async with _watched(tmp_path) as (workspace, changes):
        expected: list[str] = []
        for number in range(30):
            folder = workspace / f"folder{number % 6}" / f"deep{number}"
            folder.mkdir(parents=True)
            (folder / "a.txt").write_text("x")
            (workspace / f"top{number}.txt").write_text("x")
            expected += [f"file:///folder{number % 6}/deep{number}/a.txt", f"file:///top{number}.txt"]
            await anyio.lowlevel.checkpoint()
        await _until(_saw(changes, *expected))


async def test_a_workspace_that_cannot_be_watched_is_told(tmp_path: Path) -> None:
    lent = services(tmp_path)
    lent.workspace.rmdir()
    toolset = Files(FilesSettings(), lent)
    assert (await toolset.health()).state == "down"
    async with toolset.lifespan():
        assert (await toolset.health()).state == "ok"
    gone = LocalFiles(tmp_path / "gone", Limits(), lent.now)
    with pytest.raises(OSError, match="gone"), anyio.fail_after(DEADLINE):
        await anext(gone.changes())


async def test_a_workspace_that_is_put_in_the_place_of_another_is_watched(tmp_path: Path) -> None:
    async with _watched(tmp_path) as (workspace, changes):
        (tmp_path / "other" / "docs").mkdir(parents=True)
        (tmp_path / "other" / "docs" / "a.txt").write_text("x")
        workspace.rename(tmp_path / "away")
        (tmp_path / "other").rename(workspace)
        await _until(_saw(changes, "file:///docs/a.txt"))
        count = iter(range(10_000))
        await _until(_saw(changes, "file:///b.txt"), lambda: (workspace / "b.txt").write_text(str(next(count))))


async def test_a_name_that_is_not_utf8_does_not_end_the_watch(tmp_path: Path) -> None:
    async with _watched(tmp_path) as (workspace, changes):
        changes.updated.clear()
        before = changes.lists_changed
        (workspace / "bad\udcff.txt").write_bytes(b"x")
        (workspace / "worse\udcff").mkdir()
        await _until(lambda: changes.lists_changed > before)
        for count in range(3):
            (workspace / "bad\udcff.txt").read_bytes()
            (workspace / "worse\udcff" / "a.txt").write_text("x")
            (workspace / f"good{count}.txt").write_text("x")
            await _until(_saw(changes, f"file:///good{count}.txt", "file:///"))
        assert not [uri for uri, _ in changes.updated if "%FF" in uri]


class _BrokenWatch(LocalFiles):
    """A watcher that fails in a way nobody foresaw."""

    async def changes(self) -> AsyncGenerator[Changed]:
        raise ValueError("unforeseen")
        yield Changed()


async def test_a_watcher_that_fails_ends_nothing_is_logged_once_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lent = services(tmp_path)
    toolset = Files(FilesSettings(), lent)
    toolset.backend = _BrokenWatch(lent.workspace, Limits(), lent.now)
    async with toolset.lifespan():
        with anyio.fail_after(DEADLINE):
            while (await toolset.health()).state == "ok":
                await anyio.lowlevel.checkpoint()
    assert [record.levelname for record in caplog.records if "not noticed" in record.message] == ["WARNING"]


class _NoWatches(LocalFiles):
    """A system that gives no more watches."""

    async def changes(self) -> AsyncGenerator[Changed]:
        raise OSError(errno.ENOSPC, "No space left on device")
        yield Changed()


async def test_when_the_system_gives_no_watches_health_says_so(tmp_path: Path) -> None:
    lent = services(tmp_path)
    toolset = Files(FilesSettings(), lent)
    toolset.backend = _NoWatches(lent.workspace, Limits(), lent.now)
    async with toolset.lifespan():
        with anyio.fail_after(DEADLINE):
            while (await toolset.health()).state == "ok":
                await anyio.lowlevel.checkpoint()
        health = await toolset.health()
    assert (health.state, "max_user_watches" in health.next_step) == ("degraded", True)
