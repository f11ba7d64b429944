"""Copying rows from one database to another, in batches and in an order that foreign keys take."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from deskhand.errors import Unavailable
from deskhand.store import engines
from deskhand.store.tables import METADATA
from deskhand.store.tally import Tally

Progress = Callable[[int, int], None]
"""Called with the rows copied so far, and how many there are in all."""

BATCH = 100
"""Rows held at once. A text may have megabytes, so not many."""


def copied(source: sa.Connection, name: str, target: sa.Connection, progress: Progress | None) -> Iterator[Tally]:
    """Copy the rows of each table of `METADATA.sorted_tables`, and tell of each when it is done.

    Raises:
        Unavailable: `source`, called `name`, cannot be read.
        sqlalchemy.exc.DBAPIError: `target` cannot be written.
    """
    total, done = _count_all(source, name), 0
    for table in METADATA.sorted_tables:
        tally = Tally()
        with closing(_rows(source, name, table)) as batches:
            for batch in batches:
                target.execute(sa.insert(table), batch)
                tally.add(batch)
                if progress is not None:
                    progress(done + tally.rows, total)
        done += tally.rows
        yield tally


def count(connection: sa.Connection, table: sa.Table) -> int:
    """How many rows a table has."""
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def _count_all(source: sa.Connection, name: str) -> int:
    try:
        return sum(count(source, table) for table in METADATA.sorted_tables)
    except DBAPIError as error:
        raise _unreadable(name, error) from error


def _rows(source: sa.Connection, name: str, table: sa.Table) -> Generator[list[dict[str, object]]]:
    try:
        with source.execute(sa.select(table), execution_options={"yield_per": BATCH}) as rows:
            for batch in rows.mappings().partitions():
                yield [{str(column): value for column, value in row.items()} for row in batch]
    except DBAPIError as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: DBAPIError) -> Unavailable:
    return Unavailable(f"Cannot read {name}: {engines.reason(error)}.")
