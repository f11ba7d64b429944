"""CSV and its kin: encoding, delimiter and header by a look at the first bytes; DuckDB reads the rest where it lies."""

import codecs
import csv
import io
import os
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import duckdb

from deskhand.errors import InvalidInput
from deskhand.toolsets.sheets.database import literal, quoted, shown
from deskhand.toolsets.sheets.formats import path_of
from deskhand.toolsets.sheets.header import LOOKED_AT, header_of
from deskhand.toolsets.sheets.ragged import ragged

_HEAD = 256 * 1024
_DELIMITERS = ",;\t|"
_MOST_LINE = 16 * 1024**2
_LINES = 200
_MOST_COLUMNS = 20_000
_ORDER = re.compile(r"%d\W%m\W|%m\W%d\W")
_QUOTED = "quote = '\"', escape = '\"', "
_RAGGED = (
    f"null_padding = true, strict_mode = false, parallel = false, ignore_errors = true, max_line_size = {_MOST_LINE}"
)
_OPTIONS = (
    f"{_QUOTED}sample_size = 20480",
    f"{_QUOTED}sample_size = -1",
    f"{_QUOTED}{_RAGGED}",
    f"quote = '', escape = '', {_RAGGED}",
)
RAGGED = 2
"""From this way to read on rows may have any length, and types are found without DuckDB's sniffer."""
LAST = len(_OPTIONS) - 1
"""The last way: quotes are letters like others."""


@dataclass(frozen=True, slots=True)
class Selected:
    """How a text file is selected, the names of its columns, and what must be known of it."""

    select: str
    names: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file is written. `skipped` lines lie above the data.

    `is_ragged`: rows differ in length; most have `usual` cells.
    """

    encoding: str
    delimiter: str
    skipped: int
    names: tuple[str, ...]
    header: str
    is_ragged: bool
    usual: int
    warnings: tuple[str, ...] = ()


def dialect_of(descriptor: int) -> Dialect:
    """The dialect of a text file, by its first 256 KiB."""
    head = os.pread(descriptor, _HEAD, 0)
    encoding = encoding_of(head)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    if len(head) == _HEAD and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    delimiter, lines = _delimiter(text)
    rows = [row for row, _ in lines]
    width = _width(rows)
    header = header_of(rows[:LOOKED_AT], width)
    skipped = lines[header.last - 1][1] if header.last else 0
    lengths = [len(row) for row in rows[header.last :] if row] or [width]
    usual, is_ragged = int(statistics.median_low(lengths)), set(lengths) != {width}
    return Dialect(encoding, delimiter, skipped, header.names, header.spoken(), is_ragged, usual, header.warnings)


def _width(rows: list[list[str]]) -> int:
    width = max(map(len, rows), default=1)
    if width > _MOST_COLUMNS:
        raise InvalidInput(f"The file has more than {_MOST_COLUMNS:,} columns. Split it, or choose another file.")
    return max(width, 1)


def encoding_of(head: bytes) -> str:
    """The encoding by the first bytes: a mark at the start, valid UTF-8, else what Windows calls Western (cp1252)."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    odd, even = head[1::2].count(0), head[::2].count(0)
    if odd > len(head) // 5 and even < len(head) // 20:
        return "utf-16-le"
    if even > len(head) // 5 and odd < len(head) // 20:
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _delimiter(text: str) -> tuple[str, list[tuple[list[str], int]]]:
    """The delimiter under which most lines have the same number of columns, more than one, and those lines."""
    best: tuple[float, str, list[tuple[list[str], int]]] = (-1, ",", [])
    for delimiter in _DELIMITERS:
        lines = _lines(text, delimiter)
        counts = Counter(len(row) for row, _ in lines if row)
        width, times = max(counts.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]), default=(1, 0))
        score = (times / max(1, sum(counts.values()))) * min(width - 1, 3) + width / _MOST_COLUMNS
        if score > best[0]:
            best = (score, delimiter, lines)
    return best[1], best[2]


