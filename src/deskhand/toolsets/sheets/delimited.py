"""CSV and its kin: encoding, delimiter and header by a look at the first bytes; DuckDB reads the rest where it lies."""

import codecs
import csv
import io
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import duckdb

from deskhand.errors import InvalidInput
from deskhand.toolsets.sheets.database import literal
from deskhand.toolsets.sheets.formats import path_of
from deskhand.toolsets.sheets.header import LOOKED_AT, header_of

_HEAD = 256 * 1024
_DELIMITERS = ",;\t|"
_MOST_LINE = 16 * 1024**2
_LINES = 200
_MOST_COLUMNS = 20_000
_QUOTED = "quote = '\"', escape = '\"', "
_RAGGED = (
    f"null_padding = true, strict_mode = false, parallel = false, ignore_errors = true, max_line_size = {_MOST_LINE}"
)
_OPTIONS = (
    f"{_QUOTED}sample_size = 20480",
    f"{_QUOTED}sample_size = -1",
    f"{_QUOTED}sample_size = -1, {_RAGGED}",
    f"quote = '', escape = '', sample_size = -1, {_RAGGED}",
)
RAGGED = 2
"""From this way to read on rows may have any length; what still does not fit is left out, which is said."""
LAST = len(_OPTIONS) - 1
"""The last way: quotes are letters like others."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file is written. `skipped` lines lie above the data; `is_ragged`: rows differ in length."""

    encoding: str
    delimiter: str
    skipped: int
    names: tuple[str, ...]
    header: str
    is_ragged: bool
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
    is_ragged = any(len(row) != width for row in rows[header.last :] if row)
    return Dialect(encoding, delimiter, skipped, header.names, header.spoken(), is_ragged, header.warnings)


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


def select_of(dialect: Dialect, path: str, attempt: int) -> str:
    """The SELECT over a file in UTF-8, its columns' types found once, so that a question does not look for them again.

    Raises:
        duckdb.Error: it cannot be read in that way; the next `attempt` is more patient.
    """
    names = ", ".join(map(literal, dialect.names))
    options = (
        f"delim = {literal(dialect.delimiter)}, header = false, skip = {dialect.skipped}, "
        f"names = [{names}], {_OPTIONS[attempt]}"
    )
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
    fixed = options.replace(f"names = [{names}], ", "").replace("sample_size = -1", "sample_size = 1")
    return f"SELECT * FROM read_csv({literal(path)}, {fixed}, auto_detect = false, columns = {{{columns}}}{formats})"


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
