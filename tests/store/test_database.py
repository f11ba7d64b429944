"""The database keeps what it said it saved, for one owner, among threads and processes."""

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest

from deskhand.errors import Conflict, Unavailable
from deskhand.store.database import Database

NOTES = "CREATE TABLE note (text TEXT NOT NULL UNIQUE)"


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database]:
    with Database.in_folder(tmp_path / "state") as opened:
        opened.migrate("notes", (NOTES,))
        yield opened


def add(text: str) -> Callable[[sqlite3.Connection], object]:
    return lambda connection: connection.execute("INSERT INTO note VALUES (?)", (text,))


def texts(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT text FROM note ORDER BY text")]


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
        return database.write(lambda connection: connection.execute(f"PRAGMA {name}").fetchone()[0])

    assert (pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")) == ("wal", 2, 1)


def test_a_failed_write_leaves_nothing_behind(database: Database) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        add("half")(connection)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        database.write(fail)
    database.write(add("whole"))
    assert database.read(texts) == ["whole"]


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(Unavailable, match="readonly"):
        database.read(add("sneaked in"))
    assert database.read(texts) == []


def test_a_broken_constraint_is_left_to_the_store(database: Database) -> None:
    database.write(add("one"))
    with pytest.raises(sqlite3.IntegrityError):
        database.write(add("one"))


def test_reading_sees_the_last_commit_while_a_write_is_open(database: Database) -> None:
    def write_and_look(connection: sqlite3.Connection) -> list[str]:
        add("uncommitted")(connection)
        return database.read(texts)

    assert database.write(write_and_look) == []
    assert database.read(texts) == ["uncommitted"]


def test_threads_can_share_one_database(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(database.write, [add(f"{number:03}") for number in range(100)]))
    assert database.read(texts) == [f"{number:03}" for number in range(100)]


@pytest.mark.anyio
async def test_tasks_can_share_one_database(database: Database) -> None:
    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(database.awrite, add(f"{number:03}"))
    assert len(await database.aread(texts)) == 20


def test_processes_starting_together_can_share_one_file(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from deskhand.store.database import Database\n"
        "database = Database(Path(sys.argv[1]))\n"
        f"database.migrate('notes', ({NOTES!r},))\n"
        "for n in range(20):\n"
        "    database.write(lambda c: c.execute('INSERT INTO note VALUES (?)', (f'{sys.argv[2]}-{n}',)))"
    )
    path = tmp_path / "shared.db"
    running = [subprocess.Popen([sys.executable, "-c", script, str(path), str(number)]) for number in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    with Database(path) as database:
        assert len(database.read(texts)) == 60


def test_each_step_runs_once_and_new_steps_are_added(database: Database) -> None:
    database.write(add("old"))
    steps = (NOTES, "ALTER TABLE note ADD COLUMN stars INTEGER DEFAULT 3; UPDATE note SET text = 'a;b'")
    database.migrate("notes", steps)
    database.migrate("notes", steps)
    assert database.read(lambda connection: connection.execute("SELECT * FROM note").fetchall()) == [("a;b", 3)]


def test_a_step_that_fails_changes_nothing(database: Database) -> None:
    with pytest.raises(Unavailable, match="no such table"):
        database.migrate("notes", (NOTES, "ALTER TABLE note ADD COLUMN stars INTEGER; DROP TABLE absent"))
    columns = database.read(lambda connection: connection.execute("PRAGMA table_info(note)").fetchall())
    assert [column[1] for column in columns] == ["text"]


def test_tables_of_a_newer_version_are_refused(database: Database) -> None:
    with pytest.raises(Conflict, match="version 1, but this Deskhand knows up to 0"):
        database.migrate("notes", ())


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear database, " * 100)
    with pytest.raises(Unavailable, match=r"letter\.db.*not a database"):
        Database(path)


def test_a_database_in_memory_is_its_own() -> None:
    with Database(None) as one, Database(None) as other:
        one.migrate("notes", (NOTES,))
        one.write(add("mine"))
        other.migrate("notes", (NOTES,))
        assert (one.read(texts), other.read(texts)) == (["mine"], [])
