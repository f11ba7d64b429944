"""A backup holds everything as it was at one moment, in one private file, or is not there."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.store.full_database import ROWS, change, content, fill

from deskhand.errors import Conflict, Unavailable
from deskhand.store.backup import back_up
from deskhand.store.backup_file import verified
from deskhand.store.database import Database
from deskhand.store.restore import restore
from deskhand.store.tables import METADATA, granted_tool, memory_owner


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "desk.db"


@pytest.fixture
def full_file(backup_of_all: Path, file: Path) -> Path:
    """A backup of a full SQLite database."""
    shutil.copy(backup_of_all, file)
    return file


def test_it_holds_every_row_of_every_table(database: Database, file: Path) -> None:
    fill(database)
    made = back_up(database, file)
    assert made.rows == {table.name: ROWS for table in METADATA.sorted_tables}
    assert verified(file) == made
    with Database(None) as other:
        restore(other, file)
        there, here = content(other), content(database)
    moved_on = memory_owner.name  # a restore counts on from its numbers
    assert len(there.pop(moved_on)) == len(here.pop(moved_on))
    assert there == here


def test_it_is_one_file_that_only_its_owner_reads(database: Database, file: Path) -> None:
    back_up(database, file)
    assert [found.name for found in file.parent.iterdir()] == ["desk.db"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_is_the_database_at_one_moment(database: Database, target: Path | str, file: Path) -> None:
    fill(database)

    def write_meanwhile(done: int, total: int) -> None:
        if done == ROWS:
            with Database(target) as other:
                other.write(lambda connection: connection.execute(sa.delete(granted_tool)))

    made = back_up(database, file, progress=write_meanwhile)
    assert made.rows["granted_tool"] == ROWS
    assert content(database)["granted_tool"] == []


def test_progress_counts_up_to_all(database: Database, file: Path) -> None:
    fill(database)
    told: list[tuple[int, int]] = []
    back_up(database, file, progress=lambda done, total: told.append((done, total)))
    everything = ROWS * len(METADATA.sorted_tables)
    assert told[-1] == (everything, everything)
    assert told == sorted(told)


def test_a_file_that_is_there_is_kept_unless_it_is_to_be_replaced(database: Database, file: Path) -> None:
    file.write_text("my notes")
    with pytest.raises(Conflict, match="--force"):
        back_up(database, file)
    assert file.read_text() == "my notes"
    back_up(database, file, replace=True)
    assert verified(file).rows["token"] == 0


def test_a_cancelled_one_leaves_nothing_behind_and_keeps_the_old(database: Database, file: Path) -> None:
    fill(database)
    file.write_text("the old one")

    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(database, file, replace=True, progress=cancel)
    assert [found.name for found in file.parent.iterdir()] == ["desk.db"]
    assert file.read_text() == "the old one"


def test_a_full_disk_is_told_and_leaves_nothing_behind(tmp_path: Path, file: Path) -> None:
    with Database.in_folder(tmp_path) as database:
        fill(database)
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from deskhand.store.backup import back_up; from deskhand.store.database import Database\n"
        "from deskhand.errors import Unavailable\n"
        "with Database.in_folder(Path(sys.argv[1])) as database:\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))\n"
        "    try: back_up(database, Path(sys.argv[2]))\n"
        "    except Unavailable as error: print(error.message)"
    )
    ended = subprocess.run([sys.executable, "-c", script, tmp_path, file], capture_output=True, text=True, timeout=60)
    assert ended.stdout.startswith(f"Cannot write {file}: "), ended.stderr
    assert list(file.parent.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(database: Database, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"Cannot write .*No such file or directory"):
        back_up(database, tmp_path / "gone" / "desk.db")


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def overwrite_a_page(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(file.stat().st_size // 2)
        stream.write(b"\xff" * 4096)


def change_a_letter(file: Path) -> None:
    content = file.read_bytes()
    assert b"it's" in content
    file.write_bytes(content.replace(b"it's", b"it't", 1))


@pytest.mark.parametrize("damage", [cut, overwrite_a_page, change_a_letter])
def test_damage_is_found(damage: Callable[[Path], None], full_file: Path) -> None:
    damage(full_file)
    with pytest.raises(Unavailable, match=r"desk\.db is damaged: .*Use another backup"):
        verified(full_file)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM audit WHERE id = 1", "audit has 249 rows, but it should have 250"),
        ("DELETE FROM conversation WHERE id = 'text1'", "conversation has 249 rows"),
        ("UPDATE token SET revoked = NULL", "the rows of token are not those that were saved"),
        ("UPDATE alembic_version SET version_num = '0001'", "its tables are at version 0001"),
        ("DROP TABLE output", "no such table: output"),
    ],
)
def test_rows_that_are_not_those_saved_are_found(statement: str, said: str, full_file: Path) -> None:
    change(full_file, statement)
    with pytest.raises(Unavailable, match=said):
        verified(full_file)
