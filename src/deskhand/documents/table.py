"""Tables in text files, such as CSV: rows with their cells parted by tabs, however the file parts them."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO

_DELIMITERS = "\t;,|"
"""Those that are rarer inside cells come first: of two as frequent, the first is taken."""
_QUOTED = re.compile(r'"[^"]*"')
_SAMPLE = 4_096


@dataclass(frozen=True, slots=True)
class Table:
    """The first rows of a table, a line each, and how many rows there are."""

    lines: tuple[str, ...]
    total: int


def table_of(text: str, *, rows: int) -> Table:
    """The first `rows` of a table (RFC 4180, with any of the usual delimiters). Blocks."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text[:_SAMPLE]))
    try:
        return _table(reader, rows)
    except csv.Error:  # a cell larger than the reader takes, most often a quote that is never closed: lines, then
        return _table(([line] for line in text.splitlines()), rows)


def _table(found: Iterable[Sequence[str]], rows: int) -> Table:
    lines: list[str] = []
    total = 0
    for row in found:
        total += 1
        if total <= rows:
            lines.append("\t".join(" ".join(cell.split()) for cell in row).rstrip("\t"))
    return Table(tuple(lines), total)


def _delimiter(beginning: str) -> str:
    """The one that is most often in the first line, outside quotes; the comma where none is."""
    first = _QUOTED.sub("", beginning).lstrip().partition("\n")[0]
    return max(_DELIMITERS, key=first.count)
