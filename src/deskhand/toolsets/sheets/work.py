"""What a job has in hand: the tables of its files, and a locked database that knows only those."""

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import duckdb

from deskhand.errors import InvalidInput
from deskhand.toolsets.sheets.answers import Table
from deskhand.toolsets.sheets.catalog import Catalog, Places, Ready, Source, table_of
from deskhand.toolsets.sheets.database import Database, literal
from deskhand.toolsets.sheets.formats import path_of
from deskhand.toolsets.sheets.given import Given
from deskhand.toolsets.sheets.limits import Limits

Tell = Callable[[str, Mapping[str, object]], None]
"""Sends a frame: P for progress, Q when reading is over."""
_EVERY = 0.2
_LEAST_SECONDS = 0.05
_Result = TypeVar("_Result")


class Work:
    """The surroundings of one job."""

    def __init__(self, files: Sequence[Given], tell: Tell, places: Places, limits: Limits, seconds: float) -> None:
        self.files = tuple(files)
        self.limits = limits
        self.seconds = seconds
        self._tell = tell
        self.places = places
        self._told = 0.0
        self._begun = False
        self._until = 0.0
        self._catalog: Catalog | None = None
        self._databases: list[Database] = []

    def __enter__(self) -> Self:
        """Nothing is read before it is asked for."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the databases and what was opened for the tables."""
        for database in self._databases:
            database.close()
        if self._catalog:
            self._catalog.close()

    def progress(self, done: int, total: int) -> None:
        """Tell how many rows have been read, of how many (0: not known); often enough, not always."""
        now = time.monotonic()
        if now - self._told > _EVERY or (done and not self._begun):
            self._told, self._begun = now, bool(done)
            self._tell("P", {"done": done, "total": total})

    @property
    def catalog(self) -> Catalog:
        """The tables of the files.

        Raises:
            InvalidInput: a file cannot be read.
        """
        if self._catalog is None:
            self._catalog = Catalog(self.files, self.places, self.limits, self.progress)
        return self._catalog

    def tables(self) -> tuple[Table, ...]:
        """What SQL can name."""
        return tuple(table_of(source) for source in self.catalog.sources)

    @contextmanager
    def asked(self, sql: str) -> Generator[tuple[duckdb.DuckDBPyConnection, "Asked"]]:
        """The result of `sql` over the tables that it names, ready to be fetched; checked and limited.

        Raises:
            InvalidInput: the SQL is wrong. Denied: it reaches for more than the tables. LimitExceeded: time or memory.
        """
        asked = self.prepared(sql)
        with self.running(asked, asked.statement) as connection:
            yield connection, asked

    @contextmanager
    def running(self, asked: "Asked", sql: str) -> Generator[duckdb.DuckDBPyConnection]:
        """The result of a statement made of one that was checked; all of a job's together have the job's seconds.

        Raises:
            InvalidInput, LimitExceeded: as `asked`.
        """
        left = max(_LEAST_SECONDS, self._until - time.monotonic())
        with asked.database.running(sql, left, told=self.seconds) as connection:
            yield connection

    def prepared(self, sql: str, also: Sequence[str] = ()) -> "Asked":
        """The question, checked, with its tables read; it may reach the paths `also` besides. Its time begins now.

        Raises:
            InvalidInput: the SQL is wrong. Denied: it reaches for more than the tables.
        """
        ready = [self.catalog.ready(source) for source in _named_in(sql, self.catalog.sources)]
        database = self.locked(ready, also)
        asked = Asked(database.checked(sql), ready, database)
        self._tell("Q", {})
        self._until = time.monotonic() + self.seconds
        return asked

    def locked(self, ready: Sequence[Ready], also: Sequence[str] = ()) -> Database:
        """A locked database with these tables, which may reach the paths `also` besides."""
        database = Database(self.limits)
        self._databases.append(database)
        with database.told():
            names = [table.name for table in self.tables()]
            database.lock([table.view for table in ready], names, also, self.catalog.shared)
        return database

    def folder(self) -> Path:
        """Where temporary files may lie."""
        return self.places.scratch

    def copied(self, sql: str, options: str, descriptor: int) -> tuple[int, "Asked"]:
        """Write all that `sql` selects into the file of `descriptor` (`options` of COPY); says how many rows.

        Raises:
            InvalidInput, Denied, LimitExceeded: as `asked`.
        """
        target = path_of(descriptor)
        asked = self.prepared(sql, [target])
        if asked.statement.startswith("EXPLAIN"):
            raise InvalidInput("A plan is no table: ask for it without a file.")
        copy = f"COPY (\n{asked.statement}\n) TO {literal(target)} ({options}, USE_TMP_FILE false)"
        with self.running(asked, copy) as connection:
            row: Any = connection.fetchone()
        return (int(row[0]) if row else 0), asked

    def patiently(self, work: Callable[[], _Result]) -> _Result:
        """Do `work`, again and more patiently when a text file turns out to be written less strictly than it began.

        Raises:
            InvalidInput: what `work` raises, when there is no more patience.
        """
        while True:
            try:
                return work()
            except InvalidInput as error:
                if "CSV" not in error.message or not self.catalog.is_more_patient():
                    raise


class Asked:
    """A question that runs: its statement, its tables, its database."""

    def __init__(self, statement: str, ready: Sequence[Ready], database: Database) -> None:
        self.statement = statement
        self.ready = ready
        self.database = database

    def tables(self, known: Sequence[Table]) -> tuple[Table, ...]:
        """The tables, with what was learnt of those that were read."""
        read = {table.table.name: table.table for table in self.ready}
        return tuple(read.get(table.name, table) for table in known)


def _named_in(sql: str, sources: Sequence[Source]) -> list[Source]:
    """The tables that the SQL may name: the text has their name somewhere, so that the others need not be read."""
    folded = sql.casefold()
    return [source for source in sources if any(name.casefold() in folded for name in source.names)]
