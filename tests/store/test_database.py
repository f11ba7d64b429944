"""A SQLite file keeps what it said it saved, for its owner only, among processes."""

import stat
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
import sqlalchemy as sa

from deskhand.errors import Unavailable
from deskhand.store.database import Database

NOTE = sa.Table("note", sa.MetaData(), sa.Column("text", sa.Text, nullable=False, unique=True))


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database]:
    with Database.in_folder(tmp_path / "state") as opened:
        opened.write(NOTE.create)
        yield opened


def add(text: str) -> Callable[[sa.Connection], object]:
    return lambda connection: connection.execute(sa.insert(NOTE).values(text=text))


def texts(connection: sa.Connection) -> list[str]:
    return list(connection.scalars(sa.select(NOTE.c.text).order_by(NOTE.c.text)))


def test_what_was_written_is_there_after_reopening(database: Database, tmp_path: Path) -> None:
    database.write(add("kept"))
    database.close()
    with Database(tmp_path / "state" / "deskhand.db") as again:
        assert again.read(texts) == ["kept"]


def test_only_the_owner_may_read_the_files(database: Database, tmp_path: Path) -> None:
    database.write(add("private"))
    folder = tmp_path / "state"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {
        "deskhand.db": 0o600,
        "deskhand.db-wal": 0o600,
        "deskhand.db-shm": 0o600,
    }


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "open.db"
    path.touch(mode=0o644)
    Database(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_commits_are_flushed_and_foreign_keys_enforced(database: Database) -> None:
    def pragma(name: str) -> object:
        return database.write(lambda connection: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())

    assert (pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")) == ("wal", 2, 1)


def test_processes_starting_together_can_share_one_file(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from deskhand.store.database import Database\n"
        "database = Database(Path(sys.argv[1]))\n"
        "database.write(lambda c: c.exec_driver_sql('CREATE TABLE IF NOT EXISTS note (text TEXT NOT NULL UNIQUE)'))\n"
        "for n in range(20):\n"
        "    database.write(lambda c: c.exec_driver_sql('INSERT INTO note VALUES (?)', (f'{sys.argv[2]}-{n}',)))"
    )
    path = tmp_path / "shared.db"
    running = [subprocess.Popen([sys.executable, "-c", script, str(path), str(number)]) for number in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    with Database(path) as database:
        assert len(database.read(texts)) == 60


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear database, " * 100)
    with pytest.raises(Unavailable, match=r"letter\.db.*not a database"):
        Database(path)


def test_a_database_in_memory_is_its_own() -> None:
    with Database(None) as one, Database(None) as other:
        one.write(NOTE.create)
        one.write(add("mine"))
        other.write(NOTE.create)
        assert (one.read(texts), other.read(texts)) == (["mine"], [])
