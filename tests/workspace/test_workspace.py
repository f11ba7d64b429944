"""The workspace as toolsets use it: loading, opening for a worker, and placing without ever losing what was there."""

import os
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from tests.workspace.addresses import HOSTILE

from deskhand.errors import Conflict, Denied, DeskhandError, InvalidInput, LimitExceeded, NotFound
from deskhand.workspace.load import version_of
from deskhand.workspace.steps import STEP_BYTES
from deskhand.workspace.trash import TRASH
from deskhand.workspace.workspace import Workspace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "workspace"
    (path / "docs").mkdir(parents=True)
    (path / "docs" / "a.csv").write_bytes(b"old")
    return path


@pytest.fixture
def workspace(folder: Path) -> Workspace:
    return Workspace(folder, max_bytes=1_000)


def _files(folder: Path) -> dict[str, bytes]:
    """What is in the folder, and by its last name what is in the trash."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {
        f"trash/{path.name}" if TRASH in path.parts else path.relative_to(folder).as_posix(): path.read_bytes()
        for path in found
    }


@pytest.mark.parametrize("address", ["docs/a.csv", "file:///docs/a.csv", "./docs//a.csv"])
def test_a_file_is_loaded_by_its_address(address: str, workspace: Workspace) -> None:
    loaded = workspace.load(address)
    assert (loaded.data, loaded.version, loaded.status.st_size) == (b"old", version_of(b"old"), 3)


def test_a_file_over_the_limit_is_not_loaded(workspace: Workspace, folder: Path) -> None:
    (folder / "large.bin").write_bytes(bytes(1_001))
    with pytest.raises(LimitExceeded, match=r"large\.bin has 1,001 bytes, more than the limit of 1,000\."):
        workspace.load("large.bin")
    assert len(workspace.load("large.bin", max_bytes=2_000).data) == 1_001
    with pytest.raises(LimitExceeded), workspace.opened("large.bin", max_bytes=1_000):
        pass


def test_an_opened_file_can_be_handed_to_a_process(workspace: Workspace, folder: Path) -> None:
    (folder / "large.bin").write_bytes(bytes(2_000))
    with workspace.opened("large.bin") as file:
        assert (file.name, file.uri, file.status.st_size) == ("large.bin", "file:///large.bin", 2_000)
        counted = subprocess.run(["wc", "-c"], stdin=file.descriptor, capture_output=True, check=True)
    assert int(counted.stdout) == 2_000
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file.descriptor)


OUTSIDE: list[tuple[str, type[DeskhandError]]] = [
    ("../secret.txt", InvalidInput),
    ("/etc/passwd", InvalidInput),
    ("file:///../secret.txt", InvalidInput),
    ("file://example.org/a", InvalidInput),
    ("file:///%2e%2e/secret.txt", InvalidInput),
    ("", InvalidInput),
    ("out/secret.txt", Denied),
    ("link.txt", Denied),
    ("several.txt", Denied),
    ("docs", InvalidInput),
    ("pipe", Denied),
]


@pytest.mark.parametrize(("address", "error"), OUTSIDE)
def test_nothing_but_files_of_the_folder_is_reached(
    address: str, error: type[DeskhandError], workspace: Workspace, folder: Path
) -> None:
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "out").symlink_to(folder.parent)
    (folder / "link.txt").symlink_to("../secret.txt")
    os.link(folder.parent / "secret.txt", folder / "several.txt")
    os.mkfifo(folder / "pipe")
    before = _files(folder.parent)
    with pytest.raises(error):
        workspace.load(address)
    with pytest.raises(error), workspace.opened(address):
        pass
    with pytest.raises(error):
        workspace.version(address)
    with pytest.raises(DeskhandError):
        workspace.place(address, b"new")
    assert _files(folder.parent) == before


def test_no_hostile_address_reads_or_changes_what_is_outside(workspace: Workspace, folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    for address in HOSTILE:
        with suppress(DeskhandError):
            assert b"secret" not in workspace.load(address).data
        with suppress(DeskhandError):
            workspace.place(address, b"new")
    assert [path.name for path in folder.parent.iterdir() if path not in (folder, outside)] == []
    assert _files(outside) == {"secret.txt": b"secret"}


def test_an_absolute_path_into_the_workspace_is_told_how_it_counts_from_here(
    workspace: Workspace, folder: Path
) -> None:
    with pytest.raises(InvalidInput, match=r"Paths count from the workspace: docs/a\.csv\."):
        workspace.load(str(folder / "docs" / "a.csv"))


def test_a_missing_file_is_told_what_is_near(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match=r"Did you mean docs/a\.csv\?"):
        workspace.load("docs/A.cvs")
    assert "Did you mean docs/a.csv?" in workspace.find_near("docs/aa.csv").message
    assert workspace.version("docs/aa.csv") == ""


def test_the_version_of_a_file_of_any_size_is_that_of_its_bytes(workspace: Workspace, folder: Path) -> None:
    data = os.urandom(STEP_BYTES + 1)
    (folder / "large.bin").write_bytes(data)
    assert workspace.version("large.bin") == version_of(data)


def _bytes(workspace: Workspace, address: str, data: bytes, expected: str = "") -> tuple[str, str, str, int]:
    placed = workspace.place(address, data, expected)
    return placed.outcome, placed.uri, placed.version, placed.size


def _descriptor(workspace: Workspace, address: str, data: bytes, expected: str = "") -> tuple[str, str, str, int]:
    file = workspace.root.path.parent / "made"
    file.write_bytes(data)
    with file.open("rb") as made:
        made.seek(0, os.SEEK_END)
        placed = workspace.place_from(address, made.fileno(), expected)
    return placed.outcome, placed.uri, placed.version, placed.size


Place = Callable[..., tuple[str, str, str, int]]
BOTH = pytest.mark.parametrize("place", [_bytes, _descriptor])


@BOTH
def test_a_new_file_is_placed_with_its_folders(place: Place, workspace: Workspace, folder: Path) -> None:
    data = os.urandom(STEP_BYTES + 1)
    assert place(workspace, "new/place/b.csv", data) == (
        "created",
        "file:///new/place/b.csv",
        version_of(data),
        len(data),
    )
    assert _files(folder) == {"docs/a.csv": b"old", "new/place/b.csv": data}


@BOTH
def test_what_is_replaced_goes_to_the_trash(place: Place, workspace: Workspace, folder: Path) -> None:
    assert place(workspace, "docs/a.csv", b"new", version_of(b"old"))[0] == "replaced"
    assert _files(folder) == {"docs/a.csv": b"new", "trash/a.csv": b"old"}


def test_where_the_former_content_lies_is_said(workspace: Workspace) -> None:
    placed = workspace.place("docs/a.csv", b"new", version_of(b"old"))
    assert workspace.load(placed.trashed).data == b"old"
    assert workspace.place("b.csv", b"new").trashed == ""


@BOTH
@pytest.mark.parametrize(
    ("address", "expected", "words"),
    [
        ("docs/a.csv", "", "pass its version as expected_version"),
        ("docs/a.csv", version_of(b"seen before"), "it changed since you read it"),
        ("docs/gone.csv", version_of(b"old"), "does not exist"),
    ],
)
def test_nothing_is_placed_over_something_unseen(
    place: Place, address: str, expected: str, words: str, workspace: Workspace, folder: Path
) -> None:
    with pytest.raises(Conflict, match=words):
        place(workspace, address, b"new", expected)
    assert _files(folder) == {"docs/a.csv": b"old"}


@BOTH
def test_placing_what_is_there_already_changes_nothing(place: Place, workspace: Workspace, folder: Path) -> None:
    before = (folder / "docs" / "a.csv").stat()
    assert place(workspace, "docs/a.csv", b"old")[0] == "unchanged"
    after = (folder / "docs" / "a.csv").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_large_file_is_replaced_whatever_may_be_loaded(workspace: Workspace, folder: Path) -> None:
    old, new = os.urandom(STEP_BYTES + 1), os.urandom(2 * STEP_BYTES + 1)
    (folder / "docs" / "a.csv").write_bytes(old)
    assert workspace.place("docs/a.csv", new, workspace.version("docs/a.csv")).outcome == "replaced"
    assert _files(folder) == {"docs/a.csv": new, "trash/a.csv": old}


REFUSED: list[tuple[str, type[DeskhandError], str]] = [
    ("", InvalidInput, "path is empty"),
    (".", InvalidInput, "workspace itself"),
    ("docs", InvalidInput, "is a folder"),
    ("docs/a.csv/b.csv", InvalidInput, "is a file, not a folder"),
    ("docs/link.csv", InvalidInput, "is a link"),
    ("docs/pay\u202e.csv", InvalidInput, "invisible character"),
    (".deskhand-trash/a.csv", Denied, "belong to Deskhand"),
]


@BOTH
@pytest.mark.parametrize(("address", "error", "words"), REFUSED)
def test_what_cannot_be_placed(
    place: Place, address: str, error: type[DeskhandError], words: str, workspace: Workspace, folder: Path
) -> None:
    (folder / "docs" / "link.csv").symlink_to("a.csv")
    with pytest.raises(error, match=words):
        place(workspace, address, b"new")
    assert _files(folder) == {"docs/a.csv": b"old", "docs/link.csv": b"old"}


@BOTH
def test_nothing_is_placed_in_a_read_only_workspace(place: Place, folder: Path) -> None:
    with pytest.raises(Denied, match="read-only"):
        place(Workspace(folder, max_bytes=1_000, read_only=True), "b.csv", b"new")
    assert _files(folder) == {"docs/a.csv": b"old"}


def test_of_many_that_place_over_one_version_exactly_one_wins(folder: Path) -> None:
    outcomes: list[str] = []
    ready = threading.Barrier(8)

    def place(number: int) -> None:
        mine = Workspace(folder, max_bytes=1_000)  # as another process would
        ready.wait()
        try:
            outcomes.append(mine.place("docs/a.csv", f"{number}".encode(), version_of(b"old")).outcome)
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=place, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict"] * 7 + ["replaced"]
    assert _files(folder)["trash/a.csv"] == b"old"


def test_refusals_speak_to_every_toolset_that_has_the_workspace(folder: Path) -> None:
    told: list[str] = []
    for refused, address in (
        ("load", "docs"),
        ("load", "docs/b.csv"),
        ("load", "docs/a.csv/c"),
        ("load", f"{TRASH}/x"),
    ):
        with pytest.raises(DeskhandError) as raised:
            getattr(Workspace(folder, max_bytes=1_000), refused)(address)
        told.append(raised.value.message)
    for workspace in (Workspace(folder, max_bytes=1_000), Workspace(folder, max_bytes=1_000, read_only=True)):
        with pytest.raises(DeskhandError) as raised:
            workspace.place("docs/a.csv", b"new")
        told.append(raised.value.message)
    assert [message for message in told if "file_" in message] == []
    assert "Read it first" in told[-2]
    assert "toolsets.files.read_only" in told[-1]
