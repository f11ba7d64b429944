"""Answers as long as they may be: what was found out about a file or selected from it, within a budget of tokens."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from deskhand.context.tokens import estimate
from deskhand.result import Result
from deskhand.toolsets.sheets.answers import Answer, Column, Inspection, Table, Value
from deskhand.toolsets.sheets.results import ColumnProfile, Profile, Rows, TableProfile
from deskhand.visible import visible_line

CONCISE, DETAILED = 400, 2_000
"""Tokens of an answer."""
_NARROW, _WIDE = 60, 300
_LINK = 30
"""Tokens that are kept free for the link to all rows and what is said about it."""
_EXAMPLE = 24
_SHORT = 10
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class _Level:
    """How much is told: of columns all facts or names and types only, of other tables and warnings so many."""

    rows: int
    examples: int
    columns: int
    facts: bool = True
    others: int = 20
    cell: int = _NARROW
    span: int = 26
    """Characters of the least and the greatest value each; where that is little, nothing is told of how many differ."""


_LEVELS = (
    _Level(5, 4, 400, cell=_WIDE),
    _Level(3, 3, 400),
    _Level(2, 2, 60, others=12),
    _Level(1, 2, 40, others=8, cell=30),
    _Level(0, 2, 30, others=8),
    _Level(0, 0, 24, others=5),
    _Level(0, 0, 24, others=5, span=_SHORT),
    _Level(0, 0, 40, facts=False, others=5),
    *(_Level(0, 0, columns, facts=False, others=3) for columns in (25, 15, 8)),
)


def profile(inspection: Inspection, file: str, version: str, tokens: int) -> Profile:
    """The fullest profile that costs no more than `tokens`."""
    made = (_profile(inspection, file, version, level) for level in _LEVELS[0 if tokens > CONCISE else 1 :])
    return _first_that_fits(made, tokens)


def _first_that_fits(results: Iterator[Profile], tokens: int) -> Profile:
    last = next(results)
    for result in (last, *results):
        last = result
        if cost(result) <= tokens:
            break
    return last


def cost(result: Result) -> int:
    """Tokens a model pays for the result, whether it reads the text or the JSON."""
    as_json = json.dumps(result.model_dump(mode="json"), ensure_ascii=False)
    return max(estimate(result.text() or ""), estimate(as_json))


def _profile(inspection: Inspection, file: str, version: str, level: _Level) -> Profile:
    described = inspection.columns[: level.columns]
    others = [table for table in inspection.tables if table.name != inspection.shown.name]
    return Profile(
        file=file,
        version=version,
        format=inspection.format,
        table=_table(inspection.shown),
        header=inspection.shown.header,
        columns=tuple(_column(column, level) for column in described),
        more_columns=max(inspection.shown.width, len(inspection.columns)) - len(described),
        rows=tuple(
            tuple(cut(value, level.cell) for value in row[: level.columns]) for row in inspection.rows[: level.rows]
        ),
        others=tuple(map(_table, others[: level.others])),
        more_tables=max(0, len(others) - level.others),
        warnings=tuple(_clipped(warning, 160) for warning in inspection.warnings[:8]),
    )


def _table(table: Table) -> TableProfile:
    return TableProfile(
        name=visible_line(table.name), sheet=visible_line(table.sheet), rows=table.rows or 0, columns=table.width,
        hidden=table.hidden,
    )  # fmt: skip


def _column(column: Column, level: _Level) -> ColumnProfile:
    name, kind = visible_line(_clipped(column.name, 80)), _clipped(column.type, 60)
    if not level.facts:
        return ColumnProfile(name=name, type=kind)
    is_text = kind in ("VARCHAR", "BOOLEAN") or not column.minimum
    span = "" if is_text else f"{_bound(column.minimum, kind, level)} … {_bound(column.maximum, kind, level)}"
    examples = column.samples[: level.examples] if is_text else ()
    return ColumnProfile(
        name=name,
        type=kind,
        span=visible_line(span),
        distinct=column.distinct if is_text or level.span > _SHORT else 0,
        empty=column.nulls,
        examples=tuple(visible_line(_clipped(example, _EXAMPLE)) for example in examples),
    )


def _bound(text: str, kind: str, level: _Level) -> str:
    """A least or greatest value; of floats few digits, where there is little room."""
    if level.span <= _SHORT and kind in ("DOUBLE", "FLOAT"):
        return f"{float(text):.{_DIGITS}g}"
    return _clipped(text, level.span)


def rows(answer: Answer, tokens: int) -> Rows:
    """The first rows of an answer: as many columns and rows as `tokens` hold; what is left out is said."""
    cell = _NARROW if tokens <= CONCISE else _WIDE
    width = len(answer.columns)
    while True:
        few = _rows(answer, width, min(len(answer.rows), 1), cell)
        if width <= 1 or cost(few) <= (tokens - _LINK) * 0.7:
            break
        width = max(1, width * 3 // 4)
    return _longest(answer, width, cell, tokens - _LINK)


def _longest(answer: Answer, width: int, cell: int, tokens: int) -> Rows:
    """By halving: the largest number of rows that fits."""
    low, high = min(1, len(answer.rows)), len(answer.rows)
    while low < high:
        middle = (low + high + 1) // 2
        if cost(_rows(answer, width, middle, cell)) <= tokens:
            low = middle
        else:
            high = middle - 1
    return _rows(answer, width, low, cell)


def _rows(answer: Answer, width: int, count: int, cell: int) -> Rows:
    kept = [tuple(cut(value, cell) for value in row[:width]) for row in answer.rows[:count]]
    shortened = sum(
        isinstance(value, str) and len(value) > cell for row in answer.rows[:count] for value in row[:width]
    )
    notes = [f"First {width} of {len(answer.columns)} columns."] if width < len(answer.columns) else []
    notes += [f"{shortened} texts cut with …"] if shortened else []
    return Rows(
        columns=tuple(visible_line(_clipped(name, 80)) for name, _ in answer.columns[:width]),
        types=tuple(_clipped(kind, 60) for _, kind in answer.columns[:width]),
        rows=tuple(kept),
        total=answer.total,
        note=" ".join(notes),
        warnings=tuple(_clipped(warning, 160) for warning in answer.warnings[:4]),
    )


def cut(value: Value, most: int) -> Value:
    """A cell as a model may read it: nothing hidden in it, at most so many characters, and of floats 15 digits.

    The 16th and 17th digit of a sum of cents are noise: 292276.60000000003.
    """
    if isinstance(value, float):
        return float(f"{value:.15g}")
    return visible_line(_clipped(value, most)) if isinstance(value, str) else value


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
