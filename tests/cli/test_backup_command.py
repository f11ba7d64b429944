"""`deskhand backup` and `deskhand restore` say what they did, and end as scripts expect."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.postgres_server import PASSWORD

from deskhand.cli import cli
from deskhand.store.database import Database
from deskhand.store.tokens import Tokens


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a backup goes, of a SQLite database with one token."""
    monkeypatch.setenv("DESKHAND_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DESKHAND_CONFIG", str(tmp_path / "deskhand.toml"))
    (tmp_path / "deskhand.toml").touch()
    with Database.in_folder(tmp_path) as database:
        Tokens(database).create("ann", scopes=["*"])
    return tmp_path / "desk.backup"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def test_a_backup_can_be_checked_and_put_back(file: Path) -> None:
    made = run("backup", file)
    assert made.exit_code == 0
    assert f"{file}: 1 row, made 2" in made.stdout
    checked = run("restore", "--verify", file)
    assert "is whole: 1 row" in checked.stdout
    assert "  token                   1\n" in checked.stdout
    refused = run("restore", file)
    assert (refused.exit_code, "--force" in refused.stderr) == (1, True)
    assert run("restore", file, "--force").exit_code == 0


def test_a_backup_is_how_to_move_to_postgresql(
    file: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run("backup", file)
    monkeypatch.setenv("DESKHAND_DATABASE__URL", postgres_url)
    moved = run("restore", file)
    assert moved.exit_code == 0
    assert f"holds what {file} does: 1 row" in moved.stdout
    assert PASSWORD not in moved.stdout
    assert "ann" in run("token", "list").stdout
    assert run("backup", tmp_path / "from_postgresql").exit_code == 0


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("restore", "--verify", "gone"), 2, "There is no file gone"),
        (("restore", "deskhand.toml"), 2, "is no backup"),
        (("backup", "deskhand.toml"), 1, "--force"),
        (("backup", "gone/desk.backup"), 1, "Cannot write gone/desk.backup: No such file or directory"),
    ],
)
def test_mistakes_are_told(
    file: Path, command: tuple[str, ...], code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    ended = run(*command)
    assert ended.exit_code == code
    assert said in ended.stderr


def test_a_backup_that_is_told_to_end_leaves_nothing_behind(file: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from deskhand.cli import cli; from deskhand.store import backup\n"
        "backup.verified = lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM)\n"
        "cli(['backup', sys.argv[1]])"
    )
    before = sorted(file.parent.iterdir())
    ended = subprocess.run([sys.executable, "-c", script, file], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr.strip()) == (1, "Aborted!")
    assert sorted(file.parent.iterdir()) == before
