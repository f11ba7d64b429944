"""The door to what belongs to one person: every statement behind it names that person.

`own(…)` is how a statement is made for it, and `PersonalRows` runs no other. On PostgreSQL row-level security says the
same again, for the day somebody finds a way around.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache
from itertools import islice
from time import time_ns
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from deskhand.errors import Denied
from deskhand.store.database import Database, everyone
from deskhand.store.tables import memory_owner

T = TypeVar("T")
Statement = sa.Select[*tuple[Any, ...]] | sa.Update | sa.Delete
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Own:
    """A statement about one person's rows; make it with `own`, once, so that SQLAlchemy compiles it once."""

    statement: Statement


def own(statement: Statement, column: sa.Column[Any]) -> Own:
    """`statement` for the rows whose `column` names the person."""
    return Own(statement.where(column == given("person")))


def own_part(statement: Statement, column: sa.Column[Any], id: sa.Column[Any], owner: sa.Column[Any]) -> Own:
    """`statement` for the rows whose `column` is the `id` of something whose `owner` is the person."""
    return Own(statement.where(column.in_(sa.select(id).where(owner == given("person")))))


def given(name: str) -> sa.BindParameter[Any]:
    """A value that `PersonalRows.run` gets by this name."""
    return sa.bindparam(name)


def among(name: str) -> sa.BindParameter[Any]:
    """The values of an IN list, which `PersonalRows.run_for` gets by this name."""
    return sa.bindparam(name, expanding=True)


@dataclass(frozen=True, slots=True)
class Revision:
    """Where a person's rows stand: `number` grows with each write, `cleared` is its value at the last delete."""

    number: int = 0
    cleared: int = 0

    def continues(self, before: "Revision") -> bool:
        """Whether nothing went away since `before`: only what was written after it is new."""
        return before.number <= self.number and self.cleared <= before.number


class People:
    """Everybody, behind one door a person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def person(self, subject: str) -> "Person":
        """One person; `subject` is `Principal.subject`, never an argument of a call.

        Raises:
            Denied: nobody is named.
        """
        if not subject:
            raise Denied("This belongs to an authenticated person, and nobody is named here.")
        return Person(self._database, subject)

    def lease(self, subject: str) -> AbstractAsyncContextManager[bool]:
        """Whether this server alone may do work in the background for a person meanwhile: see `Database.lease`."""
        return self._database.lease(f"background {subject}")

    async def subjects(self) -> list[str]:
        """Who has something: for work in the background that visits one after the other."""

        def work(connection: sa.Connection) -> list[str]:
            everyone(connection)
            return list(connection.execute(sa.select(memory_owner.c.subject)).scalars())

        return await self._database.aread(work)


class Person:
    """One person's rows. `work` gets them inside one transaction."""

    def __init__(self, database: Database, subject: str) -> None:
        self._database = database
        self.subject = subject

    async def read(self, work: Callable[["PersonalRows"], T]) -> T:
        """Run `work` on one consistent snapshot."""
        return await self._database.aread(
            lambda connection: work(PersonalRows(connection, self.subject)), subject=self.subject
        )

    async def write(self, work: Callable[["PersonalRows"], T]) -> T:
        """Run `work` in a transaction, alone among this person's writers: on disk when this returns, or not at all."""

        def locked(connection: sa.Connection) -> T:
            rows = PersonalRows(connection, self.subject)
            rows.lock()
            return work(rows)

        return await self._database.awrite(locked, subject=self.subject)


class PersonalRows:
    """One person's rows in one transaction: runs statements made by `own`, and inserts under that person's name."""

    def __init__(self, connection: sa.Connection, subject: str) -> None:
        self._connection = connection
        self.subject = subject
        self._locked: Revision | None = None

    def run(self, statement: Own, **values: object) -> sa.CursorResult[Any]:
        """Run a select, update or delete."""
        return self._connection.execute(statement.statement, {"person": self.subject, **values})

    def run_for(self, statement: Own, name: str, values: Iterable[object]) -> Iterator[sa.CursorResult[Any]]:
        """Run a statement with an IN list, `name`, of any length, in batches."""
        rest = iter(values)
        while batch := list(islice(rest, _BATCH)):
            yield self.run(statement, **{name: batch})

    def insert(self, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
        """Add rows, which become this person's."""
        if rows:
            self._connection.execute(_insert_into(table), [{**row, "subject": self.subject} for row in rows])

    def revision(self) -> Revision:
        """Where the rows stand."""
        if self._locked is not None:
            return self._locked
        row = self.run(_REVISION).first()
        return Revision(row.revision, row.cleared) if row else Revision()

    def revision_before(self) -> Revision:
        """Where the rows stood before the change that this transaction makes, if it makes one."""
        revision = self.revision()
        return revision if self._locked is None else Revision(revision.number - 1, revision.cleared)

    def lock(self) -> bool:
        """Make this person's other writers wait, and count this change; whether there was nothing of them before."""
        # Not from 1: no number may come again after everything was erased, or a cache would take it for its own.
        # And as after a delete: whoever remembers what was there then reads all anew.
        first = time_ns() // 1_000
        values = {"subject": self.subject, "revision": first, "cleared": first}
        row = self._connection.execute(_count(self._connection.dialect.name), values).one()
        self._locked = Revision(row.revision, row.cleared)
        return self._locked == Revision(first, first)

    def clear(self) -> None:
        """Note that rows went away in this change."""
        self.run(_CLEAR)
        if self._locked is not None:
            self._locked = Revision(self._locked.number, self._locked.number)

    def vanish(self) -> None:
        """Delete the note that this person ever had something."""
        self.run(_VANISH)


_REVISION = own(sa.select(memory_owner.c.revision, memory_owner.c.cleared), memory_owner.c.subject)
_CLEAR = own(sa.update(memory_owner).values(cleared=memory_owner.c.revision), memory_owner.c.subject)
_VANISH = own(sa.delete(memory_owner), memory_owner.c.subject)


@cache
def _count(dialect: str) -> sa.Insert | postgresql.Insert | sqlite.Insert:
    """Count a change of the person given, who may be new: of two that are first at once, one waits for the other."""
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(memory_owner)
    change = insert.on_conflict_do_update(
        index_elements=[memory_owner.c.subject], set_={"revision": memory_owner.c.revision + 1}
    )
    return change.returning(memory_owner.c.revision, memory_owner.c.cleared)


@cache
def _insert_into(table: sa.Table) -> sa.Insert:
    return sa.insert(table)
