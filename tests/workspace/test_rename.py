"""Renaming that never destroys, and turns at writing."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from deskhand.errors import Unavailable
from deskhand.workspace.rename import rename_by_claiming, rename_new, swap, swap_by_renaming
from deskhand.workspace.root import Root
from deskhand.workspace.turn import turn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "workspace"
    path.mkdir()
    return path


def _make(folder: Path, path: str, content: str) -> None:
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_text(content)


@pytest.mark.parametrize("rename", [rename_new, rename_by_claiming])
def test_renaming_never_replaces(rename: Callable[[int, str, int, str], None], folder: Path) -> None:
    _make(folder, "a.txt", "a")
    _make(folder, "folder/b.txt", "b")
    _make(folder, "taken.txt", "taken")
    directory = os.open(folder, os.O_RDONLY)
    rename(directory, "a.txt", directory, "free.txt")
    rename(directory, "folder", directory, "moved")
    for name, new_name in (("free.txt", "taken.txt"), ("moved", "taken.txt"), ("free.txt", "moved")):
        with pytest.raises(FileExistsError):
            rename(directory, name, directory, new_name)
    with pytest.raises(OSError, match="Invalid argument"):
        rename(directory, "moved", directory, "moved/inside")
    os.close(directory)
    contents = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.txt")}
    assert contents == {"free.txt": "a", "moved/b.txt": "b", "taken.txt": "taken"}
    assert not (folder / "moved/inside").exists()


@pytest.mark.parametrize("exchange", [swap, swap_by_renaming])
def test_swapping_loses_nothing(exchange: Callable[[int, str, str], None], folder: Path) -> None:
    _make(folder, "a.txt", "a")
    _make(folder, "b.txt", "b")
    directory = os.open(folder, os.O_RDONLY)
    exchange(directory, "a.txt", "b.txt")
    with pytest.raises(FileNotFoundError):
        exchange(directory, "missing", "b.txt")
    os.close(directory)
    contents = {path.name: path.read_text() for path in folder.iterdir()}
    assert contents == {"a.txt": "b", "b.txt": "a"}


def test_a_writer_that_does_not_get_its_turn_says_so(folder: Path) -> None:
    _make(folder, "a.txt", "old")
    root = Root(folder)
    with turn(root), pytest.raises(Unavailable, match="Others are writing"), turn(root, seconds=0.02):
        pass
    with turn(root, seconds=0):
        pass
