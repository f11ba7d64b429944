"""Run as a script in a process of its own: the text of the document on standard input, as one JSON object.

It is started with limits on memory and processor time, an empty environment and no way to write files, because a
document is hostile input for a large parser. It imports nothing of Deskhand, so that it starts fast.

Arguments: kind (`pdf`, `document` or `spreadsheet`), first unit (negative: from the end), last unit (0: all), most rows
of each sheet (0: all), most characters, bytes of memory, seconds of processor time. Output: {"unit", "total", "first",
"parts"}, {"error"}, or nothing when a limit was reached.
"""

import datetime
import errno
import json
import logging
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

_UNPACKED_BYTES = 200 * 1024 * 1024
_MEMBERS = 5_000
_PAGES = 20_000
_MANIFEST = "META-INF/manifest.xml"


class Refused(Exception):
    """The document is not read; the text says why."""


def limit(memory: int, seconds: int) -> None:
    """Put this process under limits; what a platform does not offer is left to the parent's time-out."""
    import resource

    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (value, value))


@dataclass(frozen=True)
class Units:
    """What a document is made of: what its units are called, how many there are, and their texts from one on."""

    unit: str
    total: int
    since: Callable[[int], Iterator[str]]


def pages(file: BinaryIO, rows: int) -> Units:
    """The pages of a PDF."""
    from pypdf import PdfReader

    reader = PdfReader(file)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Refused("it is protected with a password")
    total = len(reader.pages)
    if total > _PAGES:
        raise Refused(f"it has more than {_PAGES:,} pages")
    return Units("pages", total, lambda first: (reader.pages[at].extract_text() for at in range(first - 1, total)))


def paragraphs(file: BinaryIO, rows: int) -> Units:
    """The paragraphs and table rows of a DOCX."""
    _refuse_bomb(file)
    from docx import Document

    lines = list(_lines(Document(file).iter_inner_content()))
    return Units("paragraphs", len(lines), lambda first: iter(lines[first - 1 :]))


def sheet_lines(file: BinaryIO, rows: int) -> Units:
    """The sheets of a workbook (XLSX, XLSM, XLSB, XLS, ODS): a line that names each, and its rows, no more than `rows`.

    Rows count from the first of the sheet, cells are parted by tabs. Formulas show the value they had when saved.
    """
    if zipfile.is_zipfile(file):
        _refuse_bomb(file)
    file.seek(0)
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(file)
    except CalamineError as error:
        if isinstance(error, PasswordError) or _is_encrypted(file):
            raise Refused("it is protected with a password") from None
        raise
    sheets = [
        _Sheet(sheet.name, _height(sheet.end), sheet.width, about.visible != SheetVisibleEnum.Visible, sheet.iter_rows)
        for at, about in enumerate(book.sheets_metadata)
        if about.typ == SheetTypeEnum.WorkSheet and (sheet := book.get_sheet_by_index(at))
    ]
    total = sum(1 + sheet.height for sheet in sheets)
    return Units("lines", total, lambda first: islice(_sheet_lines(sheets, rows), first - 1, None))


def _height(end: tuple[int, int] | None) -> int:
    """Rows down to the last cell, those without cells above it included: as many as `iter_rows` gives."""
    return end[0] + 1 if end else 0


def _is_encrypted(file: BinaryIO) -> bool:
    """Whether it is a workbook encrypted as a whole, which the library takes for no workbook at all.

    An XLSX lies in a stream of this name then ([MS-OFFCRYPTO] 2.3.4), an ODS says so in its manifest (OpenDocument 1.3,
    part 2, 4.8.2).
    """
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            return _MANIFEST in archive.namelist() and b"encryption-data" in archive.read(_MANIFEST)
    file.seek(0)
    return "EncryptedPackage".encode("utf-16-le") in file.read()


@dataclass(frozen=True)
class _Sheet:
    name: str
    height: int
    width: int
    hidden: bool
    rows: Callable[[], Iterator[Sequence[object]]]


def _sheet_lines(sheets: Iterable[_Sheet], most: int) -> Iterator[str]:
    for sheet in sheets:
        cut = f"; the first {most:,} rows" if most and sheet.height > most else ""
        hidden = ", hidden" if sheet.hidden else ""
        yield f"## {_cell(sheet.name)} ({sheet.height:,} rows x {sheet.width:,} columns{hidden}{cut})"
        for row in islice(sheet.rows(), most or None):
            yield "\t".join(_cell(value) for value in row).rstrip("\t")


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    return " ".join(value.split()) if isinstance(value, str) else str(value)


def _refuse_bomb(file: BinaryIO) -> None:
    """Refuse an archive that says it is much larger unpacked; one that lies meets the limits of this process."""
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) > _MEMBERS or sum(member.file_size for member in members) > _UNPACKED_BYTES:
            raise Refused(f"unpacked it would be larger than {_UNPACKED_BYTES // 1024**2} MiB")
    file.seek(0)


def _lines(blocks: Iterable[object]) -> Iterator[str]:
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    for block in blocks:
        if isinstance(block, Table):
            for row in block.rows:
                yield " | ".join(cell.text for cell in row.cells)
        elif isinstance(block, Paragraph):
            yield _heading_mark(block.style.name if block.style else None) + block.text


def _heading_mark(style: str | None) -> str:
    level = (style or "").removeprefix("Heading ")
    return f"{'#' * int(level)} " if style != level and level.isdigit() else ""


_KINDS = {"pdf": pages, "document": paragraphs, "spreadsheet": sheet_lines}


def extract(kind: str, file: BinaryIO, span: tuple[int, int], rows: int, characters: int) -> dict[str, object]:
    """The texts of the first to the last unit of `span`, ending early once there are more than `characters`."""
    first, last = span
    units = _KINDS[kind](file, rows)
    start = max(units.total + first + 1, 1) if first < 0 else first
    parts: list[str] = []
    for text in islice(units.since(start), max(min(last or units.total, units.total) - start + 1, 0)):
        parts.append(text[: characters + 1])
        characters -= len(parts[-1])
        if characters <= 0:
            break
    return {"unit": units.unit, "total": units.total, "first": start, "parts": parts}


def main(arguments: list[str]) -> None:
    """Read the document on standard input and write the answer."""
    kind, first, last, rows, characters, memory, seconds = arguments[0], *map(int, arguments[1:])
    limit(memory, seconds)
    logging.disable(logging.CRITICAL)
    try:
        answer = extract(kind, sys.stdin.buffer, (first, last), rows, characters)
    except (MemoryError, ImportError):  # a library that finds no memory to be loaded into
        return
    except Refused as error:
        answer = {"error": str(error)}
    except BaseException as error:  # whatever a parser raises on a broken document, a panic of Rust's too
        if getattr(error, "errno", None) == errno.ENOMEM:
            return
        answer = {"error": f"it is damaged or not of that type ({type(error).__name__})"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
