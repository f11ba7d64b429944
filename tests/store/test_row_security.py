"""PostgreSQL itself keeps people's rows apart, also from a statement that forgot to say whose it wants."""

import logging
from collections.abc import Callable, Generator

import pytest
import sqlalchemy as sa

from deskhand.errors import InvalidInput, Unavailable
from deskhand.store.database import Database, everyone
from deskhand.store.tables import (
    PRIVATE,
    TALKS,
    conversation,
    memory_owner,
    message,
    output,
    question,
    receipt,
    turn_record,
)


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
    assert kept == {table.name for table in (*PRIVATE, *TALKS)}


def talk(owner: str) -> Callable[[sa.Connection], object]:
    def add(connection: sa.Connection) -> None:
        values = {"id": owner, "owner": owner, "title": "", "created": "", "updated": ""}
        connection.execute(sa.insert(conversation), [values])
        connection.execute(sa.insert(message).values(conversation=owner, position=1, id="m", body="{}"))
        connection.execute(sa.insert(output).values(conversation=owner, handle="h", source="", text=""))
        connection.execute(sa.insert(receipt).values(conversation=owner, number=1, body="{}"))
        connection.execute(sa.insert(turn_record).values(conversation=owner, turn="m", body="{}"))
        connection.execute(sa.insert(question).values(id=owner, owner=owner, conversation=owner, body="{}", created=0))

    return add


def test_a_statement_without_where_sees_one_persons_conversations(database: Database) -> None:
    def counts(connection: sa.Connection) -> list[int]:
        return [connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in TALKS]

    def all_counts(connection: sa.Connection) -> list[int]:
        everyone(connection)
        return counts(connection)

    for owner in ("ann", "bob"):
        database.write(talk(owner), subject=owner)
    assert database.read(counts, subject="ann") == [1] * len(TALKS)
    assert database.read(counts) == [0] * len(TALKS)
    assert database.read(all_counts) == [2] * len(TALKS)
    database.write(lambda connection: connection.execute(sa.delete(conversation)), subject="ann")
    assert database.read(all_counts) == [1] * len(TALKS)


def test_nobody_writes_into_anothers_conversation(database: Database) -> None:
    database.write(talk("ann"), subject="ann")
    into = sa.insert(message).values(conversation="ann", position=2, id="n", body="{}")
    with pytest.raises(Unavailable, match="row-level security"):
        database.write(lambda connection: connection.execute(into), subject="bob")
    with pytest.raises(Unavailable, match="row-level security"):
        database.write(talk("ann"), subject="bob")
    about = sa.insert(question).values(id="q", owner="bob", conversation="ann", body="{}", created=0)
    with pytest.raises(Unavailable, match="row-level security"):
        database.write(lambda connection: connection.execute(about), subject="bob")


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
