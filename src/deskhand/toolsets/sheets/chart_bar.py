"""Bar charts: upright for few short categories and for times, lying for many or long ones."""

# pyright: reportUnknownMemberType=false
# matplotlib leaves the types of its keyword arguments open.

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deskhand.toolsets.sheets.chart_order import ordered
from deskhand.toolsets.sheets.chart_plan import (
    MOST_CATEGORIES,
    OTHER,
    Grid,
    Notes,
    Request,
    Roles,
    fewer_categories,
    grid_of,
)
from deskhand.toolsets.sheets.chart_style import (
    INK,
    MUTED,
    PALETTE,
    QUIET,
    blank,
    colours,
    compact,
    legend,
    name_axes,
    number_axis,
    places_of,
    time_axis,
    wrapped,
)

_UPRIGHT_LABELS = 100
"""Characters that all labels below upright bars may have together."""
_VALUE_LABELS = 30
_BAND = 0.78
"""Of a category's width, what its bars fill."""
_DENSE = 80
"""Beyond so many bars the gaps between them would flicker."""


def bar(roles: Roles, request: Request, notes: Notes) -> tuple[Figure, Grid]:
    """A bar for each category and series."""
    grid = grid_of(roles, notes)
    x = roles.x.name if roles.x else ""
    y = roles.y[0].name if len(roles.y) == 1 else ""
    figure, axes = blank(request.title)
    if len(grid.moments or grid.positions) > 24:
        _along(axes, grid, stacked=request.stacked)
        name_axes(axes, x, y)
    else:
        grid = ordered(
            fewer_categories(grid, MOST_CATEGORIES["bar"], notes, may_leave_out=True), is_ordered=roles.is_ordered
        )
        labels = _labels(grid)
        if sum(map(len, labels)) > _UPRIGHT_LABELS or len(labels) > 16:
            _lying(axes, grid, labels, stacked=request.stacked)
            name_axes(axes, y, x)
        else:
            _upright(axes, grid, labels, stacked=request.stacked)
            name_axes(axes, x, y)
    legend(axes, grid.names)
    empty = int(np.isnan(np.array(grid.values)).all(axis=0).sum())
    if empty:
        notes.add(f"Categories without a value, which have no bar: {empty:,}.")
    return figure, grid


def _labels(grid: Grid) -> list[str]:
    if not grid.moments:
        return [
            wrapped(name, 34 if len(grid.categories) > 12 else 26, 1 if len(grid.categories) > 12 else 2)
            for name in grid.categories
        ]
    return [_period(moment, grid.moments) for moment in grid.moments]


def _period(moment: datetime, all_moments: Sequence[datetime]) -> str:
    """A month or a year as such, when all are."""
    if any(other.hour or other.minute for other in all_moments):
        return f"{moment:%d %b %H:%M}"
    if any(other.day != 1 for other in all_moments):
        return f"{moment:%d %b}\n{moment:%Y}"
    if any(other.month != 1 for other in all_moments):
        return f"{moment:%b}\n{moment:%Y}"
    return f"{moment:%Y}"


def _layers(grid: Grid, *, stacked: bool) -> list[tuple[Any, Any, float]]:
    """Offset, base and width of each series' bars, in units of a category."""
    if not stacked:
        width = _BAND / len(grid.names)
        return [((index - (len(grid.names) - 1) / 2) * width, 0.0, width) for index in range(len(grid.names))]
    layers: list[tuple[Any, Any, float]] = []
    above, below = np.zeros(len(grid.categories)), np.zeros(len(grid.categories))
    for values in np.nan_to_num(np.array(grid.values)):
        layers.append((0.0, np.where(values >= 0, above, below), _BAND))
        above, below = above + np.maximum(values, 0), below + np.minimum(values, 0)
    return layers


def _colours(grid: Grid) -> list[Any]:
    if len(grid.names) > 1:
        return list(colours(grid.names, OTHER))
    return [[QUIET if name == OTHER else PALETTE[0] for name in grid.categories]]


def _upright(axes: Axes, grid: Grid, labels: Sequence[str], *, stacked: bool) -> None:
    places = np.arange(len(labels))
    for name, values, (offset, base, width), colour in zip(
        grid.names, grid.values, _layers(grid, stacked=stacked), _colours(grid), strict=True
    ):
        bars = axes.bar(
            places + offset, np.nan_to_num(values), width * 0.94, bottom=base, color=colour, label=name or None
        )
        if len(labels) * len(grid.names) <= 14 and not stacked:
            axes.bar_label(bars, _told(values), padding=2, fontsize=7.5, color=INK)
    axes.set_xticks(places, labels)
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.grid(visible=False, axis="x")
    number_axis(axes, "y")
    axes.margins(y=0.09)
    _zero_line(axes, grid, is_lying=False)


def _lying(axes: Axes, grid: Grid, labels: Sequence[str], *, stacked: bool) -> None:
    places = np.arange(len(labels))
    for name, values, (offset, base, width), colour in zip(
        grid.names, grid.values, _layers(grid, stacked=stacked), _colours(grid), strict=True
    ):
        bars = axes.barh(
            places + offset, np.nan_to_num(values), width * 0.94, left=base, color=colour, label=name or None
        )
        if len(grid.names) == 1 and len(labels) <= _VALUE_LABELS:
            axes.bar_label(bars, _told(values), padding=3, fontsize=6.8 if len(labels) > 16 else 7.5, color=INK)
    axes.set_yticks(places, labels, fontsize=6.8 if len(labels) > 16 else 8)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    number_axis(axes, "x")
    axes.margins(x=0.09)
    _zero_line(axes, grid, is_lying=True)


def _along(axes: Axes, grid: Grid, *, stacked: bool) -> None:
    """Bars at their place in time, or on the axis of numbers."""
    places = places_of(grid.moments) if grid.moments else np.array(grid.positions)
    is_dense = len(places) > _DENSE
    gap = float(np.min(np.diff(places))) if len(places) > 1 else 1.0
    for name, values, (offset, base, width), colour in zip(
        grid.names, grid.values, _layers(grid, stacked=stacked), colours(grid.names, OTHER), strict=True
    ):
        axes.bar(
            places + offset * gap,
            np.nan_to_num(values),
            width * gap * (1.02 / _BAND if is_dense else 1),
            bottom=base,
            color=colour,
            label=name or None,
            antialiased=not is_dense,
        )
    if grid.moments:
        axes.xaxis_date()
        time_axis(axes)
    else:
        number_axis(axes, "x")
    axes.margins(x=0.01)
    axes.grid(visible=False, axis="x")
    number_axis(axes, "y")
    _zero_line(axes, grid, is_lying=False)


def _told(values: Any) -> list[str]:
    return ["" if np.isnan(value) else compact(float(value)) for value in values]


def _zero_line(axes: Axes, grid: Grid, *, is_lying: bool) -> None:
    """Where bars go both ways, the line they start from is seen."""
    if any(bool((values < 0).any()) for values in grid.values):
        if is_lying:
            axes.axvline(0, color=MUTED, linewidth=0.8)
        else:
            axes.axhline(0, color=MUTED, linewidth=0.8)
        axes.spines["left" if is_lying else "bottom"].set_visible(False)
