"""PostgreSQL itself keeps people's rows apart, also from a statement that forgot to say whose it wants."""

import logging
from collections.abc import Callable, Generator

import pytest
import sqlalchemy as sa

from deskhand.errors import InvalidInput, Unavailable
from deskhand.store.database import Database, everyone
from deskhand.store.tables import PRIVATE, memory_owner


@pytest.fixture
def database(postgres_url: str) -> Generator[Database]:
    with Database(postgres_url) as opened:
        for subject in ("ann", "bob"):
            opened.write(adding(subject), subject=subject)
        yield opened


def adding(subject: str) -> Callable[[sa.Connection], object]:
    row = sa.insert(memory_owner).values(subject=subject, revision=1, cleared=0)
    return lambda connection: connection.execute(row)


def subjects(connection: sa.Connection) -> list[str]:
    return sorted(connection.scalars(sa.select(memory_owner.c.subject)))


def test_a_statement_without_where_sees_one_persons_rows(database: Database) -> None:
    assert database.read(subjects, subject="ann") == ["ann"]
    assert database.read(subjects, subject="bob") == ["bob"]


def test_without_a_person_there_are_no_rows(database: Database) -> None:
    assert database.read(subjects) == []
    assert database.write(lambda connection: connection.execute(sa.delete(memory_owner)).rowcount) == 0


def test_a_statement_without_where_deletes_one_persons_rows(database: Database) -> None:
    database.write(lambda connection: connection.execute(sa.delete(memory_owner)), subject="ann")
    assert database.read(subjects, subject="bob") == ["bob"]


def test_nobody_writes_for_another(database: Database) -> None:
    with pytest.raises(Unavailable, match="row-level security"):
        database.write(adding("cy"), subject="ann")
    with pytest.raises(Unavailable, match="row-level security"):
        database.write(
            lambda connection: connection.execute(sa.update(memory_owner).values(subject="bob")), subject="ann"
        )


def test_a_pooled_connection_forgets_whose_it_was(database: Database) -> None:
    def backend(connection: sa.Connection) -> int:
        return connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()

    before = database.read(lambda connection: (backend(connection), subjects(connection)), subject="ann")
    after = database.read(lambda connection: (backend(connection), subjects(connection)))
    assert before == (after[0], ["ann"])
    assert after[1] == []


def test_work_on_whole_tables_must_say_so_and_is_forgotten_too(database: Database) -> None:
    def all_subjects(connection: sa.Connection) -> list[str]:
        everyone(connection)
        return subjects(connection)

    assert database.read(all_subjects) == ["ann", "bob"]
    assert database.read(subjects) == []


def test_each_private_table_is_kept_by_the_law_for_its_owner_too(database: Database) -> None:
    query = sa.text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    kept = database.read(lambda connection: set(connection.scalars(query)))
    assert kept == {table.name for table in PRIVATE}


def test_two_names_cannot_become_one(database: Database) -> None:
    with pytest.raises(InvalidInput, match=r"U\+0000"):
        database.read(subjects, subject="ann\0")


def test_a_role_that_stands_above_the_law_is_warned_of(postgres_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Database(postgres_url).close()
        assert caplog.messages == []
        Database(postgres_url.replace("//deskhand:", "//postgres:")).close()
    (message,) = caplog.messages
    assert "BYPASSRLS" in message
