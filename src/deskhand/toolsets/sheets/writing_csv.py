"""CSV that a spreadsheet program opens without running anything in it.

The rule is OWASP's for CSV injection: a text that a spreadsheet would take for a formula gets an apostrophe before it,
and texts are quoted. Numbers stay numbers, also negative ones, and texts that are only a number stay as they are.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, BinaryIO

from deskhand.toolsets.sheets.values import plain

_FORMULA = re.compile(r"\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?\s?%?")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet could take the text for a formula: it begins with = + - @, full-width too, a tab or a CR.

    White space before it does not help, and a plain number is none.
    """
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)


def harmless(value: Any) -> Any:
    """A cell for CSV: texts that look like formulas with an apostrophe before them; None is empty."""
    cell = plain(value)
    if isinstance(cell, bool):
        return str(cell).lower()
    return f"'{value}" if isinstance(value, str) and is_formula(value) else cell


def as_it_is(value: Any) -> Any:
    """A cell for CSV that is only read as data: nothing before it, whatever it looks like."""
    cell = plain(value)
    return str(cell).lower() if isinstance(cell, bool) else cell


def csv_into(file: BinaryIO, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, is_data: bool = False) -> int:
    """Write a CSV file in UTF-8 with a header and Unix line ends, its lines as RFC 4180 has them otherwise.

    Answers how many cells got an apostrophe; none does when the file `is_data`, which no spreadsheet program opens.
    """
    cell = as_it_is if is_data else harmless
    changed = 0
    output = io.TextIOWrapper(file, "utf-8", "surrogatepass", newline="")
    writer = csv.writer(output, lineterminator="\n")
    everything: Iterable[Sequence[Any]] = chain([columns], rows)
    for row in everything:
        writer.writerow([cell(value) for value in row])
        changed += 0 if is_data else sum(isinstance(value, str) and is_formula(value) for value in row)
    output.flush()
    output.detach()
    return changed


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The same as bytes, as data."""
    output = io.BytesIO()
    csv_into(output, columns, rows, is_data=True)
    return output.getvalue()
