"""A call that is cancelled or out of time: its thread ends soon, and nothing is left half done."""

from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from anyio import from_thread, to_thread

from deskhand.toolsets.files.backend import LocalFiles
from deskhand.toolsets.files.tests.conftest import NOW
from deskhand.toolsets.files.write import Change, Writer
from deskhand.workspace.address import Parts
from deskhand.workspace.glob import Glob
from deskhand.workspace.load import Loaded, Loader, version_of
from deskhand.workspace.place import Placer
from deskhand.workspace.root import Root
from deskhand.workspace.steps import STEP_BYTES
from deskhand.workspace.trash import TRASH, Trash
from deskhand.workspace.turn import turn
from deskhand.workspace.walk import Entry, Tree

pytestmark = pytest.mark.anyio
Make = Callable[[str, str | bytes], Path]
SIZE = 2 * STEP_BYTES


class _CancellingLoader(Loader):
    """The call is cancelled as soon as the old file was read, before anything is written."""

    scope: anyio.CancelScope

    def load(self, parts: Parts) -> Loaded:
        loaded = super().load(parts)
        from_thread.run_sync(self.scope.cancel)
        return loaded


class _CancellingTrash(Trash):
    """The call is cancelled while folders are made: those for a new file, or those in the trash for an old one."""

    scope: anyio.CancelScope

    def make_folders(self, parts: Parts, *, mode: int = 0o777) -> list[Parts]:
        made = super().make_folders(parts, mode=mode)
        from_thread.run_sync(self.scope.cancel)
        return made


async def _cancelled(files: LocalFiles, source: str, to: str, begun: Callable[[], bool]) -> bool:
    """Copy, and cancel when the copy has begun; whether it was stopped."""
    scope = anyio.CancelScope()

    async def cancel() -> None:
        while not begun():
            await anyio.sleep(0.001)
        scope.cancel()

    with anyio.fail_after(60):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(cancel)
            with scope:
                await files.manage("copy", source, to)
    return scope.cancelled_caught


async def test_a_copy_of_a_large_file_stops_and_leaves_nothing(files: LocalFiles, workspace: Path, make: Make) -> None:
    with make("large.bin", "").open("r+b") as file:
        file.truncate(256 * 1024 * 1024)
    assert await _cancelled(files, "large.bin", "new/place/copy.bin", lambda: any(workspace.rglob(".deskhand-*")))
    assert [path.name for path in workspace.rglob("*")] == ["large.bin"]


async def test_a_copy_of_many_files_stops_and_leaves_nothing(files: LocalFiles, workspace: Path, make: Make) -> None:
    for number in range(2_000):
        make(f"one/{number}.txt", "x")
    assert await _cancelled(files, "one", "new/two", lambda: any(workspace.glob("new/.deskhand-*/*")))
    assert [path.name for path in workspace.iterdir()] == ["one"]
    assert len(list(workspace.rglob("*"))) == 2_001


async def test_a_walk_stops_at_the_next_entry(files: LocalFiles, make: Make) -> None:
    for number in range(20):
        make(f"{number}.txt", "x")
    looked: list[Entry] = []
    with anyio.CancelScope() as scope:

        def walk() -> None:
            for entry, _ in Tree(files.root).walk(Glob("**")):
                looked.append(entry)
                from_thread.run_sync(scope.cancel)

        await to_thread.run_sync(walk)
    assert scope.cancelled_caught
    assert len(looked) == 1


async def test_a_listing_of_one_folder_stops(files: LocalFiles, make: Make) -> None:
    make("a.txt", "x")
    with anyio.CancelScope() as scope:

        def entries() -> list[Entry]:
            from_thread.run_sync(scope.cancel)
            return Tree(files.root).entries(())

        await to_thread.run_sync(entries)
    assert scope.cancelled_caught


async def test_a_large_file_is_not_read_to_its_end(files: LocalFiles, make: Make) -> None:
    make("a.txt", b"x" * SIZE)
    with anyio.CancelScope() as scope:

        def load() -> Loaded:
            from_thread.run_sync(scope.cancel)
            return Loader(files.root, max_bytes=SIZE).load(("a.txt",))

        await to_thread.run_sync(load)
    assert scope.cancelled_caught


async def test_a_writer_out_of_time_does_not_wait_for_its_turn(files: LocalFiles, workspace: Path) -> None:
    with turn(Root(workspace)), anyio.move_on_after(0.05) as scope:
        await files.write("new/a.txt", Change(content="x"))
    assert scope.cancelled_caught
    assert list(workspace.iterdir()) == []


@pytest.mark.parametrize("path", ["a.txt", "new/place/b.txt"])
async def test_a_cancelled_write_leaves_what_was_there(path: str, workspace: Path, make: Make) -> None:
    file, root = make("a.txt", "old"), Root(workspace)
    loader, trash = _CancellingLoader(root, max_bytes=SIZE), _CancellingTrash(root, lambda: NOW)
    writer = Writer(loader, Placer(root, trash), max_bytes=SIZE)
    change = Change(content="x" * SIZE, expected=version_of(b"old") if path == "a.txt" else "")
    with anyio.CancelScope() as loader.scope, anyio.CancelScope() as trash.scope:
        await to_thread.run_sync(writer.write, (*path.split("/"),), change)
    assert loader.scope.cancelled_caught or trash.scope.cancelled_caught
    assert [path.name for path in workspace.rglob("*")] == ["a.txt"]
    assert file.read_text() == "old"


async def test_a_write_cancelled_after_the_exchange_is_finished(workspace: Path, make: Make) -> None:
    file, root = make("a.txt", "old"), Root(workspace)
    trash = _CancellingTrash(root, lambda: NOW)
    writer = Writer(Loader(root, max_bytes=SIZE), Placer(root, trash), max_bytes=SIZE)
    with anyio.CancelScope() as trash.scope:
        await to_thread.run_sync(writer.write, ("a.txt",), Change(content="new", expected=version_of(b"old")))
    assert file.read_text() == "new"
    (kept,) = (workspace / TRASH).rglob("a.txt")
    assert kept.read_text() == "old"
    assert [path.name for path in workspace.iterdir() if path.name != TRASH] == ["a.txt"]
