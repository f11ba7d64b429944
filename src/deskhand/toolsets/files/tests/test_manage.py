"""Moving, copying, folders, the trash and back."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deskhand.errors import Conflict, Denied, DeskhandError, InvalidInput, LimitExceeded, NotFound
from deskhand.toolsets.files.backend import Action, Limits, LocalFiles
from deskhand.toolsets.files.manage import Organizer
from deskhand.toolsets.files.search import Query
from deskhand.workspace.trash import TRASH, Trash

pytestmark = pytest.mark.anyio
Make = Callable[[str, str | bytes], Path]
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


async def test_a_file_moves_and_folders_are_made(files: LocalFiles, workspace: Path, make: Make) -> None:
    make("a.txt", "x")
    assert (await files.manage("move", "a.txt", "new/place/b.txt")).uri == "file:///new/place/b.txt"
    assert (workspace / "new/place/b.txt").read_text() == "x"
    assert not (workspace / "a.txt").exists()


async def test_a_folder_moves_with_what_is_in_it(files: LocalFiles, workspace: Path, make: Make) -> None:
    make("one/a.txt", "x")
    await files.manage("move", "one", "two")
    assert (workspace / "two/a.txt").read_text() == "x"


@pytest.mark.parametrize("action", ["move", "copy"])
async def test_a_taken_name_is_not_replaced(action: Action, files: LocalFiles, workspace: Path, make: Make) -> None:
    make("a.txt", "x")
    make("b.txt", "y")
    make("folder/c.txt", "z")
    with pytest.raises(Conflict, match=r"b\.txt exists already"):
        await files.manage(action, "a.txt", "b.txt")
    with pytest.raises(Conflict, match="To put it inside"):
        await files.manage(action, "a.txt", "folder")
    assert (workspace / "b.txt").read_text() == "y"
    assert (workspace / "a.txt").read_text() == "x"


@pytest.mark.parametrize("action", ["move", "copy"])
async def test_a_folder_does_not_go_into_itself(action: Action, files: LocalFiles, workspace: Path, make: Make) -> None:
    make("one/a.txt", "x")
    with pytest.raises(InvalidInput, match="into itself"):
        await files.manage(action, "one", "one/two")
    assert (workspace / "one/a.txt").read_text() == "x"


@pytest.mark.parametrize("action", ["move", "copy", "trash"])
async def test_what_is_not_there_is_told_with_the_nearest(action: Action, files: LocalFiles, make: Make) -> None:
    make("report.txt", "x")
    with pytest.raises(NotFound, match=r"Did you mean report\.txt"):
        await files.manage(action, "reprot.txt", "" if action == "trash" else "b.txt")


@pytest.mark.parametrize("action", ["move", "copy"])
async def test_moving_and_copying_need_a_target(action: Action, files: LocalFiles, make: Make) -> None:
    make("a.txt", "x")
    with pytest.raises(InvalidInput, match="needs `to`"):
        await files.manage(action, "a.txt", "")


@pytest.mark.parametrize("action", ["move", "copy", "mkdir", "trash"])
async def test_the_workspace_itself_stays(action: Action, files: LocalFiles, workspace: Path) -> None:
    with pytest.raises(InvalidInput, match="workspace itself"):
        await files.manage(action, "file:///", "x")
    assert workspace.is_dir()


async def test_copies_are_whole_and_their_own(files: LocalFiles, workspace: Path, make: Make) -> None:
    script = make("one/deep/run.sh", "x")
    script.chmod(0o750)
    make("one/.git/config", "hidden things come along")
    (workspace / "one/link").symlink_to("deep")
    os.mkfifo(workspace / "one/fifo")
    copied = await files.manage("copy", "one", "two")
    assert copied.note == "2 links and special files left out"
    assert sorted(str(path.relative_to(workspace / "two")) for path in (workspace / "two").rglob("*")) == [
        ".git",
        ".git/config",
        "deep",
        "deep/run.sh",
    ]
    assert (workspace / "two/deep/run.sh").stat().st_mode == script.stat().st_mode
    (workspace / "two/deep/run.sh").write_text("changed")
    assert script.read_text() == "x"


async def test_a_copy_that_fails_leaves_nothing_behind(files: LocalFiles, workspace: Path, make: Make) -> None:
    make("one/a.txt", "x")
    make("one/b.txt", "x")
    os.link(workspace / "one/b.txt", workspace / "other.txt")
    with pytest.raises(Denied, match="2 names"):
        await files.manage("copy", "one", "two")
    small = Organizer(files.root, Trash(files.root, lambda: NOW), copied_files=1)
    with pytest.raises(LimitExceeded, match="more than 1 entries"):
        small.copy(("one",), ("two",))
    assert sorted(path.name for path in workspace.iterdir()) == ["one", "other.txt"]


async def test_a_folder_that_is_there_is_fine_and_a_file_is_not(files: LocalFiles, workspace: Path, make: Make) -> None:
    assert (await files.manage("mkdir", "a/b", "")).uri == "file:///a/b"
    await files.manage("mkdir", "a/b", "")
    assert (workspace / "a/b").is_dir()
    make("file.txt", "x")
    with pytest.raises(Conflict, match="not a folder"):
        await files.manage("mkdir", "file.txt", "")


@pytest.mark.parametrize("path", ["docs/a.txt", "docs"])
async def test_the_trash_gives_back(path: str, files: LocalFiles, workspace: Path, make: Make) -> None:
    file = make("docs/a.txt", "x")
    trashed = await files.manage("trash", path, "")
    assert not (workspace / path).exists()
    assert trashed.uri.startswith(f"file:///{TRASH}/20260131T120000Z-")
    back = await files.manage("restore", trashed.uri, "")
    assert back.uri == f"file:///{path}"
    assert file.read_text() == "x"
    assert list((workspace / TRASH).iterdir()) == []


async def test_a_link_goes_to_the_trash_itself(files: LocalFiles, workspace: Path, make: Make) -> None:
    target = make("docs/a.txt", "x")
    (workspace / "link").symlink_to("docs")
    await files.manage("trash", "link", "")
    assert target.read_text() == "x"
    assert not (workspace / "link").is_symlink()


async def test_the_trash_is_not_to_be_written_moved_or_trashed(files: LocalFiles, make: Make) -> None:
    make("a.txt", "x")
    lies = (await files.manage("trash", "a.txt", "")).uri
    make("b.txt", "x")
    for action, uri, to in (("move", lies, "c.txt"), ("trash", lies, ""), ("move", "b.txt", f"{TRASH}/b.txt")):
        with pytest.raises(Denied, match="belong to Deskhand"):
            await files.manage(action, uri, to)  # pyright: ignore[reportArgumentType]


async def test_only_what_is_in_the_trash_is_restored(files: LocalFiles, make: Make) -> None:
    make("a.txt", "x")
    for uri in ("a.txt", TRASH, f"{TRASH}/20260131T120000Z-0a1b2c"):
        with pytest.raises(InvalidInput, match="not in the trash"):
            await files.manage("restore", uri, "")


async def test_old_trash_is_purged_and_young_is_kept(workspace: Path, make: Make) -> None:
    now = NOW
    files = LocalFiles(workspace, Limits(trash_days=30), lambda: now)
    make("old/a.txt", "x")
    await files.manage("trash", "old", "")
    now += timedelta(days=20)
    make("young.txt", "x")
    young = await files.manage("trash", "young.txt", "")
    make(f"{TRASH}/mine/kept.txt", "not named by us")
    now += timedelta(days=15)
    await files.prepare()
    assert sorted(path.name for path in (workspace / TRASH).iterdir()) == [young.uri.split("/")[4], "mine"]


async def test_the_folder_is_made_when_it_is_missing(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path / "not/there", Limits(), lambda: NOW)
    assert files.trouble() == "The workspace folder does not exist."
    await files.prepare()
    assert files.trouble() == ""
    assert (tmp_path / "not/there").stat().st_mode & 0o777 == 0o700


async def test_the_trash_is_listed_when_it_is_asked_for_by_name_only(files: LocalFiles, make: Make) -> None:
    make("docs/a.txt", "one")
    lies = (await files.manage("trash", "docs/a.txt", "")).uri
    assert lies in await _found(files, ".deskhand-trash/**")
    assert await _found(files, "**") == ["file:///docs"]
    with pytest.raises(InvalidInput, match=r"with the glob '\.deskhand-trash/\*\*'"):
        await files.read(".deskhand-trash", "", max_tokens=2_000)
    assert (await files.read(lies, "", max_tokens=2_000)).content == "one"


async def _found(files: LocalFiles, glob: str) -> list[str]:
    async def silent(done: float, total: float | None = None, message: str | None = None) -> None: ...

    return [file.uri for file in (await files.find(Query(glob, "", "any", False, 50), "", silent)).files]


@pytest.mark.parametrize(
    "wrong", ["docs/a.txt", ".deskhand-trash/20200101T000000Z-000000/docs/a.txt", ".deskhand-trash/x/docs/A.tx"]
)
async def test_a_wrong_address_to_restore_names_what_is_called_alike(wrong: str, files: LocalFiles, make: Make) -> None:
    make("docs/a.txt", "one")
    lies = (await files.manage("trash", "docs/a.txt", "")).uri
    with pytest.raises(DeskhandError, match=rf"Did you mean {lies.removeprefix('file:///')}\?"):
        await files.manage("restore", wrong, "")


async def test_without_anything_alike_it_is_said_how_the_trash_is_listed(files: LocalFiles) -> None:
    with pytest.raises(DeskhandError, match=r"by the glob '\.deskhand-trash/\*\*'"):
        await files.manage("restore", ".deskhand-trash/20200101T000000Z-000000/docs/a.txt", "")


async def test_what_cannot_go_back_can_be_restored_under_another_name(files: LocalFiles, make: Make) -> None:
    make("a.txt", "old")
    lies = (await files.manage("trash", "a.txt", "")).uri
    make("a.txt", "new")
    with pytest.raises(Conflict, match="under another name, give that as `to`"):
        await files.manage("restore", lies, "")
    assert (await files.manage("restore", lies, "old.txt")).uri == "file:///old.txt"
    assert (await files.read("old.txt", "", max_tokens=2_000)).content == "old"