def _lines(text: str, delimiter: str) -> list[tuple[list[str], int]]:
    csv.field_size_limit(_MOST_LINE)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[tuple[list[str], int]] = []
    try:
        for row in reader:
            found.append((row, reader.line_num))
            if len(found) == _LINES:
                break
    except csv.Error:
        return found
    return found


def select_of(dialect: Dialect, path: str, attempt: int) -> Selected:
    """The SELECT over a file in UTF-8, its columns' types found once, so that a question does not look for them again.

    Raises:
        duckdb.Error: it cannot be read in that way; the next `attempt` is more patient.
    """
    written = f"delim = {literal(dialect.delimiter)}, header = false, skip = {dialect.skipped}, {_OPTIONS[attempt]}"
    if attempt >= RAGGED:
        found = ragged(path, written, dialect.names, dialect.usual)
        return Selected(found.select, found.names, (found.warning,) if found.warning else ())
    return _sniffed(dialect.names, path, written)


def _sniffed(names: tuple[str, ...], path: str, written: str) -> Selected:
    options = f"names = [{', '.join(map(literal, names))}], {written}"
    with duckdb.connect(config={"threads": 2, "memory_limit": "256MB", "temp_directory": ""}) as database:
        found = database.execute(f"DESCRIBE SELECT * FROM read_csv({literal(path)}, {options})").fetchall()
        row = (
            database.execute(
                f"SELECT DateFormat, TimestampFormat FROM sniff_csv({literal(path)}, {options})"
            ).fetchone()
            if any(kind in ("DATE", "TIMESTAMP") for _, kind, *_ in found)
            else None
        )
        columns = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind, *_ in found)
        formats = f"{_format('dateformat', row[0])}{_format('timestampformat', row[1])}" if row else ""
        fixed = written.replace("sample_size = -1", "sample_size = 1") + ", auto_detect = false"
        select = f"SELECT * FROM read_csv({literal(path)}, {fixed}, columns = {{{columns}}}{formats})"
        warnings = _ambiguous(database, select, found, row) if row else ()
    return Selected(select, names, warnings)


def _ambiguous(
    database: duckdb.DuckDBPyConnection, select: str, found: Sequence[Sequence[Any]], formats: Sequence[Any]
) -> tuple[str, ...]:
    """A warning for columns in which every day could as well be a month: which of the two is meant was guessed."""
    made = {"DATE": str(formats[0] or ""), "TIMESTAMP": str(formats[1] or "")}
    guessed = {str(name): made[kind] for name, kind, *_ in found if _ORDER.match(made.get(kind, ""))}
    if not guessed:
        return ()
    checks = ", ".join(
        f"max(day({quoted(name)})) <= 12 AND count_if(day({quoted(name)}) <> month({quoted(name)})) > 0"
        for name in guessed
    )
    is_open: Any = database.execute(f"SELECT {checks} FROM ({select})").fetchone()
    return tuple(_told(name, guessed[name]) for name, either in zip(guessed, is_open, strict=True) if either)


def _told(name: str, written: str) -> str:
    first = written.split(" ")[0]
    is_day_first = first.startswith("%d")
    read, other = ("day/month", "month/day") if is_day_first else ("month/day", "day/month")
    turned = first.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
    return (
        f"{shown(name)[:30]}: read as {read}, but every value also reads as {other}; "
        f"for that use strptime(strftime({shown(name)[:30]}, '{first}'), '{turned}')."
    )


def _format(name: str, value: object) -> str:
    return f", {name} = {literal(str(value))}" if value else ""


def in_utf8(descriptor: int, encoding: str, folder: Path, progress: Callable[[int, int], None]) -> IO[bytes]:
    """A nameless copy of the file in UTF-8; what is no character of its encoding becomes U+FFFD."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the caller closes it
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    with open(path_of(descriptor), "rb") as file:
        file.seek(0)
        while data := file.read(1024**2):
            copy.write(decoder.decode(data).encode("utf-8", "replace"))
            progress(0, 0)
    copy.write(decoder.decode(b"", True).encode("utf-8", "replace"))
    copy.flush()
    return copy
