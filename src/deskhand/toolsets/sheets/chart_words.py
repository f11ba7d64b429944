"""A chart in words, from its data: what is shown, of how much, the largest and the smallest, where it goes."""

from collections.abc import Sequence

import numpy as np

from deskhand.toolsets.sheets.chart_plan import OTHER, Grid, Request, Roles, summed
from deskhand.toolsets.sheets.chart_style import compact
from deskhand.toolsets.sheets.chart_table import Numbers

_NAMED = 6
_TITLE = 150
_FLAT = 0.01
_TOLD = 10
_KINDS = {
    "bar": "Bar chart",
    "stacked_bar": "Stacked bar chart",
    "line": "Line chart",
    "scatter": "Scatter plot",
    "pie": "Pie chart",
    "box": "Box plot",
}


def opening(request: Request, what: str) -> str:
    """The first sentence: the kind, the title, what is shown."""
    kind = _KINDS.get(request.kind, request.kind.capitalize())
    title = request.title if len(request.title) <= _TITLE else f"{request.title[: _TITLE - 1]}…"
    return f"{kind} “{title}”: {what}." if title else f"{kind}: {what}."


def of_bars(request: Request, roles: Roles, grid: Grid) -> str:
    """Bars and shares: the largest and the smallest category, and the total where one can add up."""
    by = f" by {roles.x.name}" if roles.x else ""
    what = f"{_measures(roles)}{by}{_series(grid, roles)}, {_shown(grid)}"
    totals = summed(list(grid.values))
    whole = float(np.nansum(totals))
    told = [opening(request, what), _extremes(totals, grid)]
    if request.kind == "pie" and whole:
        shares = [f"{name} {value / whole:.0%}" for name, value in zip(grid.categories, totals, strict=True)]
        told.append(f"Shares of {compact(whole)}: {', '.join(shares[:_NAMED])}.")
    return " ".join(filter(None, told))


def of_lines(request: Request, roles: Roles, grid: Grid) -> str:
    """Lines: from where to where each goes, its highest and lowest point."""
    over = f" over {roles.x.name}" if roles.x else ""
    span = f" from {grid.categories[0]} to {grid.categories[-1]}" if len(grid.categories) > 1 else ""
    what = f"{_measures(roles)}{over}{_series(grid, roles)}{span}, {_count(len(grid.categories), 'point', 'points')}"
    lines = [_course(name, values, grid) for name, values in zip(grid.names, grid.values, strict=True)]
    more = f" {len(lines) - 4} more series." if len(lines) > 4 else ""
    return f"{opening(request, what)} {' '.join(filter(None, lines[:4]))}{more}"


def _course(name: str, values: Numbers, grid: Grid) -> str:
    present = np.nonzero(~np.isnan(values))[0]
    if not len(present):
        return f"{name} has no values."
    if len(present) == 1:
        return f"{name} is {compact(float(values[present[0]]))} at {grid.categories[present[0]]}."
    first, last = float(values[present[0]]), float(values[present[-1]])
    span = float(np.nanmax(values) - np.nanmin(values))
    highest, lowest = int(np.nanargmax(values)), int(np.nanargmin(values))
    if abs(last - first) <= max(span * 0.05, abs(first) * _FLAT):
        trend = f"{name} ends near where it begins, {compact(first)} to {compact(last)}"
    else:
        change = f" ({(last - first) / abs(first):+.0%})" if first and abs(last - first) < _TOLD * abs(first) else ""
        trend = f"{name} {'rises' if last > first else 'falls'} from {compact(first)} to {compact(last)}{change}"
    return (
        f"{trend}; highest {compact(float(values[highest]))} at {grid.categories[highest]}, "
        f"lowest {compact(float(values[lowest]))} at {grid.categories[lowest]}."
    )


def of_points(request: Request, roles: Roles, points: Sequence[tuple[str, Numbers, Numbers]]) -> str:
    """A scatter plot: how many points, how they range, how closely they follow a line."""
    x = roles.x.name if roles.x else "x"
    total = sum(len(up) for _, _, up in points)
    groups = f" in {len(points)} groups by {roles.group.name}" if roles.group else ""
    told = [opening(request, f"{_measures(roles)} against {x}, {_count(total, 'point', 'points')}{groups}")]
    for name, across, up in points[:3]:
        if not len(up):
            continue
        line = f"{name}: {compact(float(up.min()))} to {compact(float(up.max()))}"
        if len(up) > 2 and across.std() and up.std():
            line += f", correlation with {x} {np.corrcoef(across, up)[0, 1]:.2f}".replace("-", "−")
        told.append(f"{line}.")
    return " ".join(told)


def of_spread(request: Request, roles: Roles, groups: Sequence[tuple[str, Numbers]]) -> str:
    """Histograms and boxes: how many values, their range, the median of each."""
    by = f" by {roles.x.name}" if roles.x else ""
    total = sum(len(values) for _, values in groups)
    told = [opening(request, f"how {_measures(roles)}{by} is spread, {_count(total, 'value', 'values')}")]
    for name, values in groups[:_NAMED]:
        low, first, median, third, high = np.percentile(values, [0, 25, 50, 75, 100]).tolist()
        told.append(
            f"{name}: median {compact(median)}, the middle half {compact(first)} to {compact(third)}, "
            f"all {compact(low)} to {compact(high)}."
        )
    if len(groups) > _NAMED:
        told.append(f"{len(groups) - _NAMED} more.")
    return " ".join(told)


def of_cells(request: Request, roles: Roles, grid: Grid) -> str:
    """A heatmap: its sides, the highest and the lowest cell."""
    cells = np.array(grid.values)
    x, group = (column.name if column else "" for column in (roles.x, roles.group))
    what = f"{_measures(roles)} by {group} ({len(grid.names)}) and {x} ({len(grid.categories)})"
    told = [opening(request, what)]
    for word, at in (("Highest", np.nanargmax(cells)), ("Lowest", np.nanargmin(cells))):
        row, column = divmod(int(at), cells.shape[1])
        told.append(f"{word}: {compact(float(cells[row, column]))} at {grid.names[row]}, {grid.categories[column]}.")
    return " ".join(told)


def _measures(roles: Roles) -> str:
    return ", ".join(column.name for column in roles.y[:4])


def _series(grid: Grid, roles: Roles) -> str:
    if not roles.group or len(grid.names) < 2:
        return ""
    return f", {len(grid.names)} series by {roles.group.name} ({', '.join(grid.names[:_NAMED])})"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _shown(grid: Grid) -> str:
    """How many categories there are, or the largest of how many."""
    named = len(grid.categories) - (bool(grid.whole) and OTHER in grid.categories)
    if not grid.whole:
        return _count(named, "category", "categories")
    rest = " and the rest" if OTHER in grid.categories else ""
    return f"the {named} largest of {_count(grid.whole, 'category', 'categories')}{rest}"


def _extremes(totals: Numbers, grid: Grid) -> str:
    """The largest, and the smallest where all are shown, of the categories that have a value."""
    categories, present = grid.categories, np.nonzero(~np.isnan(totals))[0].tolist()
    real = [index for index in present if categories[index] != OTHER] or present
    if not real:
        return "There are no values."
    high, low = max(real, key=lambda index: totals[index]), min(real, key=lambda index: totals[index])
    largest = f"Largest: {categories[high]}, {compact(float(totals[high]))}"
    return (
        f"{largest}."
        if high == low or grid.whole
        else f"{largest}; smallest: {categories[low]}, {compact(float(totals[low]))}."
    )
