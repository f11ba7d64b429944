"""The answer to a question: the SQL is run once, and what is shown, counted and kept comes from the same rows."""

import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import duckdb

from deskhand.errors import LimitExceeded
from deskhand.toolsets.sheets.answers import Answer, Value
from deskhand.toolsets.sheets.database import OutOfRoom, literal, path_free
from deskhand.toolsets.sheets.formats import path_of
from deskhand.toolsets.sheets.values import plain
from deskhand.toolsets.sheets.work import Asked, Work

KEPT_ROWS = 500_000
"""Rows that are held to be shown and kept; of more rows only the first are shown, and all are counted."""
_TABLE = "deskhand_answer"
_MOST_CHARACTERS = 2_000_000
"""Of all cells of an answer together: what the server takes in, and looks through."""
_LEAST_CHARACTERS = 60
_CELLS_AT_ONCE = 20_000
_LISTING = ("show", "tables")
Column = tuple[str, str]


def ask(work: Work, sql: str, max_rows: int) -> Answer:
    """The first `max_rows` of what `sql` selects.

    Raises:
        InvalidInput, Denied, LimitExceeded: as `Work.asked`.
    """
    return ask_and_keep(work, sql, max_rows, is_kept=False)[0]


def ask_and_keep(work: Work, sql: str, max_rows: int, *, is_kept: bool) -> tuple[Answer, bytes, str]:
    """The same; when `is_kept`, all rows as CSV, or why there is none: too many rows or bytes.

    Raises:
        InvalidInput, Denied, LimitExceeded: as `Work.asked`.
    """
    return work.patiently(lambda: _ask(work, sql, max_rows, is_kept=is_kept))


def _ask(work: Work, sql: str, max_rows: int, *, is_kept: bool) -> tuple[Answer, bytes, str]:
    if _words(sql) == _LISTING:
        return _listing(work), b"", ""
    with tempfile.TemporaryFile(dir=work.folder()) as file:
        asked = work.prepared(sql, [path_of(file.fileno())])
        started = time.monotonic()
        if asked.statement.startswith("EXPLAIN"):
            return _plan(work, asked, max_rows), b"", ""
        answer, is_whole = _answer(work, asked, max_rows)
        kept, problem = b"", ""
        if is_kept:
            kept, problem = _kept(work, asked, file.fileno()) if is_whole else (b"", _too_many(answer.total))
        told = tuple(dict.fromkeys(warning for table in asked.ready for warning in table.warnings))
        return (
            replace(
                answer,
                elapsed=round(time.monotonic() - started, 3),
                tables=asked.tables(work.tables()),
                warnings=told,
            ),
            kept,
            problem,
        )


def _words(sql: str) -> tuple[str, ...]:
    data = sql.encode()
    found = [(start, kind) for start, kind in duckdb.tokenize(sql) if kind != duckdb.token_type.comment]
    return tuple(
        data[start:].split()[0].decode("utf-8", "replace").rstrip(";").casefold()
        for start, _ in found[:3]
        if data[start:][:1] != b";"
    )


def _listing(work: Work) -> Answer:
    """What SHOW TABLES answers: the tables of the files, of which the database knows only those that SQL names."""
    tables = work.tables()
    rows = tuple((table.name, table.file, table.sheet) for table in tables)
    columns = (("name", "VARCHAR"), ("file", "VARCHAR"), ("sheet", "VARCHAR"))
    return Answer(columns=columns, rows=rows, total=len(rows), elapsed=0, tables=tables)


def _plan(work: Work, asked: Asked, max_rows: int) -> Answer:
    with work.running(asked, asked.statement) as connection:
        answer = _fetched(work, connection, max_rows)
    rows = tuple(tuple(path_free(value, work.places.cache) for value in row) for row in answer.rows)
    return replace(answer, rows=rows, total=len(rows), tables=asked.tables(work.tables()))


