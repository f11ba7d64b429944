"""Parquet files of rows."""

import os
import tempfile
from itertools import islice
from pathlib import Path

import duckdb

from deskhand.toolsets.sheets.database import literal, quoted
from deskhand.toolsets.sheets.formats import path_of
from deskhand.toolsets.sheets.writing_rows import Rows

PARQUET = "FORMAT parquet, COMPRESSION zstd"
"""How it is written, as COPY takes it."""
_AT_ONCE = 2_000


def parquet_bytes(rows: Rows, folder: Path) -> bytes:
    """The rows with their SQL types, compressed with zstd; `folder` is for a nameless temporary file."""
    names = _distinct(rows)
    with duckdb.connect(config={"threads": 1}) as database, tempfile.TemporaryFile(dir=folder) as file:
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in zip(names, rows.types, strict=True))
        database.execute(f"CREATE TABLE rows ({columns})")
        marks = ", ".join("?" * len(names))
        passing = iter(rows)
        while batch := list(islice(passing, _AT_ONCE)):
            database.executemany(f"INSERT INTO rows VALUES ({marks})", batch)
        database.execute(f"COPY rows TO {literal(path_of(file.fileno()))} ({PARQUET}, USE_TMP_FILE false)")
        return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)


def _distinct(rows: Rows) -> list[str]:
    """Names of columns that differ, also in lower case: Parquet has no two alike."""
    names: list[str] = []
    for column in rows.columns:
        name, number = column or "column", 2
        while name.casefold() in {other.casefold() for other in names}:
            name, number = f"{column or 'column'}_{number}", number + 1
        names.append(name)
    return names
