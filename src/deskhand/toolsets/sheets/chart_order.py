"""The order of categories that the SQL left open."""

import re
from collections.abc import Sequence

import numpy as np

from deskhand.toolsets.sheets.chart_plan import OTHER, Grid

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NUMBERED = re.compile(r"\D{0,3}\d")
"""A year, a quarter, a week, a range of ages: names that have an order of their own."""
_DIGITS = re.compile(r"(\d+)")


def ordered(grid: Grid, sql: str) -> Grid:
    """Categories of text in the SQL's order; without one by the calendar, by their numbers, or by size."""
    if grid.moments or grid.positions or re.search(r"\border\s+by\b", sql, re.IGNORECASE):
        return grid
    sizes = np.nansum(np.array(grid.values), axis=0)
    order = _natural(grid.categories) or np.argsort(-sizes, kind="stable").tolist()
    last = [index for index in order if grid.categories[index] == OTHER]
    return rearranged(grid, [index for index in order if index not in last] + last)


def rearranged(grid: Grid, order: Sequence[int]) -> Grid:
    """The grid with its categories in this order."""
    kept = list(order)
    categories = tuple(grid.categories[index] for index in kept)
    return Grid(categories, grid.names, tuple(values[kept] for values in grid.values))


def _natural(categories: Sequence[str]) -> list[int]:
    """The order that the names themselves have; empty when they have none."""
    everything = range(len(categories))
    for calendar in (_MONTHS, _DAYS):
        if len(categories) > 1 and all(name[:3].casefold() in calendar for name in categories):
            return sorted(everything, key=lambda index: calendar.index(categories[index][:3].casefold()))
    if all(_NUMBERED.match(name) for name in categories):
        return sorted(everything, key=lambda index: _by_numbers(categories[index]))
    return []


def _by_numbers(name: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in _DIGITS.split(name)]
