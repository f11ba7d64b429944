"""Which rows are the header of a table, and what its columns are called."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

LOOKED_AT = 40
"""Rows in which a header is looked for."""
_YEARS = range(1900, 2101)
_MOST_CHARACTERS = 120
_DATA = re.compile(r"(?=.*\d)[\d\s.,:/T%+$€£-]+")


@dataclass(frozen=True, slots=True)
class Header:
    """The header: rows `first` to `last` (from 0, `last` exclusive; equal: there is none) and the columns' names."""

    first: int
    last: int
    names: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def spoken(self, offset: int = 0) -> str:
        """Which row was taken, for people; `offset` rows of the sheet lie before the first one looked at."""
        if self.first == self.last:
            return "no header found: columns are numbered"
        if self.last - self.first == 1:
            return f"row {self.first + offset + 1}"
        return f"rows {self.first + offset + 1} and {self.last + offset} joined"


def header_of(rows: Sequence[Sequence[object]], width: int) -> Header:
    """The header among the first rows of a table that is `width` columns wide. Empty cells are None or ""."""
    start = _start(rows)
    if start >= len(rows):
        return Header(0, 0, _unique([""] * width)[0])
    body = rows[start + 1 : start + 11]
    if not _is_header(rows[start], body):
        return Header(start, start, _unique([""] * width)[0])
    if _has_second(rows[start], body):
        joined = _joined(rows[start], rows[start + 1], width)
        return Header(start, start + 2, *_unique(joined))
    return Header(start, start + 1, *_unique([_name(_cell(rows[start], index)) for index in range(width)]))


def _cell(row: Sequence[object], index: int) -> object:
    return row[index] if index < len(row) else None


def _filled(row: Sequence[object]) -> int:
    return sum(value is not None and value != "" for value in row)


def _start(rows: Sequence[Sequence[object]]) -> int:
    """The first row that is neither blank nor a title: titles fill the first cells, and less than half of the usual."""
    counts = [_filled(row) for row in rows]
    filled = sorted(count for count in counts if count)
    usual = filled[len(filled) // 2] if filled else 0
    for index, (row, count) in enumerate(zip(rows, counts, strict=True)):
        is_title = 2 * count < usual and _filled(row[:count]) == count
        if count and not is_title and (count > 1 or usual == 1):
            return index
    return next((index for index, count in enumerate(counts) if count), len(rows))


def _is_header(row: Sequence[object], body: Sequence[Sequence[object]]) -> bool:
    values = [value for value in row if value not in (None, "")]
    if not any(isinstance(value, str) for value in values):
        return _are_years(values) and bool(body) and not any(_are_years(list(below)) for below in body)
    texts = [value for value in values if isinstance(value, str) and not _looks_like_data(value)]
    others = [value for value in values if not isinstance(value, str)]
    if len(texts) == len(values):
        return True
    return bool(texts) and len(texts) + len(others) == len(values) and _are_labels(others) and bool(body)


def _are_labels(values: Sequence[object]) -> bool:
    """Years and dates head columns; other numbers are data."""
    return all(isinstance(value, date | datetime) for value in values) or _are_years(values)


def _are_years(values: Sequence[object]) -> bool:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return len(numbers) > 1 and len(numbers) == len(values) and all(number in _YEARS for number in numbers)


def _looks_like_data(text: str) -> bool:
    stripped = text.strip()
    if stripped.casefold() in ("true", "false"):
        return True
    is_year = len(stripped) == 4 and stripped.isdigit() and int(stripped) in _YEARS
    return bool(_DATA.fullmatch(stripped)) and not is_year


def _has_second(row: Sequence[object], body: Sequence[Sequence[object]]) -> bool:
    """A second header row: the first has gaps or repeats where the second has names, and data begins below."""
    if len(body) < 2:
        return False
    second, below = body[0], body[1:]
    shown = [_name(value) for value in row if value not in (None, "")]
    fuller = _filled(second) >= _filled(row) and (_filled(row) < len(row) or len(set(shown)) < len(shown))
    is_text = _filled(second) > 1 and all(
        value in (None, "") or (isinstance(value, str) and not _looks_like_data(value)) for value in second
    )
    data = any((value not in (None, "") and not isinstance(value, str)) or _is_number(value) for value in below[0])
    return fuller and is_text and data


def _is_number(value: object) -> bool:
    return isinstance(value, str) and _looks_like_data(value)


def _joined(first: Sequence[object], second: Sequence[object], width: int) -> list[str]:
    """`2025` over `Q1`, `Q2` becomes `2025 Q1`, `2025 Q2`: a name above holds until the next."""
    names: list[str] = []
    above = ""
    for index in range(width):
        above = _name(_cell(first, index)) or above
        below = _name(_cell(second, index))
        names.append(f"{above} {below}".strip() if below and below != above else below or above)
    return names


def _name(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())[:_MOST_CHARACTERS]


def _unique(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names that differ whatever their case, because SQL does not tell cases apart, and what was done for it."""
    taken: set[str] = set()
    result: list[str] = []
    repeated: list[str] = []
    for index, name in enumerate(names):
        base = name or f"column_{index + 1}"
        unique, number = base, 1
        while unique.casefold() in taken:
            number += 1
            unique = f"{base}_{number}"
        if name and unique != name:
            repeated.append(name)
        taken.add(unique.casefold())
        result.append(unique)
    listed = ", ".join(dict.fromkeys(repeated[:5]))
    warnings = (f"Header names that occur more than once were numbered: {listed}.",) if repeated else ()
    return tuple(result), warnings
