"""xlsx, xls, xlsb and ods: sheets read by calamine, part by part, into Parquet files with the columns' true types."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import Any, TypeVar

import duckdb
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from deskhand.errors import InvalidInput
from deskhand.toolsets.sheets.cache import Entry
from deskhand.toolsets.sheets.columns import Typed, typed
from deskhand.toolsets.sheets.formats import path_of
from deskhand.toolsets.sheets.header import LOOKED_AT, header_of
from deskhand.toolsets.sheets.joining import can_join, joined
from deskhand.toolsets.sheets.sheet_data import Part, SheetData, SheetName
from deskhand.toolsets.sheets.streamed import StreamedSheet, Unfit
from deskhand.toolsets.sheets.totals import totals_warning

_PIECE_CELLS = 50_000
_PART_CELLS = 1_200_000
_PART_CELLS_OF_LARGE = 400_000
_LARGE_CELLS = 2_000_000
MOST_COLUMNS = 4_000
"""Columns that are read of a sheet: a Parquet file needs memory for each, however few rows there are."""
_WIDER = {("BIGINT", "DOUBLE"): "DOUBLE", ("DATE", "TIMESTAMP"): "TIMESTAMP"}
_Row = Sequence[object]
_Opened = TypeVar("_Opened")


class Workbook:
    """An open workbook.

    Raises:
        InvalidInput: it is damaged or protected.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self._name = name
        self._descriptor = descriptor
        with open(path_of(descriptor), "rb") as file:
            file.seek(0)
            self._book = self._try(lambda: CalamineWorkbook.from_filelike(file))
        sheets = [sheet for sheet in self._book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        self.sheets = tuple(SheetName(sheet.name, sheet.visible != SheetVisibleEnum.Visible) for sheet in sheets)

    def _try(self, work: Callable[[], _Opened]) -> _Opened:
        try:
            return work()
        except PasswordError:
            raise InvalidInput(f"{self._name} is protected with a password. Ask for a copy without one.") from None
        except (CalamineError, OSError, ValueError, EOFError) as error:
            raise InvalidInput(
                f"{self._name} is damaged or not quite a workbook ({type(error).__name__}). "
                "Open it in a spreadsheet program, save it again, or ask for another copy."
            ) from None

    def read(self, sheet: str, entry: Entry, base: str, progress: Callable[[int, int], None]) -> SheetData:
        """Read a sheet into Parquet files of `entry` whose names begin with `base`."""
        with suppress(Unfit):
            return _Reader(StreamedSheet(self._descriptor, sheet), entry, base, progress).data()
        opened = self._try(lambda: self._book.get_sheet_by_name(sheet))
        return _Reader(opened, entry, base, progress).data()


class _Reader:
    """One sheet on its way into Parquet."""

    def __init__(
        self, sheet: CalamineSheet | StreamedSheet, entry: Entry, base: str, progress: Callable[[int, int], None]
    ) -> None:
        self._sheet = sheet
        self._entry = entry
        self._base = base
        self._progress = progress
        self._database = duckdb.connect(config={"threads": 1, "memory_limit": "256MB", "temp_directory": ""})

    def data(self) -> SheetData:
        if self._sheet.start is None:
            return SheetData((), (), (), 0, "the sheet is empty", ())
        rows: Iterator[_Row] = iter(self._sheet.iter_rows())
        head: list[_Row] = list(islice(rows, LOOKED_AT))
        width = min(max(map(len, head)), MOST_COLUMNS)
        header = header_of(head, width)
        merged = self._merged()
        parts: list[Part] = []
        counts: list[int] = []
        last: list[_Row] = []
        mixed = [False] * width
        for columns, ending in self._grouped(chain(head[header.last :], rows), width):
            mixed = [was or column.mixed for was, column in zip(mixed, columns, strict=True)]
            counts.append(self._write(len(parts), columns))
            parts.append(Part(f"{self._base}-{len(parts)}.parquet", tuple(column.type for column in columns)))
            last = ending
            self._progress(sum(counts), self._sheet.height)
        types, widened = merged_types([part.types for part in parts], width)
        mixed = [was or wide for was, wide in zip(mixed, widened, strict=True)]
        warnings = [
            *header.warnings,
            *_cut(self._sheet.width),
            *_mixed_warning(header.names, mixed),
            *merged,
            *totals_warning(last),
        ]
        kept = [index for index in range(width) if types[index] or _is_named(header.names[index], index)]
        return SheetData(
            names=tuple(header.names[index] for index in kept),
            types=tuple(f"c{index} {types[index] or 'VARCHAR'}" for index in kept),
            parts=tuple(parts),
            rows=sum(counts),
            header=header.spoken(self._sheet.start[0]),
            warnings=tuple(warnings),
        )

    def _merged(self) -> list[str]:
        ranges = self._sheet.merged_cell_ranges or []
        if not ranges:
            return []
        return [f"Merged cell ranges: {len(ranges)}. Only the first cell of each holds its value."]

    def _grouped(self, rows: Iterator[_Row], width: int) -> Iterator[tuple[list[Typed], list[_Row]]]:
        """The columns of each part, and the last rows that went into it."""
        is_large = self._sheet.height * width > _LARGE_CELLS
        most = max(1, (_PART_CELLS_OF_LARGE if is_large else _PART_CELLS) // width)
        pieces = [list[Typed]() for _ in range(width)]
        count, last = 0, list[_Row]()
        for piece, ending in _pieces(rows, width):
            fits = not count or all(can_join(made[-1], new) for made, new in zip(pieces, piece, strict=True))
            if count >= most or not fits:
                yield [joined(made) for made in pieces], last
                pieces, count = [list[Typed]() for _ in range(width)], 0
            for made, new in zip(pieces, piece, strict=True):
                made.append(new)
            count, last = count + len(piece[0].values), ending
        if count:
            yield [joined(made) for made in pieces], last

    def _write(self, number: int, columns: Sequence[Typed]) -> int:
        """Write a part, without the rows that are blank; says how many rows it has."""
        self._database.register("part", {f"c{index}": column.values for index, column in enumerate(columns)})
        shown = ", ".join(f"{column.expression.format(f'c{i}')} AS c{i}" for i, column in enumerate(columns))
        filled = " OR ".join(f"c{index} IS NOT NULL" for index in range(len(columns)))
        with self._entry.placed(f"{self._base}-{number}.parquet") as path:
            target = str(path).replace("'", "''")
            copied = self._copied(
                f"COPY (SELECT * FROM (SELECT {shown} FROM part) WHERE {filled}) TO '{target}' "
                "(FORMAT parquet, COMPRESSION snappy)"
            )
        self._database.unregister("part")
        return copied

    def _copied(self, sql: str) -> int:
        try:
            row: Any = self._database.execute(sql).fetchone()
        except duckdb.OutOfMemoryException:
            raise MemoryError from None
        return int(row[0])


def _pieces(rows: Iterator[_Row], width: int) -> Iterator[tuple[list[Typed], list[_Row]]]:
    """A few rows at a time as typed columns, and the last of them as they are."""
    while piece := list(islice(rows, max(1, _PIECE_CELLS // width))):
        yield [typed(column) for column in islice(zip(*piece, strict=True), width)], piece[-3:]


def _is_named(name: str, index: int) -> bool:
    return name != f"column_{index + 1}"


def _cut(width: int) -> list[str]:
    if width <= MOST_COLUMNS:
        return []
    return [f"Only the first {MOST_COLUMNS:,} of {width:,} columns were read."]


def merged_types(parts: Sequence[Sequence[str]], width: int) -> tuple[list[str], list[bool]]:
    """One type for each column over all parts, and whether it became text because the parts differ."""
    types = [""] * width
    widened = [False] * width
    for part in parts:
        for index, new in enumerate(part):
            old = types[index]
            if not new or old in (new, "VARCHAR"):
                widened[index] |= bool(new) and old != new
                continue
            pair = (old, new) if old < new else (new, old)
            types[index] = new if not old else _WIDER.get(pair, "VARCHAR")
            widened[index] |= types[index] == "VARCHAR" and bool(old)
    return types, widened


def _mixed_warning(names: Sequence[str], mixed: Sequence[bool]) -> list[str]:
    found = [name for name, is_mixed in zip(names, mixed, strict=True) if is_mixed]
    if not found:
        return []
    shown = ", ".join(found[:6]) + (f" and {len(found) - 6} more" if len(found) > 6 else "")
    return [f"Columns with values of several kinds were read as text (use TRY_CAST): {shown}."]
