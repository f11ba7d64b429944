"""A transaction is whole or not at all, reading disturbs nobody, and threads and tasks share one database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from deskhand.errors import Unavailable
from deskhand.store.database import Database

NOTE = sa.Table("note", sa.MetaData(), sa.Column("text", sa.Text, nullable=False, unique=True))


@pytest.fixture
def notes(database: Database) -> Database:
    database.write(NOTE.create)
    return database


def add(text: str) -> Callable[[sa.Connection], object]:
    return lambda connection: connection.execute(sa.insert(NOTE).values(text=text))


def texts(connection: sa.Connection) -> list[str]:
    return list(connection.scalars(sa.select(NOTE.c.text).order_by(NOTE.c.text)))


def test_a_failed_write_leaves_nothing_behind(notes: Database) -> None:
    def fail(connection: sa.Connection) -> None:
        add("half")(connection)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        notes.write(fail)
    notes.write(add("whole"))
    assert notes.read(texts) == ["whole"]


def test_reading_cannot_write(notes: Database) -> None:
    with pytest.raises(Unavailable, match=r"read-?only"):
        notes.read(add("sneaked in"))
    assert notes.read(texts) == []


def test_a_broken_constraint_is_left_to_the_store(notes: Database) -> None:
    notes.write(add("one"))
    with pytest.raises(IntegrityError):
        notes.write(add("one"))


def test_reading_sees_the_last_commit_while_a_write_is_open(notes: Database) -> None:
    def write_and_look(connection: sa.Connection) -> list[str]:
        add("uncommitted")(connection)
        return notes.read(texts)

    assert notes.write(write_and_look) == []
    assert notes.read(texts) == ["uncommitted"]


def test_threads_can_share_one_database(notes: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(notes.write, [add(f"{number:03}") for number in range(100)]))
    assert notes.read(texts) == [f"{number:03}" for number in range(100)]


@pytest.mark.anyio
async def test_tasks_can_share_one_database(notes: Database) -> None:
    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(notes.awrite, add(f"{number:03}"))
    assert len(await notes.aread(texts)) == 20


def test_an_error_shows_neither_statement_nor_values(database: Database) -> None:
    query = sa.text("SELECT secret_column FROM gone WHERE name = :x")
    with pytest.raises(Unavailable) as caught:
        database.read(lambda connection: connection.execute(query, {"x": "hunter2"}))
    assert "gone" in caught.value.message
    assert "\n" not in caught.value.message
    for hidden in ("SELECT", "secret_column", "hunter2", "correct-horse"):
        assert hidden not in caught.value.message
