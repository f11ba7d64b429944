"""What a crash left under passing names goes to the trash at the next start."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from deskhand.testing import services
from deskhand.toolsets.files.backend import Limits, LocalFiles
from deskhand.toolsets.files.toolset import Files, FilesSettings
from deskhand.workspace.trash import TRASH

pytestmark = pytest.mark.anyio
Make = Callable[[str, str | bytes], Path]
PASSING = ".deskhand-0123456789abcdef"


def _files(workspace: Path, *, later: timedelta, read_only: bool = False) -> LocalFiles:
    """The workspace `later` than its files were made: their st_ctime cannot be set, so the clock is."""
    now = datetime.now(UTC) + later
    return LocalFiles(workspace, Limits(read_only=read_only), lambda: now)


async def test_old_leftovers_go_to_the_trash_and_can_be_taken_back(workspace: Path, make: Make) -> None:
    make(f"docs/{PASSING}", "what was there before")
    make(f"{PASSING}/half/copied.txt", "x")
    files = _files(workspace, later=timedelta(hours=2))
    assert await files.tidy() == 2
    assert sorted(path.name for path in workspace.iterdir()) == [TRASH, "docs"]
    (kept,) = (workspace / TRASH).rglob("docs/recovered-0123456789abcdef")
    await files.manage("restore", kept.relative_to(workspace).as_posix(), "")
    assert (workspace / "docs/recovered-0123456789abcdef").read_text() == "what was there before"
    assert await files.tidy() == 0


@pytest.mark.parametrize(
    ("name", "later", "read_only"),
    [
        (PASSING, timedelta(minutes=50), False),
        (PASSING, timedelta(hours=2), True),
        (f"{PASSING}.old", timedelta(hours=2), False),
        (f"{TRASH}/20260131T120000Z-0a1b2c/{PASSING}", timedelta(hours=2), False),
        ("a.txt", timedelta(hours=2), False),
    ],
)
async def test_all_else_stays(name: str, later: timedelta, read_only: bool, workspace: Path, make: Make) -> None:
    file = make(name, "x")
    assert await _files(workspace, later=later, read_only=read_only).tidy() == 0
    assert file.read_text() == "x"


async def test_leftovers_outside_are_not_reached_through_a_link(workspace: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / PASSING).write_text("x")
    (workspace / "link").symlink_to("../outside")
    assert await _files(workspace, later=timedelta(hours=2)).tidy() == 0
    assert (outside / PASSING).exists()


async def test_a_start_clears_leftovers_away_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    given = services(tmp_path, now=datetime.now(UTC) + timedelta(hours=2))
    given.workspace.mkdir(parents=True, exist_ok=True)
    (given.workspace / PASSING).write_text("x")
    async with Files(FilesSettings(watch=False), given).lifespan():
        with anyio.fail_after(15):
            while "1 leftovers of an interrupted change" not in caplog.text:
                await anyio.sleep(0.01)
    assert [path.name for path in given.workspace.iterdir()] == [TRASH]
