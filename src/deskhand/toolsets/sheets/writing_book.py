"""xlsx workbooks of rows: real numbers and dates, texts that are never formulas, a header that stays in view."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# xlsxwriter has its types in the source, without stubs, and leaves some open.

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from deskhand.errors import InvalidInput, LimitExceeded
from deskhand.toolsets.sheets.values import plain
from deskhand.toolsets.sheets.writing_rows import Rows

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""Of a sheet, the header included (ECMA-376 and every program that reads it)."""
_MOST_CHARACTERS = 32_767
_EXACT = 10**15
"""Excel keeps 15 digits: a longer integer is an identifier, and is written as text."""
_FIRST_YEAR = 1900
_MEASURED = 500
_NARROWEST, _WIDEST = 8, 60
_BAD_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_FORMATS = {"DATE": "yyyy-mm-dd", "TIMESTAMP": "yyyy-mm-dd hh:mm:ss", "TIME": "hh:mm:ss", "INTERVAL": "[h]:mm:ss"}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How the sheet looks: its name, number formats and widths (in characters) by column."""

    sheet: str = "Sheet1"
    formats: Mapping[str, str] = field(default_factory=dict[str, str])
    widths: Mapping[str, float] = field(default_factory=dict[str, float])


def write_book(file: BinaryIO, rows: Rows, layout: Layout, folder: Path) -> None:
    """Write the workbook; `folder` holds its rows meanwhile, so that a large one needs little memory.

    Raises:
        InvalidInput: the sheet's name, or a column of the layout, is not possible.
        LimitExceeded: more rows or columns than a sheet has.
    """
    _check(rows, layout)
    with xlsxwriter.Workbook(file, {**_OPTIONS, "tmpdir": str(folder)}) as book:
        sheet = book.add_worksheet(layout.sheet)
        _Sheet(book, sheet, rows, layout).write()


def _check(rows: Rows, layout: Layout) -> None:
    name = layout.sheet
    if not 0 < len(name) <= 31 or _BAD_NAME.search(name) or name.strip("'") != name or name.casefold() == "history":
        raise InvalidInput(
            f"A sheet cannot be called {name!r}: 1 to 31 characters, none of []:*?/\\, no apostrophe at the ends."
        )
    if len(rows.columns) > MOST_COLUMNS:
        raise LimitExceeded(f"{len(rows.columns):,} columns are more than the {MOST_COLUMNS:,} of a sheet.")
    unknown = [column for column in (*layout.formats, *layout.widths) if column not in rows.columns]
    if unknown:
        raise InvalidInput(f"There is no column {unknown[0]}. Columns: {', '.join(rows.columns[:25])}.")


class _Sheet:
    """One sheet while it is written."""

    def __init__(self, book: Workbook, sheet: Worksheet, rows: Rows, layout: Layout) -> None:
        self._sheet = sheet
        self._rows = rows
        self._layout = layout
        self._long = 0
        self._digits = 0
        shapes = [layout.formats.get(name) or _shape(kind) for name, kind in zip(rows.columns, rows.types, strict=True)]
        known = {shape: book.add_format({"num_format": shape}) for shape in dict.fromkeys(shapes) if shape}
        self._formats: list[Format | None] = [known.get(shape) for shape in shapes]
        self._bold = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF2F7", "valign": "top"})

    def write(self) -> None:
        """Header, widths and rows."""
        passing = iter(self._rows)
        first = list(islice(passing, _MEASURED))
        for column, name in enumerate(self._rows.columns):
            width = self._layout.widths.get(name) or _width(name, [row[column] for row in first])
            self._sheet.set_column(column, column, width)
            self._sheet.write_string(0, column, _xml(name), self._bold)
        self._sheet.freeze_panes(1, 0)
        for number, row in enumerate(chain(first, passing), 1):
            if number >= MOST_ROWS:
                raise LimitExceeded(
                    f"There are more than the {MOST_ROWS - 1:,} rows that a sheet has below its header. "
                    "Write csv or parquet, or aggregate in the SQL."
                )
            for column, value in enumerate(row):
                if value is not None:
                    self._cell(number, column, value)
        self._sheet.autofilter(0, 0, max(self._rows.count, 1), max(len(self._rows.columns) - 1, 0))
        self._warn()

    def _cell(self, row: int, column: int, value: Any) -> None:
        shape = self._formats[column]
        if isinstance(value, bool):
            self._sheet.write_boolean(row, column, value, shape)
        elif _fits(value):
            self._sheet.write_number(row, column, float(value), shape)
        elif _is_dated(value):
            self._sheet.write_datetime(row, column, value, shape)
        else:
            self._digits += isinstance(value, int | Decimal)
            self._text(row, column, str(plain(value)))

    def _text(self, row: int, column: int, text: str) -> None:
        """A string cell, whatever it begins with: a formula is only what is written as one."""
        if len(text) > _MOST_CHARACTERS:
            self._long += 1
            text = text[: _MOST_CHARACTERS - 1] + "…"
        self._sheet.write_string(row, column, _xml(text))

    def _warn(self) -> None:
        if self._long:
            self._rows.warnings.append(f"{self._long:,} texts were cut: a cell holds {_MOST_CHARACTERS:,} characters.")
        if self._digits:
            self._rows.warnings.append(f"{self._digits:,} numbers of more than 15 digits were written as text.")


def _shape(kind: str) -> str:
    """The number format of a SQL type; empty for Excel's own."""
    if kind.startswith("TIMESTAMP"):
        return _FORMATS["TIMESTAMP"]
    scale = re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", kind)
    if scale and 0 < int(scale[1]) <= 8:
        return f"0.{'0' * int(scale[1])}"
    return _FORMATS.get(kind, "")


def _fits(value: Any) -> bool:
    """Whether Excel keeps the number as it is; NaN and infinities it does not have."""
    if isinstance(value, int):
        return abs(value) < _EXACT
    if isinstance(value, Decimal):
        return value.is_finite() and len(value.normalize().as_tuple().digits) <= 15
    return isinstance(value, float) and value == value and abs(value) != float("inf")


def _is_dated(value: Any) -> bool:
    """Whether Excel's calendar, which begins in 1900, has it."""
    if isinstance(value, date):
        return value.year >= _FIRST_YEAR
    return isinstance(value, time) or (isinstance(value, timedelta) and value.days >= 0)


def _width(name: str, values: Sequence[Any]) -> float:
    longest = max((_length(value) for value in values if value is not None), default=0)
    return min(max(longest + 2, len(name) + 4, _NARROWEST), _WIDEST)


def _length(value: Any) -> int:
    if isinstance(value, datetime):
        return 19
    text = str(plain(value))
    return max(map(len, text[:1_000].splitlines()), default=0)


def _xml(text: str) -> str:
    """The text without what XML cannot say: lone halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode("utf-8")
