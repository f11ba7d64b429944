"""Values of the database as values that JSON can carry, with every digit and every date kept."""

import json
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast

from deskhand.toolsets.sheets.answers import Value

_EXACT = 2**53
_MOST_BYTES = 2_000


def plain(value: Any) -> Value:
    """One cell: see `answers` for how each type is shown."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if -_EXACT <= value <= _EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else _not_finite(value)
    if isinstance(value, bytes):
        return value[:_MOST_BYTES].hex()
    if isinstance(value, dict | list | tuple):
        return json.dumps(_nested(value), ensure_ascii=False)
    return _moment(value)


def _moment(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep="T")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def duration(value: timedelta) -> str:
    """Hours, minutes and seconds, as a spreadsheet shows `[h]:mm:ss`; the fraction only where there is one."""
    sign = "-" if value < timedelta() else ""
    seconds, micros = divmod(abs(value) // timedelta(microseconds=1), 1_000_000)
    shown = f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{shown}.{micros:06}".rstrip("0") if micros else shown


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _nested(value: Any) -> object:
    if isinstance(value, dict):
        items = cast(dict[object, object], value)
        return {str(plain(key)): _nested(item) for key, item in items.items()}
    if isinstance(value, list | tuple):
        return [_nested(item) for item in cast(list[object], value)]
    return plain(value)
