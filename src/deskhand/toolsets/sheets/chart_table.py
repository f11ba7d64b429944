"""The rows a chart is drawn from: columns of numbers, of times or of texts."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal

import duckdb
import numpy as np
from numpy.typing import NDArray

from deskhand.errors import InvalidInput
from deskhand.toolsets.sheets.values import plain
from deskhand.visible import visible_line

MOST_ROWS = 200_000
"""Rows that are drawn: more dots than a picture has places for."""
EMPTY = "(empty)"
_LABEL = 200
_NUMERIC = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(.*\)|INTERVAL|DOUBLE|FLOAT|BIGNUM")
Kind = Literal["number", "time", "text"]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column; `values` are as the database gave them. Two columns are never the same, whatever they hold."""

    name: str
    kind: Kind
    values: tuple[Any, ...]
    whole_days: bool = False

    def numbers(self) -> Numbers:
        """The values as numbers: durations in hours, NaN where there is none."""
        return np.array([_number(value) for value in self.values], dtype=np.float64)

    def moments(self) -> list[datetime | None]:
        """The values of a column of times, without zone: everything is in UTC here."""
        return [_moment(value) for value in self.values]

    def keys(self) -> list[Any]:
        """What rows of one place have in common and can be ordered by; None where there is nothing."""
        if self.kind == "text":
            return [value if isinstance(value, str) and value else label(value) for value in self.values]
        values = self.moments() if self.kind == "time" else self.numbers().tolist()
        return [None if value is None or value != value else value for value in values]

    def labels(self) -> list[str]:
        """The values as a person reads them on an axis."""
        return [label(value) for value in self.values]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of the answer by columns; `cut` says that there were more than `MOST_ROWS`."""

    columns: tuple[Column, ...]
    length: int
    cut: bool = False

    def named(self, name: str) -> Column:
        """The column of this name, whatever its case.

        Raises:
            InvalidInput: there is none; the message lists what there is.
        """
        for wanted in (name, name.strip('"')):
            for column in self.columns:
                if column.name.casefold() == wanted.casefold():
                    return column
        names = ", ".join(column.name for column in self.columns[:25])
        raise InvalidInput(f"The SQL selects no column {name}. It selects: {names}.")

    def of_kind(self, *kinds: Kind) -> list[Column]:
        """The columns of these kinds, in order."""
        return [column for column in self.columns if column.kind in kinds]


def fetched(connection: duckdb.DuckDBPyConnection) -> Table:
    """The rows of the answer, at most `MOST_ROWS`."""
    described: Sequence[Any] = connection.description or []
    rows: list[tuple[Any, ...]] = connection.fetchmany(MOST_ROWS + 1)
    cut, rows = len(rows) > MOST_ROWS, rows[:MOST_ROWS]
    by_column = list(zip(*rows, strict=True)) if rows else [()] * len(described)
    columns = tuple(
        _column(visible_line(str(item[0])), str(item[1]), values)
        for item, values in zip(described, by_column, strict=True)
    )
    return Table(columns, len(rows), cut)


def label(value: Any) -> str:
    """A value as a person reads it on an axis."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.6g}"
    return visible_line(str(plain(value))[:_LABEL])


def _column(name: str, sql_type: str, values: tuple[Any, ...]) -> Column:
    if sql_type.startswith("DATE"):
        return Column(name, "time", values, whole_days=True)
    if sql_type.startswith("TIMESTAMP"):
        days = all(value is None or value.time() == time() for value in values)
        return Column(name, "time", values, whole_days=days)
    return Column(name, "number" if _NUMERIC.fullmatch(sql_type) else "text", values)


def _number(value: Any) -> float:
    if isinstance(value, timedelta):
        return value.total_seconds() / 3600
    if isinstance(value, int | float | Decimal):
        number = float(value)
        return number if math.isfinite(number) else math.nan
    return math.nan


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None
