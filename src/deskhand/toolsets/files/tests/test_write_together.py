"""What happens when somebody else writes at the same time."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskhand.errors import Conflict, NotFound
from deskhand.toolsets.files.write import Change, Writer
from deskhand.workspace.address import Parts
from deskhand.workspace.load import Loaded, Loader, version_of
from deskhand.workspace.place import Placer
from deskhand.workspace.root import Root
from deskhand.workspace.trash import TRASH, Trash

pytestmark = pytest.mark.anyio
Make = Callable[[str, str | bytes], Path]
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


class _Meddling(Loader):
    """Somebody else changes the file as soon as it was read."""

    def load(self, parts: Parts) -> Loaded:
        loaded = super().load(parts)
        Path(self.root.path, *parts).write_text("somebody else's")
        return loaded


class _Removing(Loader):
    """Somebody else removes the file as soon as it was read."""

    def load(self, parts: Parts) -> Loaded:
        loaded = super().load(parts)
        Path(self.root.path, *parts).unlink()
        return loaded


def _writer(workspace: Path, loader: type[Loader] = Loader) -> Writer:
    root = Root(workspace)
    return Writer(loader(root, max_bytes=1_000), Placer(root, Trash(root, lambda: NOW)), max_bytes=1_000)


def _left_over(workspace: Path) -> list[str]:
    return [path.name for path in workspace.rglob(".deskhand-*") if path.name != TRASH]


@pytest.mark.parametrize("_round", range(5))
async def test_of_many_writers_with_one_version_exactly_one_wins(_round: int, workspace: Path, make: Make) -> None:
    file = make("a.txt", "old")
    outcomes: list[str] = []
    ready = threading.Barrier(8)

    def write(number: int) -> None:
        mine = _writer(workspace)  # as another process would
        change = Change(content=f"writer {number}", expected=version_of(b"old"))
        ready.wait()
        try:
            mine.write(("a.txt",), change)
            outcomes.append(f"writer {number}")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [outcome for outcome in outcomes if outcome != "conflict"]
    assert len(outcomes) == 8
    assert winners == [file.read_text()]
    kept = {path.read_text() for path in workspace.rglob("*") if path.is_file()}
    assert "old" in kept
    assert not _left_over(workspace)


def test_a_change_made_between_reading_and_writing_is_put_back(workspace: Path, make: Make) -> None:
    file = make("a.txt", "old")
    with pytest.raises(Conflict, match="somebody else just now"):
        _writer(workspace, _Meddling).write(("a.txt",), Change(content="mine", expected=version_of(b"old")))
    assert file.read_text() == "somebody else's"
    assert not _left_over(workspace)


def test_a_file_removed_between_reading_and_writing_stays_removed(workspace: Path, make: Make) -> None:
    make("a.txt", "old")
    with pytest.raises(NotFound):
        _writer(workspace, _Removing).write(("a.txt",), Change(content="mine", expected=version_of(b"old")))
    assert list(workspace.iterdir()) == []
