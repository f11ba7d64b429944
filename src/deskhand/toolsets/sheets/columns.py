"""Python values of a sheet's column -> an array that DuckDB reads, and the SQL that makes its true type of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deskhand.toolsets.sheets.values import duration

_EXACT = 2**53
_EPOCH = date(1970, 1, 1).toordinal()
NULL_IF_NAN = "CASE WHEN isnan({0}) THEN NULL ELSE {0} END"
"""How NaN, which no sheet can hold, stands for an empty cell among numbers."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A column: values for DuckDB, its SQL type ("" when it is blank), and the expression over `{0}` that makes it."""

    values: NDArray[Any]
    type: str
    expression: str = "{0}"
    mixed: bool = False


def typed(values: Sequence[object]) -> Typed:
    """The narrowest type that keeps every value; values of several kinds become text. Empty cells are ""."""
    kinds = set(map(type, values))
    empty = False
    if str in kinds and len(kinds) > 1 and all(value == "" for value in values if type(value) is str):
        kinds.discard(str)
        empty = True
    if kinds <= {int, float}:
        return _numbers(values, empty=empty)
    if kinds == {str}:
        return _texts(values)
    if kinds == {bool}:
        return _booleans(values, empty=empty)
    if kinds == {date}:
        return _dates(values, empty=empty)
    if kinds <= {date, datetime}:
        moments: list[Any] = [None if value == "" else value for value in values]
        return Typed(np.array(moments, dtype="M8[us]"), "TIMESTAMP")
    if kinds == {time}:
        return Typed(_objects([str(value) or None for value in values]), "TIME", "CAST({0} AS TIME)")
    if kinds == {timedelta}:
        return _durations(values)
    return Typed(_objects([as_text(value) for value in values]), "VARCHAR", mixed=True)


def _numbers(values: Sequence[Any], *, empty: bool) -> Typed:
    try:
        numbers = np.array([np.nan if value == "" else value for value in values] if empty else values, dtype="f8")
    except OverflowError:
        return Typed(_objects([as_text(value) for value in values]), "VARCHAR", mixed=True)
    present = numbers[~np.isnan(numbers)] if empty else numbers
    if not len(present) or not bool(np.all((np.trunc(present) == present) & (np.abs(present) < _EXACT))):
        return Typed(numbers, "DOUBLE", NULL_IF_NAN if empty else "{0}")
    if empty:
        return Typed(numbers, "BIGINT", f"CAST({NULL_IF_NAN} AS BIGINT)")
    return Typed(numbers.astype("i8"), "BIGINT")


def _texts(values: Sequence[Any]) -> Typed:
    if "" not in values:
        return Typed(_objects(values), "VARCHAR")
    present = [value or None for value in values]
    return Typed(_objects(present), "VARCHAR" if any(present) else "")


def _objects(values: Sequence[object]) -> NDArray[Any]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _booleans(values: Sequence[Any], *, empty: bool) -> Typed:
    if not empty:
        return Typed(np.array(values, dtype="?"), "BOOLEAN")
    numbers = np.array([np.nan if value == "" else value for value in values], dtype="f8")
    return Typed(numbers, "BOOLEAN", f"CAST({NULL_IF_NAN} AS BOOLEAN)")


def _dates(values: Sequence[Any], *, empty: bool) -> Typed:
    missing = np.datetime64("NaT", "D").astype("i8") + _EPOCH
    ordinals = (
        [missing if value == "" else value.toordinal() for value in values]
        if empty
        else list(map(date.toordinal, values))
    )
    days = (np.array(ordinals, dtype="i8") - _EPOCH).view("M8[D]").astype("M8[us]")
    return Typed(days, "DATE", "CAST({0} AS DATE)")


def _durations(values: Sequence[Any]) -> Typed:
    micros = [np.nan if value == "" else value // timedelta(microseconds=1) for value in values]
    array = np.array(micros, dtype="f8")
    return Typed(array, "INTERVAL", f"to_microseconds(CAST({NULL_IF_NAN} AS BIGINT))")


def as_text(value: object) -> str | None:
    """A value in a column of text; None for an empty cell."""
    if value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    if isinstance(value, timedelta):
        return duration(value)
    return value.isoformat() if isinstance(value, date | time) else str(value)
