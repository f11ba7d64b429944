"""Writing: versions, edits, and what is kept."""

import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskhand.errors import Conflict, Denied, InvalidInput, LimitExceeded, NotFound
from deskhand.toolsets.files.answers import Edit
from deskhand.toolsets.files.backend import Limits, LocalFiles
from deskhand.toolsets.files.write import Change
from deskhand.workspace.load import version_of
from deskhand.workspace.trash import TRASH

pytestmark = pytest.mark.anyio
Make = Callable[[str, str | bytes], Path]
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def _edits(*pairs: tuple[str, str], expected: str) -> Change:
    return Change(edits=[Edit(old=old, new=new) for old, new in pairs], expected=expected)


async def _version(files: LocalFiles, uri: str) -> str:
    return (await files.read(uri, "", max_tokens=2_000)).version


def _left_over(workspace: Path) -> list[str]:
    return [path.name for path in workspace.rglob(".deskhand-*") if path.name != TRASH]


async def test_a_new_file_is_made_with_its_folders(files: LocalFiles, workspace: Path) -> None:
    written = await files.write("a/b/c.txt", Change(content="hällo"))
    assert (workspace / "a/b/c.txt").read_bytes() == "hällo".encode()
    assert (written.outcome, written.size, written.trashed) == ("created", 6, "")
    assert written.version == await _version(files, "a/b/c.txt")
    assert not _left_over(workspace)


async def test_an_existing_file_is_not_written_without_its_version(files: LocalFiles, make: Make) -> None:
    file = make("a.txt", "old")
    with pytest.raises(Conflict, match="Read it first"):
        await files.write("a.txt", Change(content="new"))
    assert file.read_text() == "old"


async def test_a_wrong_version_is_told_the_current_one(files: LocalFiles, make: Make) -> None:
    file = make("a.txt", "old")
    with pytest.raises(Conflict, match=f"at version {version_of(b'old')}, not 0123"):
        await files.write("a.txt", Change(content="new", expected="0123"))
    assert file.read_text() == "old"


async def test_a_version_of_a_file_that_is_gone_is_a_conflict(files: LocalFiles, workspace: Path) -> None:
    with pytest.raises(Conflict, match="does not exist"):
        await files.write("a.txt", Change(content="new", expected="0123"))
    assert not (workspace / "a.txt").exists()


async def test_what_is_replaced_can_be_brought_back(files: LocalFiles, workspace: Path, make: Make) -> None:
    file = make("docs/a.txt", "old")
    written = await files.write("docs/a.txt", Change(content="new", expected=version_of(b"old")))
    assert file.read_text() == "new"
    assert written.outcome == "replaced"
    assert (workspace / written.trashed.removeprefix("file:///")).read_text() == "old"
    with pytest.raises(Conflict, match="exists already"):
        await files.manage("restore", written.trashed, "")
    back = await files.manage("restore", written.trashed, "docs/old.txt")
    assert back.uri == "file:///docs/old.txt"
    assert (workspace / "docs/old.txt").read_text() == "old"
    assert not _left_over(workspace)


async def test_writing_what_is_there_already_changes_nothing(files: LocalFiles, workspace: Path, make: Make) -> None:
    file = make("a.txt", "same")
    inode = file.stat().st_ino
    assert (await files.write("a.txt", Change(content="same", expected="outdated"))).outcome == "unchanged"
    assert file.stat().st_ino == inode
    assert not (workspace / TRASH).exists()


async def test_mode_is_kept(files: LocalFiles, make: Make) -> None:
    file = make("run.sh", "old")
    file.chmod(0o750)
    await files.write("run.sh", Change(content="new", expected=version_of(b"old")))
    assert stat.S_IMODE(file.stat().st_mode) == 0o750


async def test_a_dry_run_shows_the_difference_and_changes_nothing(files: LocalFiles, make: Make) -> None:
    file = make("a.txt", "one\ntwo\nthree\n")
    written = await files.write("a.txt", Change(content="one\n2\u202e\nthree\n", dry_run=True))
    assert (written.outcome, written.trashed) == ("would replace", "")
    assert "-two\n+2\\u202e" in written.diff
    assert file.read_text() == "one\ntwo\nthree\n"
    assert (await files.write("new.txt", Change(content="x", dry_run=True))).outcome == "would create"
    assert not file.with_name("new.txt").exists()


