"""What a job has in hand: the tables of its files, and a locked database that knows only those."""

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import duckdb

from deskhand.errors import InvalidInput
from deskhand.toolsets.sheets.answers import Answer, Table
from deskhand.toolsets.sheets.catalog import Catalog, Ready, Source, table_of
from deskhand.toolsets.sheets.database import Database, literal, path_free
from deskhand.toolsets.sheets.formats import path_of
from deskhand.toolsets.sheets.given import Given
from deskhand.toolsets.sheets.limits import Limits
from deskhand.toolsets.sheets.values import plain

Tell = Callable[[str, Mapping[str, object]], None]
"""Sends a frame: P for progress, Q when reading is over."""
_EVERY = 0.2
_Result = TypeVar("_Result")


class Work:
    """The surroundings of one job."""

    def __init__(self, files: Sequence[Given], tell: Tell, cache: Path, limits: Limits, seconds: float) -> None:
        self.files = tuple(files)
        self.limits = limits
        self.seconds = seconds
        self._tell = tell
        self._cache = cache
        self._told = 0.0
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
        if now - self._told > _EVERY:
            self._told = now
            self._tell("P", {"done": done, "total": total})

    @property
    def catalog(self) -> Catalog:
        """The tables of the files.

        Raises:
            InvalidInput: a file cannot be read.
        """
        if self._catalog is None:
            self._catalog = Catalog(self.files, self._cache, self.limits, self.progress)
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
        asked = self._prepared(sql)
        self._tell("Q", {})
        with asked.database.running(asked.statement, self.seconds) as connection:
            yield connection, asked

    def _prepared(self, sql: str, also: Sequence[str] = ()) -> "Asked":
        ready = [self.catalog.ready(source) for source in _named_in(sql, self.catalog.sources)]
        database = self.locked(ready, also)
        return Asked(database.checked(sql), ready, database)

    def locked(self, ready: Sequence[Ready], also: Sequence[str] = ()) -> Database:
        """A locked database with these tables, which may reach the paths `also` besides."""
        database = Database(self.limits)
        self._databases.append(database)
        with database.told():
            database.lock([table.view for table in ready], [table.name for table in self.tables()], also)
        return database

    def folder(self) -> Path:
        """Where nameless temporary files may lie."""
        self._cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._cache

    def copied(self, sql: str, options: str, descriptor: int) -> int:
        """Write all that `sql` selects into the file of `descriptor` (`options` of COPY); says how many rows.

        Raises:
            InvalidInput, Denied, LimitExceeded: as `asked`.
        """
        target = path_of(descriptor)
        asked = self._prepared(sql, [target])
        if asked.statement.startswith("EXPLAIN"):
            raise InvalidInput("A plan is no table: ask for it without a file.")
        self._tell("Q", {})
        copy = f"COPY ({asked.statement}) TO {literal(target)} ({options}, USE_TMP_FILE false)"
        with asked.database.running(copy, self.seconds) as connection:
            row: Any = connection.fetchone()
        return int(row[0]) if row else 0

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

    def ask(self, sql: str, max_rows: int) -> Answer:
        """The first `max_rows` of what `sql` selects.

        Raises:
            InvalidInput, Denied, LimitExceeded: as `asked`.
        """
        return self.patiently(lambda: self._ask(sql, max_rows))

    def _ask(self, sql: str, max_rows: int) -> Answer:
        started = time.monotonic()
        with self.asked(sql) as (connection, asked):
            columns = tuple((str(column[0]), str(column[1])) for column in connection.description or [])
            fetched = connection.fetchmany(max_rows + 1)
            total = len(fetched) if len(fetched) <= max_rows else asked.count(self.seconds)
        shortened = Shortened(self.limits.cell_characters)
        is_plan = asked.statement.startswith("EXPLAIN")
        rows = tuple(
            tuple(shortened(path_free(plain(value), self._cache) if is_plan else plain(value)) for value in row)
            for row in fetched[:max_rows]
        )
        return Answer(
            columns=columns,
            rows=rows,
            total=total,
            elapsed=round(time.monotonic() - started, 3),
            cut_cells=shortened.count,
            tables=asked.tables(self.tables()),
            warnings=tuple(dict.fromkeys(warning for table in asked.ready for warning in table.warnings)),
        )


class Asked:
    """A question that runs: its statement, its tables, its database."""

    def __init__(self, statement: str, ready: Sequence[Ready], database: Database) -> None:
        self.statement = statement
        self.ready = ready
        self.database = database

    def count(self, seconds: float) -> int:
        """How many rows there are in all: asked again, because counting is far cheaper than fetching."""
        with self.database.running(f"SELECT count(*) FROM ({self.statement})", seconds) as counted:
            row: Any = counted.fetchone()
        return int(row[0]) if row else 0

    def tables(self, known: Sequence[Table]) -> tuple[Table, ...]:
        """The tables, with what was learnt of those that were read."""
        read = {table.table.name: table.table for table in self.ready}
        return tuple(read.get(table.name, table) for table in known)


class Shortened:
    """Cuts long texts, and counts how many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.count = 0

    def __call__(self, value: Any) -> Any:
        """The value, or the beginning of a text that is longer than the limit."""
        if not isinstance(value, str) or len(value) <= self._most:
            return value
        self.count += 1
        return value[: self._most] + "…"


def _named_in(sql: str, sources: Sequence[Source]) -> list[Source]:
    """The tables that the SQL may name: the text has their name somewhere, so that the others need not be read."""
    folded = sql.casefold()
    return [source for source in sources if any(name.casefold() in folded for name in source.names)]
