"""The job that makes a file of a table: of what SQL selects, or of rows that were sent along."""

import os
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, cast

from deskhand.errors import InvalidInput, LimitExceeded
from deskhand.toolsets.sheets.answers import Reply
from deskhand.toolsets.sheets.formats import path_of
from deskhand.toolsets.sheets.values import plain
from deskhand.toolsets.sheets.work import Work
from deskhand.toolsets.sheets.writing_book import Layout, write_book
from deskhand.toolsets.sheets.writing_csv import csv_into
from deskhand.toolsets.sheets.writing_parquet import PARQUET, first_rows, write_parquet
from deskhand.toolsets.sheets.writing_rows import HEAD, Rows

_AT_ONCE = 5_000
_ISO = 10


def write(work: Work, arguments: Mapping[str, object]) -> Reply:
    """An xlsx, csv or parquet file: into the last of the files when `into` is set, else as the blob.

    `data` has `rows` (how many), `columns`, `warnings` and the `head`.

    Raises:
        InvalidInput: the SQL, the rows, the name of the sheet or a column's format is wrong.
        LimitExceeded: more rows or columns than the format has, or a blob larger than `Limits.export_bytes`.
    """
    if arguments.get("into"):
        target, work.files = work.files[-1], work.files[:-1]
        return Reply(work.patiently(lambda: _written(work, arguments, target.descriptor)))
    with tempfile.TemporaryFile(dir=work.folder()) as file:
        told = work.patiently(lambda: _written(work, arguments, file.fileno()))
        size = os.fstat(file.fileno()).st_size
        if size > work.limits.export_bytes:
            raise LimitExceeded(f"All rows have {size // 1024**2} MiB: write them with sheet_write.")
        return Reply(told, os.pread(file.fileno(), size, 0))


def _written(work: Work, arguments: Mapping[str, object], descriptor: int) -> dict[str, object]:
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    if arguments["format"] == "parquet" and not arguments.get("rows"):
        return _copied(work, str(arguments["sql"]), descriptor)
    with _rows(work, arguments) as rows, os.fdopen(os.dup(descriptor), "wb") as file:
        match arguments["format"]:
            case "xlsx":
                write_book(file, rows, _layout(arguments), work.folder())
            case "csv":
                rows.warnings += _apostrophes(csv_into(file, rows.columns, rows))
            case _:
                write_parquet(path_of(descriptor), rows)
        head = [[plain(value) for value in row] for row in rows.head]
        return {"rows": rows.count, "columns": rows.columns, "head": head, "warnings": rows.warnings}


def _copied(work: Work, sql: str, descriptor: int) -> dict[str, object]:
    """Parquet of what SQL selects: the database writes it, and no row passes through Python."""
    count, asked = work.copied(sql, PARQUET, descriptor)
    columns, head = first_rows(path_of(descriptor), HEAD)
    return {
        "rows": count,
        "columns": columns,
        "head": [[plain(value) for value in row] for row in head],
        "warnings": list(dict.fromkeys(warning for table in asked.ready for warning in table.warnings)),
    }


def _layout(arguments: Mapping[str, object]) -> Layout:
    return Layout(
        str(arguments.get("sheet") or "Sheet1"),
        dict(cast("Mapping[str, str]", arguments.get("formats") or {})),
        dict(cast("Mapping[str, float]", arguments.get("widths") or {})),
    )


def _apostrophes(count: int) -> list[str]:
    if not count:
        return []
    return [
        f"{count:,} texts that a spreadsheet could run as formulas got an apostrophe before them. "
        "xlsx and parquet keep them as they are."
    ]


@contextmanager
def _rows(work: Work, arguments: Mapping[str, object]) -> Generator[Rows]:
    given = arguments.get("rows")
    if given:
        yield rows_given(cast("Sequence[Sequence[object]]", given))
        return
    with work.asked(str(arguments["sql"])) as (connection, asked):
        described: Sequence[Any] = connection.description or []
        rows = Rows([str(item[0]) for item in described], [str(item[1]) for item in described])
        rows.warnings += [warning for ready in asked.ready for warning in ready.warnings]

        def batches() -> Generator[Sequence[Any]]:
            while batch := connection.fetchmany(_AT_ONCE):
                yield from batch
                work.progress(rows.count, 0)

        rows.source = batches()
        yield rows


def rows_given(given: Sequence[Sequence[object]]) -> Rows:
    """Rows as they were sent, the first with the names; columns of ISO dates become dates.

    Raises:
        InvalidInput: a row is longer than the names, or there are none.
    """
    names, body = [str(name) for name in given[0]], given[1:]
    if not names:
        raise InvalidInput("The first row holds the names of the columns, and it is empty.")
    longest = max((len(row) for row in body), default=0)
    if longest > len(names):
        raise InvalidInput(f"A row has {longest} cells but there are {len(names)} column names in the first row.")
    filled = [[*row, *[None] * (len(names) - len(row))] for row in body]
    columns = [_column([row[index] for row in filled]) for index in range(len(names))]
    rows = Rows(names, [kind for kind, _ in columns])
    rows.source = iter(list(zip(*(values for _, values in columns), strict=True)))
    return rows


def _column(values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """A column's SQL type and its values in it."""
    kinds: set[object] = {type(value) for value in values if value is not None and value != ""}
    if kinds <= {bool} and kinds:
        return "BOOLEAN", [None if value == "" else value for value in values]
    if kinds <= {int, float} and kinds:
        whole = kinds == {int} and all(abs(value) < 2**63 for value in values if value not in (None, ""))
        return "BIGINT" if whole else "DOUBLE", [None if value == "" else value for value in values]
    if kinds == {str}:
        for kind, read in (("DATE", _day), ("TIMESTAMP", datetime.fromisoformat)):
            try:
                return kind, [read(value) if value else None for value in values]
            except ValueError:
                continue
    return "VARCHAR", [value if value is None or isinstance(value, str) else _text(value) for value in values]


def _day(text: str) -> date:
    if len(text) != _ISO:
        raise ValueError
    return date.fromisoformat(text)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(plain(value))
