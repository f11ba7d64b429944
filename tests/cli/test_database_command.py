"""`deskhand db` says what the database is like, and upgrades it."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.postgres_server import PASSWORD, PostgresServer

from deskhand.cli import cli
from deskhand.store.database import Database
from deskhand.store.migrations import HEAD
from deskhand.store.tokens import Tokens


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DESKHAND_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DESKHAND_CONFIG", str(tmp_path / "deskhand.toml"))
    (tmp_path / "deskhand.toml").touch()
    return tmp_path


@pytest.fixture
def empty_url(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with postgres.database("template0") as url:
        monkeypatch.setenv("DESKHAND_DATABASE__URL", url)
        yield url


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def test_a_sqlite_file_is_upgraded_by_itself(folder: Path) -> None:
    Database.in_folder(folder).close()
    ended = run("db", "upgrade")
    assert (ended.exit_code, ended.stdout) == (
        0,
        f"{folder / 'deskhand.db'} is at version {HEAD}, the newest: nothing to do.\n",
    )


def test_the_status_counts_rows(folder: Path) -> None:
    with Database.in_folder(folder) as database:
        Tokens(database).create("ann", scopes=["*"])
    told = json.loads(run("db", "status", "--json").stdout)
    assert (told["version"], told["newest_version"], told["problems"]) == (HEAD, HEAD, [])
    assert (told["rows"]["token"], told["rows"]["memory"]) == (1, 0)
    assert told["size"] >= 4096
    text = run("db", "status").stdout
    assert "SQLite 3." in text
    assert f"version {HEAD}" in text


def test_the_status_tells_what_is_damaged(folder: Path) -> None:
    Database.in_folder(folder).close()
    connection = sqlite3.connect(folder / "deskhand.db")
    connection.execute("INSERT INTO message VALUES ('gone', 1, 'm', '{}', 0)")
    connection.commit()
    connection.close()
    ended = run("db", "status")
    assert ended.exit_code == 1
    assert "1 rows belong to rows that are gone" in ended.stderr


def test_commands_say_that_postgresql_must_be_upgraded(empty_url: str) -> None:
    ended = run("token", "list")
    assert ended.exit_code == 1
    assert "Run `deskhand db upgrade` once" in ended.stderr
    status = run("db", "status")
    assert status.exit_code == 1
    assert "no tables" in status.stdout
    assert "before, no tables" in run("db", "upgrade").stdout
    assert run("token", "create").exit_code == 0
    ended = run("db", "status")
    assert ended.exit_code == 0
    assert "PostgreSQL 1" in ended.stdout


def test_a_role_above_the_law_and_a_setting_that_loses_data_are_problems(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("db", "upgrade")
    monkeypatch.setenv("DESKHAND_DATABASE__URL", empty_url.replace("//deskhand:", "//postgres:"))
    assert "BYPASSRLS" in run("db", "status").stderr
    monkeypatch.setenv("DESKHAND_DATABASE__URL", f"{empty_url}&options=-csynchronous_commit%3Doff")
    assert "synchronous_commit of the server is 'off'" in run("db", "status").stderr


def test_nobody_reads_the_password(empty_url: str) -> None:
    for command in (("settings",), ("settings", "--json"), ("db", "status"), ("db", "upgrade"), ("token", "list")):
        ended = run(*command)
        assert PASSWORD not in ended.stdout + ended.stderr
    assert "database.url" in run("settings").stdout


@pytest.mark.parametrize(("url", "code"), [("mysql://x/y", 2), ("postgresql://x:battery-staple@127.0.0.1:1/y", 1)])
def test_a_database_that_cannot_be_reached_ends_the_command(
    url: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKHAND_DATABASE__URL", url)
    ended = run("db", "status")
    assert ended.exit_code == code
    assert "database.url" in ended.stderr
    assert "battery-staple" not in ended.stderr
