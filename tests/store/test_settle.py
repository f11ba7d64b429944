"""What was deleted is taken out of the write-ahead log too, without anybody waiting for it."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.memory.remembering import ANN, remembering

from deskhand.store.database import Database
from deskhand.store.tables import granted_tool
from deskhand.toolsets.memory.draft import Draft

pytestmark = pytest.mark.anyio

WORD = b"xylograph"


def add(connection: sa.Connection) -> None:
    values = {"owner": "ann", "endpoint": "e", "tool": WORD.decode(), "fingerprint": "f"}
    connection.execute(sa.insert(granted_tool), [values])


def delete(connection: sa.Connection) -> None:
    connection.execute(sa.delete(granted_tool))


def in_files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if WORD in path.read_bytes()}


async def test_what_was_deleted_is_in_no_file(tmp_path: Path) -> None:
    with Database.in_folder(tmp_path) as database:
        await database.awrite(add)
        await database.awrite(delete)
        assert in_files(tmp_path) == {"deskhand.db-wal"}
        assert await database.settle()
        assert in_files(tmp_path) == set()


async def test_who_reads_from_before_is_not_waited_for_and_a_later_write_does_it(tmp_path: Path) -> None:
    with Database.in_folder(tmp_path) as database, Database.in_folder(tmp_path) as other:
        await database.awrite(add)

        def look(connection: sa.Connection) -> None:
            assert connection.scalars(sa.select(granted_tool.c.tool)).all() == [WORD.decode()]
            database.write(delete)
            assert not database._settle()  # pyright: ignore[reportPrivateUsage]

        other.read(look)
        assert in_files(tmp_path) != set()
        database.write(lambda connection: None)
        assert in_files(tmp_path) == set()


async def test_a_database_without_a_log_of_its_own_has_nothing_to_do(postgres_url: str) -> None:
    with Database(postgres_url) as server, Database(None) as in_memory:
        assert await server.settle()
        assert await in_memory.settle()


async def test_a_forgotten_sentence_is_in_no_file(tmp_path: Path) -> None:
    with Database.in_folder(tmp_path) as database:
        memory = remembering(database)
        saved = await memory.save(ANN, Draft(f"My {WORD.decode()} hangs in the hall"))
        assert in_files(tmp_path)
        await memory.forget(ANN, await memory.to_forget(ANN, (saved.id,), None))
        assert in_files(tmp_path) == set()
