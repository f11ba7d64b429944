"""A folder exchanged for a link to the outside while it is being used, thousands of times."""

import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from deskhand.errors import DeskhandError
from deskhand.toolsets.files.tests.hostile import BOTH, SECRET, files_in, snapshot
from deskhand.toolsets.files.write import Change
from deskhand.workspace.confine import DIRECTORY, Confinement
from deskhand.workspace.rename import swap

pytestmark = pytest.mark.anyio


class _Swapper:
    """A thread that exchanges a folder with a link to the outside, over and over."""

    def __init__(self, folder: Path) -> None:
        self._folder = os.open(folder, DIRECTORY)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.swaps = 0

    def _run(self) -> None:
        while not self._stop.is_set():
            swap(self._folder, "docs", "trap")
            self.swaps += 1

    def __enter__(self) -> "_Swapper":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        os.close(self._folder)


def _racing(folder: Path) -> Path:
    root, outside = folder / "root", folder / "outside"
    (root / "docs" / "deep").mkdir(parents=True)
    (outside / "deep").mkdir(parents=True)
    (root / "docs" / "deep" / "a.txt").write_text("public")
    (outside / "deep" / "a.txt").write_text(SECRET)
    (root / "trap").symlink_to("../outside")
    return root


@BOTH
def test_a_folder_swapped_for_a_link_while_walking_never_leads_out(confinement: Confinement, tmp_path: Path) -> None:
    root = _racing(tmp_path)
    base = os.open(root, DIRECTORY)
    read = refused = 0
    with _Swapper(root) as swapper:
        while swapper.swaps < 3_000 or not read or not refused:
            try:
                opened = confinement.open(base, ("docs", "deep", "a.txt"), os.O_RDONLY)
            except OSError:
                refused += 1
                continue
            with os.fdopen(opened) as file:
                assert file.read() == "public"
            read += 1
    os.close(base)
    assert read
    assert refused


@BOTH
async def test_changes_made_while_a_folder_is_swapped_stay_inside(confinement: Confinement, tmp_path: Path) -> None:
    root = _racing(tmp_path)
    before = snapshot(tmp_path / "outside")
    files = files_in(root, confinement)
    done = 0
    with _Swapper(root) as swapper:
        number = 0
        while number < 60 or swapper.swaps < 500 or not done:
            number += 1
            with suppress(DeskhandError):
                await files.write(f"docs/deep/{number}.txt", Change(content="new"))
                done += 1
            with suppress(DeskhandError):
                await files.manage("mkdir", f"docs/deep/made{number}", "")
            with suppress(DeskhandError):
                await files.manage("trash", "docs/deep/a.txt", "")
    assert done
    assert snapshot(tmp_path / "outside") == before