async def test_edits_are_made_one_after_the_other(files: LocalFiles, make: Make) -> None:
    file = make("a.txt", "one two three")
    written = await files.write("a.txt", _edits(("two", "2"), ("one 2", "12"), expected=version_of(b"one two three")))
    assert file.read_text() == "12 three"
    assert "+12 three" in written.diff


async def test_edits_keep_encoding_and_line_ends(files: LocalFiles, make: Make) -> None:
    for name, codec in (("a.txt", "utf-16"), ("b.txt", "latin-1"), ("c.txt", "utf-8-sig")):
        before = "grün\r\nblau\r\n".encode(codec)
        file = make(name, before)
        await files.write(name, _edits(("grün\nblau", "rot\ngelb"), expected=version_of(before)))
        assert file.read_bytes() == "rot\r\ngelb\r\n".encode(codec)


async def test_an_edit_the_encoding_cannot_hold_makes_it_utf8(files: LocalFiles, make: Make) -> None:
    file = make("a.txt", "grün".encode("latin-1"))
    await files.write("a.txt", _edits(("grün", "grün 日本"), expected=version_of("grün".encode("latin-1"))))
    assert file.read_bytes() == "grün 日本".encode()


async def test_a_missing_old_names_the_nearest_line(files: LocalFiles, make: Make) -> None:
    make("a.txt", "alpha\nthe quick brown fox\nomega\n")
    with pytest.raises(InvalidInput, match="nearest is line 2: 'the quick brown fox'"):
        await files.write("a.txt", _edits(("the quick brwn fox", "x"), expected="any"))
    with pytest.raises(InvalidInput, match="Nothing like it"):
        await files.write("a.txt", _edits(("zzzzzzzz", "x"), expected="any"))


async def test_an_ambiguous_old_says_where_it_is(files: LocalFiles, make: Make) -> None:
    file = make("a.txt", "x\ny\nx\n")
    version = version_of(b"x\ny\nx\n")
    with pytest.raises(InvalidInput, match=r"occurs 2 times \(line 1, 3\), not 1.*count=2"):
        await files.write("a.txt", _edits(("x", "z"), expected=version))
    await files.write("a.txt", Change(edits=[Edit(old="x", new="z", count=2)], expected=version))
    assert file.read_text() == "z\ny\nz\n"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (Change(edits=[Edit(old="", new="x")]), "'old' is empty"),
        (Change(edits=[Edit(old="x", new="y")]), "is binary"),
    ],
)
async def test_edits_that_cannot_be_made(change: Change, problem: str, files: LocalFiles, make: Make) -> None:
    make("a.txt", b"\0\1" if "binary" in problem else "text")
    with pytest.raises(InvalidInput, match=problem):
        await files.write("a.txt", change)


async def test_editing_a_file_that_is_not_there(files: LocalFiles) -> None:
    with pytest.raises(NotFound, match="to edit"):
        await files.write("a.txt", _edits(("a", "b"), expected="x"))


def test_a_change_is_either_content_or_edits() -> None:
    with pytest.raises(InvalidInput, match="either content"):
        Change("x", (Edit(old="a", new="b"),))


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.png"])
async def test_text_is_not_written_where_a_document_belongs(name: str, files: LocalFiles) -> None:
    with pytest.raises(InvalidInput, match="writes text"):
        await files.write(name, Change(content="x"))


async def test_content_over_the_limit_and_a_read_only_workspace_are_refused(workspace: Path) -> None:
    with pytest.raises(LimitExceeded, match="allows 3"):
        await LocalFiles(workspace, Limits(max_bytes=3), lambda: datetime.now(UTC)).write("a", Change(content="four"))
    closed = LocalFiles(workspace, Limits(read_only=True), lambda: datetime.now(UTC))
    with pytest.raises(Denied, match="read-only"):
        await closed.write("a.txt", Change(content="x"))
    with pytest.raises(Denied, match="read-only"):
        await closed.manage("mkdir", "a", "")
    assert list(workspace.iterdir()) == []


async def test_a_hard_linked_file_is_left_alone(files: LocalFiles, workspace: Path, make: Make) -> None:
    other = make("a.txt", "shared")
    os.link(other, workspace / "b.txt")
    with pytest.raises(Denied, match="2 names"):
        await files.write("b.txt", Change(content="x", expected=version_of(b"shared")))
    assert other.read_text() == "shared"


def test_a_write_without_anything_to_write_says_what_is_missing() -> None:
    with pytest.raises(InvalidInput, match="content and edits are both missing"):
        Change()
