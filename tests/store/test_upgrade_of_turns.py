"""The step to receipts forgets the turns in the index, and nothing else, so that they get their passages."""

import sqlalchemy as sa

from deskhand.store.database import Database, everyone
from deskhand.store.entries import EntryRow, EntryTable
from deskhand.store.migrations import HEAD
from deskhand.store.personal import PersonalRows, Revision
from deskhand.store.tables import memory_owner
from deskhand.store.turns import TurnTable


def entries(rows: PersonalRows) -> None:
    """A memory and a turn, up to which the index is complete."""
    rows.lock()
    for key, kind in (("a", "fact"), ("turn/c/1", "turn")):
        EntryTable(rows).add(EntryRow(key, kind, "c", 1, 0, None, b"", None, None))
    TurnTable(rows).mark_seen("2026-03-01T12:00:00.000000+00:00")


def at_the_step_before(connection: sa.Connection) -> None:
    for statement in (
        "DROP TABLE visit", "DROP TABLE turn_record", "DROP TABLE question",
        "ALTER TABLE conversation DROP COLUMN branched_from", "ALTER TABLE conversation DROP COLUMN superseded_by",
        "DROP TABLE outbox", "DROP TABLE mail_rule", "DROP TABLE mail_answer",
        "DROP TABLE receipt", "DROP INDEX entry_by_change", "UPDATE alembic_version SET version_num = '0003'",
    ):  # fmt: skip
        connection.execute(sa.text(statement))


def test_turns_are_indexed_anew_and_who_remembers_them_is_told(database: Database) -> None:
    database.write(lambda connection: entries(PersonalRows(connection, "ann")), subject="ann")
    before = database.read(lambda connection: PersonalRows(connection, "ann").revision(), subject="ann")
    database.write(at_the_step_before)
    database.upgrade()

    def look(connection: sa.Connection) -> tuple[list[str], str, Revision]:
        rows = PersonalRows(connection, "ann")
        return [row.key for row in EntryTable(rows).changed()], TurnTable(rows).seen_until(), rows.revision()

    keys, seen, now = database.read(look, subject="ann")
    assert (database.version(), keys, seen) == (HEAD, ["a"], "")
    assert now == Revision(before.number + 1, before.number + 1)
    assert not now.continues(before)


def test_after_the_step_people_see_only_their_own_again(database: Database) -> None:
    database.write(lambda connection: entries(PersonalRows(connection, "ann")), subject="ann")
    database.write(at_the_step_before)
    database.upgrade()

    def everybody(connection: sa.Connection) -> list[str]:
        return list(connection.scalars(sa.select(memory_owner.c.subject)))

    def all_of_them(connection: sa.Connection) -> list[str]:
        everyone(connection)
        return everybody(connection)

    assert database.read(all_of_them) == ["ann"]
    if database.is_postgresql:
        assert database.read(everybody, subject="bob") == []
