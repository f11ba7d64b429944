"""The order that names have by themselves: months, weekdays, years, quarters, ranges."""

import re
from collections.abc import Sequence

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NUMBERED = re.compile(r"\D{0,3}\d")
"""A year, a quarter, a week, a range of ages."""
_DIGITS = re.compile(r"(\d+)")


def natural_order(names: Sequence[str]) -> list[int]:
    """The order that the names themselves have; empty when they have none."""
    everything = range(len(names))
    for calendar in (_MONTHS, _DAYS):
        if len(names) > 1 and all(name[:3].casefold() in calendar for name in names):
            return sorted(everything, key=lambda index: calendar.index(names[index][:3].casefold()))
    if all(_NUMBERED.match(name) for name in names):
        return sorted(everything, key=lambda index: _by_numbers(names[index]))
    return []


def _by_numbers(name: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(name)]
