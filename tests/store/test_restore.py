"""A backup is put back whole or not at all, into either engine, also from an older Deskhand."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.full_database import ROWS, change, content, fill

from deskhand.audit import Audit, AuditEntry
from deskhand.errors import Conflict, InvalidInput, NotFound, Unavailable
from deskhand.store.backup import back_up
from deskhand.store.backup_file import Contents
from deskhand.store.database import Database
from deskhand.store.restore import restore
from deskhand.store.tables import PRIVATE, memory_owner, question, receipt, turn_record, visit
from deskhand.store.tally import Tally
from deskhand.store.tokens import Tokens


@pytest.fixture
def file(backup_of_all: Path, tmp_path: Path) -> Path:
    """A backup of a full SQLite database."""
    copy = tmp_path / "desk.db"
    shutil.copy(backup_of_all, copy)
    return copy


@pytest.mark.parametrize("target", ["postgresql"], indirect=True)
def test_rows_move_to_postgresql_and_back_without_a_change(database: Database, file: Path, tmp_path: Path) -> None:
    first = restore(database, file)
    again = back_up(database, tmp_path / "again.db")
    assert unchanged(again) == unchanged(first)
    with Database.in_folder(tmp_path / "new") as home:
        restore(home, tmp_path / "again.db")
        assert unchanged(back_up(home, tmp_path / "last.db")) == unchanged(first)


def unchanged(contents: Contents) -> dict[str, str]:
    """The digests of all tables but the one whose numbers each restore moves on."""
    return {table: digest for table, digest in contents.digests.items() if table != memory_owner.name}


def test_a_database_with_rows_is_kept_unless_it_is_to_be_replaced(database: Database, file: Path) -> None:
    Tokens(database).create("ann", scopes=["*"])
    with pytest.raises(Conflict, match=r"1 of token.*--force"):
        restore(database, file)
    assert [kept.subject for kept in Tokens(database).every()] == ["ann"]
    restore(database, file, replace=True)
    assert len(content(database)["token"]) == ROWS


@pytest.mark.anyio
async def test_numbers_go_on_after_the_highest_one(database: Database, file: Path) -> None:
    restore(database, file)
    audit = Audit(database)
    fields = {"subject": "ann", "client": "c", "kind": "tool", "outcome": "ok", "arguments_hash": "0"}
    audit.append(AuditEntry.model_validate({**fields, "name": "next", "milliseconds": 1}))
    await audit.flush()
    assert (await audit.query(limit=1))[0].name == "next"


def test_an_empty_backup_empties(database: Database, tmp_path: Path) -> None:
    with Database(None) as empty:
        back_up(empty, tmp_path / "empty.db")
    fill(database)
    restore(database, tmp_path / "empty.db", replace=True)
    assert not any(content(database).values())


def test_who_reads_meanwhile_sees_the_old_rows_until_the_new_are_there(
    database: Database, target: Path | str, file: Path
) -> None:
    Tokens(database).create("ann", scopes=["*"])
    seen: set[int] = set()

    def look(done: int, total: int) -> None:
        with Database(target) as other:
            seen.add(len(Tokens(other).every()))

    restore(database, file, replace=True, progress=look)
    assert seen == {1}
    assert len(content(database)["token"]) == ROWS


def test_a_restore_that_is_killed_changes_nothing(database: Database, target: Path | str, file: Path) -> None:
    fill(database, rows=7)
    before = content(database)
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from deskhand.store.database import Database; from deskhand.store.restore import restore\n"
        "target = sys.argv[1] if '://' in sys.argv[1] else Path(sys.argv[1])\n"
        "def die(done, total):\n"
        "    if done * 2 > total: os.kill(os.getpid(), signal.SIGKILL)\n"
        "restore(Database(target), Path(sys.argv[2]), replace=True, progress=die)"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(target), str(file)], timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert content(database) == before
    restore(database, file, replace=True)


def test_a_restore_that_is_cancelled_changes_nothing(database: Database, file: Path) -> None:
    fill(database, rows=7)
    before = content(database)

    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(database, file, replace=True, progress=cancel)
    assert content(database) == before


def test_a_damaged_backup_changes_nothing(database: Database, file: Path) -> None:
    fill(database, rows=7)
    before = content(database)
    os.truncate(file, file.stat().st_size - 4096)
    with pytest.raises(Unavailable, match="damaged"):
        restore(database, file, replace=True)
    assert content(database) == before


def digest(file: Path, table: str) -> str:
    """What a backup notes of a table, for the columns that lie in the file."""
    tally = Tally()
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        tally.add(dict(row) for row in connection.execute(f"SELECT * FROM {table}"))
    return tally.digest


def test_an_older_backup_is_upgraded_and_itself_left_alone(database: Database, file: Path) -> None:
    since = (*PRIVATE, receipt, turn_record, question, visit)
    older = [f"DROP TABLE {table.name}" for table in since]
    older += [f"DELETE FROM backup_tally WHERE name = '{table.name}'" for table in since]
    older += [f"ALTER TABLE conversation DROP COLUMN {name}" for name in ("branched_from", "superseded_by")]
    change(file, *older, "UPDATE alembic_version SET version_num = '0001'", "UPDATE backup_made SET version = '0001'")
    change(file, f"UPDATE backup_tally SET digest = '{digest(file, 'conversation')}' WHERE name = 'conversation'")
    before = file.read_bytes()
    restore(database, file)
    found = content(database)
    assert (len(found["message"]), found["memory"]) == (ROWS, [])
    assert file.read_bytes() == before


def test_a_newer_backup_is_refused(database: Database, file: Path) -> None:
    change(file, "UPDATE backup_made SET version = '9999'", "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Conflict, match=r"at version 9999, but this Deskhand knows up to"):
        restore(database, file)


def letter(path: Path) -> None:
    path.write_text("Dear database")


def other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE memory (text)")


def live_database(path: Path) -> None:
    Database(path).close()


@pytest.mark.parametrize("make", [letter, other_program, live_database, Path.touch])
def test_what_is_no_backup_is_told(make: Callable[[Path], object], tmp_path: Path) -> None:
    make(tmp_path / "other.db")
    with Database(None) as database, pytest.raises(InvalidInput, match=r"other\.db is .*no backup"):
        restore(database, tmp_path / "other.db")


def test_a_backup_whose_schema_would_run_something_is_none(file: Path) -> None:
    change(file, "CREATE TRIGGER evil AFTER INSERT ON token BEGIN DELETE FROM audit; END")
    with Database(None) as database, pytest.raises(InvalidInput, match="no backup"):
        restore(database, file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with Database(None) as database, pytest.raises(NotFound, match="There is no file"):
        restore(database, tmp_path / "gone.db")
