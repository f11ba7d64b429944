"""CSV whose rows differ in length: cells are read as text, what fits a type gets it, and odd rows are counted.

A cell that is there and empty is told from one that is not there: the first is read as an empty text, the second as
NULL, because no text stands for NULL here.
"""

from dataclasses import dataclass
from typing import Any

import duckdb

from deskhand.toolsets.sheets.database import literal, quoted

_MORE = 20
"""Columns that a row may have beyond those of the first lines; what is behind them is lost, and the row is counted."""
_NO_NULL = "\x01\x02"
_INTEGER = r"[+-]?(0|[1-9]\d{0,17})"
_DECIMAL = r"[+-]?(0|[1-9]\d*)?(\.\d+)?([eE][+-]?\d{1,3})?"
_PATTERNS = {
    "BIGINT": _INTEGER,
    "DOUBLE": _DECIMAL,
    "BOOLEAN": "(?i)true|false",
    "DATE": r"\d{4}-\d\d-\d\d",
    "TIMESTAMP": r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?",
}
"""Types of columns, and how all their texts look. A leading zero makes an identifier, which stays text."""


@dataclass(frozen=True, slots=True)
class Ragged:
    """How to select such a file, the names of its columns, and a word on how many rows were odd."""

    select: str
    names: tuple[str, ...]
    warning: str


def ragged(path: str, options: str, names: tuple[str, ...], usual: int) -> Ragged:
    """A file of which most rows have `usual` cells; `options` are those of `read_csv` that say how it is written.

    Raises:
        duckdb.Error: it cannot be read so either.
    """
    columns = [f"c{index}" for index in range(len(names) + _MORE)]
    declared = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
    source = (
        f"read_csv({literal(path)}, {options}, auto_detect = false, nullstr = '{_NO_NULL}', columns = {{{declared}}})"
    )
    rows = f"(FROM {source} WHERE c1 IS NOT NULL OR c0 <> '')" if len(columns) > 1 else source
    facts = ", ".join(_facts(column) for column in columns)
    lengths = f"count_if(c{usual - 1} IS NULL), count_if(c{usual} IS NOT NULL), count_if({columns[-1]} IS NOT NULL)"
    broken = f"count_if(contains(concat({', '.join(columns)}), chr(10)))"
    with duckdb.connect(config={"threads": 2, "memory_limit": "256MB", "temp_directory": ""}) as database:
        found: Any = database.execute(f"SELECT {lengths}, {broken}, {facts} FROM {rows}").fetchone()
    short, long, beyond, breaks = (int(number) for number in found[:4])
    if breaks and _has_open_quote(path):
        raise duckdb.InvalidInputException("A quote is never closed.")
    each = 1 + len(_PATTERNS)
    kinds = [_kind(found[4 + each * at : 4 + each * (at + 1)]) for at in range(len(columns))]
    kept = [at for at in range(len(columns)) if at < len(names) or kinds[at]]
    told = tuple(names[at] if at < len(names) else f"column_{at + 1}" for at in kept)
    shown = ", ".join(
        f"{_typed(columns[at], kinds[at] or 'VARCHAR')} AS {quoted(name)}" for at, name in zip(kept, told, strict=True)
    )
    return Ragged(f"SELECT {shown} FROM {rows}", told, _warning(usual, short, long, beyond))


def _has_open_quote(path: str) -> bool:
    """Whether there is an odd number of quotes: with cells of several lines, one of them has swallowed rows."""
    with open(path, "rb") as file:
        return sum(line.count(b'"') for line in iter(lambda: file.read(1024**2), b"")) % 2 == 1


def _facts(column: str) -> str:
    """How many texts there are in a column, and how many of them look like each type."""
    checks = (
        f"count_if(regexp_full_match({column}, {literal(pattern)}) AND TRY_CAST({column} AS {kind}) IS NOT NULL)"
        for kind, pattern in _PATTERNS.items()
    )
    return ", ".join((f"count_if({column} <> '')", *checks))


def _kind(counts: tuple[int, ...]) -> str:
    """The type that all texts of a column fit; empty when there is none."""
    present, *fitting = counts
    if not present:
        return ""
    return next((kind for kind, count in zip(_PATTERNS, fitting, strict=True) if count == present), "VARCHAR")


def _typed(column: str, kind: str) -> str:
    present = f"NULLIF({column}, '')"
    return present if kind == "VARCHAR" else f"TRY_CAST({present} AS {kind})"


def _warning(usual: int, short: int, long: int, beyond: int) -> str:
    if not short and not long:
        return ""
    parts = [f"{short:,} shorter (filled with NULL)"] if short else []
    parts += [f"{long:,} longer (in further columns)"] if long else []
    lost = f" Cells beyond column {usual + _MORE} may be lost." if beyond else ""
    return f"Most rows have {usual} cells, but some do not: {', '.join(parts)}.{lost}"
