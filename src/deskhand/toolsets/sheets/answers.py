"""What the engine of spreadsheets answers with: plain values that JSON can carry, made in the worker process.

Values of cells are `Value`: None, bool, int, float (finite), or text. Dates, times and date-times are ISO 8601 text;
decimals and integers beyond 2**53 are text with every digit; NaN and infinities are the texts `NaN`, `Infinity` and
`-Infinity`; blobs are hexadecimal text; lists, structs and maps are JSON text. The column's type says which it was.
"""

from dataclasses import dataclass, field

Value = None | bool | int | float | str
"""One cell of an answer."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `distinct` is approximate unless `distinct_exact`; the texts are as a person reads them."""

    name: str
    type: str
    nulls: int = 0
    distinct: int = 0
    distinct_exact: bool = True
    minimum: str = ""
    maximum: str = ""
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table that SQL can name: one sheet of a workbook, or a whole text file.

    `name` is how to write it in SQL, quoted where that is needed. `sheet` is empty for files that have no sheets.
    `rows` counts the rows below the header; None where they were not counted. `header` says where the names of the
    columns were found.
    """

    name: str
    file: str
    sheet: str = ""
    hidden: bool = False
    rows: int | None = None
    width: int = 0
    header: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is in a file: its tables, and the columns and first rows of the one that was looked at."""

    file: str
    format: str
    """xlsx, xls, xlsb, ods, csv, tsv, parquet or jsonl: by the content, whatever the name says."""
    tables: tuple[Table, ...]
    shown: Table
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query. `rows` holds the first of `total`; `cut_cells` counts the texts that were shortened."""

    columns: tuple[tuple[str, str], ...]
    """Names and SQL types, in order."""
    rows: tuple[tuple[Value, ...], ...]
    total: int
    elapsed: float
    """Seconds in the worker."""
    cut_cells: int = 0
    tables: tuple[Table, ...] = ()
    """What the query could name."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a job of the worker answers: values that JSON can carry, and bytes beside them (a file, a picture)."""

    data: dict[str, object] = field(default_factory=dict[str, object])
    blob: bytes = b""