def _answer(work: Work, asked: Asked, max_rows: int) -> tuple[Answer, bool]:
    """The first rows and how many there are; whether all of them are held in a table."""
    try:
        held = _materialised(work, asked)
    except OutOfRoom:
        return _passing(work, asked, max_rows), False
    with work.running(asked, f"FROM {_TABLE}") as connection:
        answer = _fetched(work, connection, max_rows)
    if held <= KEPT_ROWS:
        return replace(answer, total=held), True
    return replace(answer, total=_count(work, asked)), False


def _materialised(work: Work, asked: Asked) -> int:
    create = f"CREATE TEMP TABLE {_TABLE} AS FROM (\n{asked.statement}\n) LIMIT {KEPT_ROWS + 1}"
    with work.running(asked, create):
        pass
    with work.running(asked, f"SELECT count(*) FROM {_TABLE}") as connection:
        return _number(connection)


def _passing(work: Work, asked: Asked, max_rows: int) -> Answer:
    """Rows too large to be held: the first of them, and how many there are, which is asked apart."""
    with work.running(asked, asked.statement) as connection:
        answer = _fetched(work, connection, max_rows)
    return replace(answer, total=_count(work, asked))


def _count(work: Work, asked: Asked) -> int:
    with work.running(asked, f"SELECT count(*) FROM (\n{asked.statement}\n)") as connection:
        return _number(connection)


def _number(connection: duckdb.DuckDBPyConnection) -> int:
    row: Any = connection.fetchone()
    return int(row[0])


def _fetched(work: Work, connection: duckdb.DuckDBPyConnection, max_rows: int) -> Answer:
    """The first rows, their long texts cut, as many as the server takes in; at least one."""
    columns = tuple((str(column[0]), str(column[1])) for column in connection.description or [])
    width = max(1, len(columns))
    most = max(_LEAST_CHARACTERS, min(work.limits.cell_characters, _MOST_CHARACTERS // width))
    shortened = Shortened(most)
    rows: list[tuple[Value, ...]] = []
    left = _MOST_CHARACTERS
    at_once = max(1, _CELLS_AT_ONCE // width)
    while left > 0 and (batch := connection.fetchmany(min(at_once, max_rows - len(rows)))):
        for row in batch:
            cells = tuple(shortened(plain(value)) for value in row)
            left -= _characters(cells)
            if left < 0 and rows:
                break
            rows.append(cells)
        if len(rows) >= max_rows:
            break
    return Answer(columns=columns, rows=tuple(rows), total=len(rows), elapsed=0, cut_cells=shortened.count)


def _characters(cells: Sequence[Value]) -> int:
    return sum(len(cell) if isinstance(cell, str) else 8 for cell in cells)


def _kept(work: Work, asked: Asked, descriptor: int) -> tuple[bytes, str]:
    copy = f"COPY {_TABLE} TO {literal(path_of(descriptor))} (FORMAT csv, HEADER true, USE_TMP_FILE false)"
    with work.running(asked, copy):
        size = os.fstat(descriptor).st_size
    if size > work.limits.export_bytes:
        return b"", f"All rows have {size // 1024**2} MiB: write them with sheet_write."
    return os.pread(descriptor, size, 0), ""


def _too_many(total: int) -> str:
    many = f"More than {KEPT_ROWS:,} rows are" if total > KEPT_ROWS else "They are"
    return f"{many} too much to keep here: aggregate, or write them with sheet_write."


class Shortened:
    """Cuts long texts, and counts how many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.count = 0

    def __call__(self, value: Value) -> Value:
        """The value, or the beginning of a text that is longer than the limit."""
        if not isinstance(value, str) or len(value) <= self._most:
            return value
        self.count += 1
        return value[: self._most] + "…"


def check_size(size: int, most: int) -> None:
    """Whether a file of all rows may be given back.

    Raises:
        LimitExceeded: it is too large.
    """
    if size > most:
        raise LimitExceeded(
            f"The result has {size // 1024**2} MiB, more than the {most // 1024**2} MiB of a result file. "
            "Select fewer columns or rows, or take format=parquet, which is smaller."
        )
