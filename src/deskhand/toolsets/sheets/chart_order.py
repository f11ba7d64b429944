"""The order of categories that the SQL left open."""

from collections.abc import Sequence

import numpy as np

from deskhand.toolsets.sheets.chart_natural import natural_order
from deskhand.toolsets.sheets.chart_plan import OTHER, Grid


def ordered(grid: Grid, *, is_ordered: bool) -> Grid:
    """Categories of text in the SQL's order; without one by the calendar, by their numbers, or by size."""
    if grid.moments or grid.positions or is_ordered:
        return grid
    sizes = np.nansum(np.array(grid.values), axis=0)
    order: list[int] = natural_order(grid.categories) or np.argsort(-sizes, kind="stable").tolist()
    last = [index for index in order if grid.categories[index] == OTHER]
    return rearranged(grid, [index for index in order if index not in last] + last)


def rearranged(grid: Grid, order: Sequence[int]) -> Grid:
    """The grid with its categories in this order."""
    kept = list(order)
    categories = tuple(grid.categories[index] for index in kept)
    return Grid(categories, grid.names, tuple(values[kept] for values in grid.values), whole=grid.whole)
