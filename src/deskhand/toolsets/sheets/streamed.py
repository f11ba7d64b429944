"""A very large sheet of an xlsx, row after row: calamine holds a whole sheet in memory, which a million rows exceed.

Only sheets that are written as Excel, LibreOffice and most libraries write them are read here; `Unfit` says that this
one is not, and calamine reads it. Rules: ECMA-376 part 1, 18.3 (sheets), 18.8.30 (number formats), 18.17.4 (dates).
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from html import unescape
from typing import Any

from deskhand.toolsets.sheets.formats import path_of
from deskhand.toolsets.sheets.oddities import elements, sheet_member

LARGE_BYTES = 192 * 1024**2
"""Sheets whose XML is larger are read so."""
_CHUNK = 4 * 1024**2
_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})\d+"(?: s="(\d+)")?(?: t="(\w+)")?\s*'
    rb"(?:/>|>(?:<f[^>]*?(?:/>|>[^<]*</f>))?(?:<v>([^<]*)</v>|<v/>|<is>(.*?)</is>)?</c>)",
    re.DOTALL,
)
_DIMENSION = re.compile(rb'<dimension ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_TEXT = re.compile(rb"<si>(.*?)</si>|<si/>", re.DOTALL)
_RUN = re.compile(rb"<t(?: [^>]*)?>([^<]*)</t>")
_BUILT_IN = {*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)}
_DURATION = 46
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\[(?!h|m|s)[^\]]*\]', re.IGNORECASE)
_MOMENT = re.compile(r"[dmyhs]", re.IGNORECASE)


class Unfit(Exception):
    """The sheet is not written in the usual way."""


class StreamedSheet:
    """A sheet as `workbook` reads one: from `start`, `width` columns, about `height` rows.

    Raises:
        Unfit: it is not large, or not written in the usual way.
    """

    merged_cell_ranges: None = None
    """Not known: they stand behind the rows."""

    def __init__(self, descriptor: int, sheet: str) -> None:
        self._file = open(path_of(descriptor), "rb")  # noqa: SIM115 - closed when the rows end
        try:
            self._archive = zipfile.ZipFile(self._file)
            self._member = sheet_member(self._archive, sheet)
            if self._archive.getinfo(self._member).file_size < LARGE_BYTES:
                raise Unfit
            self._first, self.start, self.width, self.height = self._size()
            self._texts = self._shared()
            self._kinds = self._styles()
        except (OSError, ValueError, KeyError, StopIteration, RuntimeError, zipfile.BadZipFile):
            self._file.close()
            raise Unfit from None
        except Unfit:
            self._file.close()
            raise

    def _size(self) -> tuple[int, tuple[int, int], int, int]:
        with self._archive.open(self._member) as xml:
            found = _DIMENSION.search(xml.read(4096))
        if not found:
            raise Unfit
        left, right = _index(found[1]), _index(found[3])
        top, bottom = int(found[2]), int(found[4])
        return left, (top - 1, left), right - left + 1, bottom - top + 1

    def _shared(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self._archive.namelist():
            return []
        return [_runs(found) for found in _TEXT.findall(self._archive.read("xl/sharedStrings.xml"))]

    def _styles(self) -> dict[bytes, str]:
        """Which styles show dates and which durations, by their number in a cell."""
        codes = {
            int(found["numFmtId"]): found.get("formatCode", "")
            for found in elements(self._archive, "xl/styles.xml", "numFmt")
        }
        inside = self._archive.read("xl/styles.xml").partition(b"<cellXfs")[2].partition(b"</cellXfs>")[0]
        numbers = re.findall(rb"<xf(?:\s[^>]*?)?numFmtId=\"(\d+)\"|<xf\b", inside)
        kinds = {str(at).encode(): _kind(int(number or 0), codes) for at, number in enumerate(numbers)}
        properties = elements(self._archive, "xl/workbook.xml", "workbookPr")
        self._is_1904 = any(found.get("date1904") in ("1", "true") for found in properties)
        return {style: kind for style, kind in kinds.items() if kind}

    def iter_rows(self) -> Iterator[list[Any]]:
        """Every row that is written, as calamine gives it: numbers are float, empty cells are "".

        Raises:
            Unfit: a cell is not written in the usual way.
        """
        with self._file, self._archive.open(self._member) as xml:
            kept = b""
            while chunk := xml.read(_CHUNK):
                *rows, kept = (kept + chunk).split(b"</row>")
                for row in rows:
                    yield self._row(row)

    def _row(self, xml: bytes) -> list[Any]:
        cells = _CELL.findall(xml)
        if len(cells) != xml.count(b"<c "):
            raise Unfit
        row: list[Any] = [""] * self.width
        for column, style, kind, value, inline in cells:
            at = _COLUMNS.get(column)
            if at is None:
                at = _COLUMNS[column] = _index(column)
            if not (value or inline):
                continue
            if not 0 <= at - self._first < self.width:
                raise Unfit  # the sheet is wider than it says
            row[at - self._first] = self._value(style, kind, value, inline)
        return row

    def _value(self, style: bytes, kind: bytes, value: bytes, inline: bytes) -> Any:
        if kind == b"s":
            return self._texts[int(value)]
        if not kind or kind == b"n":
            shown = self._kinds.get(style)
            return self._moment(float(value), shown) if shown else float(value)
        if kind == b"b":
            return value == b"1"
        if kind == b"inlineStr":
            return _runs(inline)
        return "" if kind == b"e" else unescape(value.decode())

    def _moment(self, serial: float, kind: str) -> Any:
        if kind == "duration":
            return timedelta(milliseconds=round(serial * 86_400_000))
        if 0 <= serial < 1:
            return (datetime.min + timedelta(milliseconds=round(serial * 86_400_000))).time()
        early = timedelta(days=1) if serial < 60 and not self._is_1904 else timedelta()
        epoch = datetime(1904, 1, 1) if self._is_1904 else datetime(1899, 12, 30)
        moment = epoch + early + timedelta(milliseconds=round(serial * 86_400_000))
        return date(moment.year, moment.month, moment.day) if moment.time() == time.min else moment


_COLUMNS: dict[bytes, int] = {}


def _index(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _runs(xml: bytes) -> str:
    return unescape("".join(run.decode() for run in _RUN.findall(xml)))


def _kind(number: int, codes: dict[int, str]) -> str:
    code = codes.get(number, "")
    plain = _LITERAL.sub("", code.split(";")[0])
    if number == _DURATION or re.search(r"\[(h|m|s)+\]", plain, re.IGNORECASE):
        return "duration"
    is_moment = _MOMENT.search(plain) and plain.casefold() != "general" if code else number in _BUILT_IN
    return "moment" if is_moment else ""
