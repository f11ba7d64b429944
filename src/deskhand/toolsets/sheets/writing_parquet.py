"""Parquet files of rows."""

from itertools import islice
from typing import Any

import duckdb

from deskhand.toolsets.sheets.database import literal, quoted
from deskhand.toolsets.sheets.writing_rows import Rows

PARQUET = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 30720"
"""How it is written, as COPY takes it: small row groups need less memory."""
_AT_ONCE = 2_000


def write_parquet(path: str, rows: Rows) -> None:
    """Write the rows with their SQL types, compressed with zstd."""
    names = _distinct(rows)
    with duckdb.connect(config={"threads": 1}) as database:
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in zip(names, rows.types, strict=True))
        database.execute(f"CREATE TABLE rows ({columns})")
        marks = ", ".join("?" * len(names))
        passing = iter(rows)
        while batch := list(islice(passing, _AT_ONCE)):
            database.executemany(f"INSERT INTO rows VALUES ({marks})", batch)
        database.execute(f"COPY rows TO {literal(path)} ({PARQUET}, USE_TMP_FILE false)")


def first_rows(path: str, count: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The names of the columns of a file, and its first rows."""
    with duckdb.connect(config={"threads": 1}) as database:
        found = database.execute(f"FROM read_parquet({literal(path)}) LIMIT {count}")
        return [str(column[0]) for column in found.description or []], found.fetchall()


def _distinct(rows: Rows) -> list[str]:
    """Names of columns that differ, also in lower case: Parquet has no two alike."""
    names: list[str] = []
    for column in rows.columns:
        name, number = column or "column", 2
        while name.casefold() in {other.casefold() for other in names}:
            name, number = f"{column or 'column'}_{number}", number + 1
        names.append(name)
    return names
