"""Line charts and scatter plots."""

# pyright: reportUnknownMemberType=false
# matplotlib leaves the types of its keyword arguments open.

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from deskhand.errors import InvalidInput
from deskhand.toolsets.sheets.chart_plan import OTHER, Grid, Notes, Request, Roles, grid_of
from deskhand.toolsets.sheets.chart_style import (
    MUTED,
    PALETTE,
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
from deskhand.toolsets.sheets.chart_table import Column, Numbers

_MARKED = 31
_DENSE = 20_000
_LABELS = 12


def line(roles: Roles, request: Request, notes: Notes) -> tuple[Figure, Grid]:
    """A line for each series, with gaps where there is no value."""
    grid = grid_of(roles, notes)
    figure, axes = blank(request.title)
    places = _places(grid)
    for name, values, colour in zip(grid.names, grid.values, colours(grid.names, OTHER), strict=True):
        alone = _alone(values)
        axes.plot(
            places,
            values,
            color=colour,
            label=name,
            marker="o" if len(places) <= _MARKED else None,
            markersize=3.6,
            linewidth=1.9 if len(places) < 2_000 else 0.8,
        )
        if len(places) > _MARKED and alone.any():  # a value between two gaps has no line
            axes.plot(places[alone], values[alone], "o", color=colour, markersize=2.4)
    _place_axis(axes, grid)
    number_axis(axes, "y")
    axes.grid(visible=False, axis="x")
    if any(bool((values < 0).any()) for values in grid.values):
        axes.axhline(0, color=MUTED, linewidth=0.8)
    name_axes(axes, roles.x.name if roles.x else "", roles.y[0].name if len(roles.y) == 1 else "")
    legend(axes, grid.names)
    return figure, grid


def _places(grid: Grid) -> Numbers:
    if grid.moments:
        return places_of(grid.moments)
    return np.array(grid.positions or range(len(grid.categories)), dtype=np.float64)


def _alone(values: Numbers) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    present = ~np.isnan(values)
    before, after = np.roll(present, 1), np.roll(present, -1)
    before[:1], after[-1:] = False, False
    return present & ~before & ~after


def _place_axis(axes: Axes, grid: Grid) -> None:
    if grid.moments:
        axes.xaxis_date()
        time_axis(axes)
        if len(grid.moments) == 1:
            axes.set_xticks([_places(grid)[0]], [grid.categories[0]])
    elif grid.positions:
        number_axis(axes, "x")
    else:
        step = max(1, -(-len(grid.categories) // _LABELS))
        shown = list(range(0, len(grid.categories), step))
        labels = [wrapped(grid.categories[index], 14) for index in shown]
        axes.xaxis.set_major_locator(FixedLocator(shown))
        axes.set_xticks(shown, labels)
        if sum(max(map(len, label.split("\n")), default=0) for label in labels) > 90:
            axes.tick_params(axis="x", rotation=35)
            for tick in axes.get_xticklabels():
                tick.set_horizontalalignment("right")
                tick.set_rotation_mode("anchor")
    axes.margins(x=0.02)


def scatter(roles: Roles, request: Request, notes: Notes) -> tuple[Figure, list[tuple[str, Numbers, Numbers]]]:
    """A dot for each row, or how dense they lie when there are too many; answers the points of each series.

    Raises:
        InvalidInput: x is text.
    """
    x = roles.x
    if x is None or x.kind == "text":
        raise InvalidInput("A scatter plot needs a number or a time as x and a number as y. For categories take box.")
    points = _points(roles, x, notes)
    figure, axes = blank(request.title)
    total = sum(len(across) for _, across, _ in points)
    if len(points) == 1 and total > _DENSE:
        _density(figure, axes, points[0])
        notes.add(f"{total:,} points lie too close to be drawn one by one: the colour shows how many.")
    else:
        size, strength = (26.0, 0.75) if total <= 300 else (10.0, 0.5) if total <= 3_000 else (3.0, 0.3)
        names = [name for name, _, _ in points]
        for (name, across, up), colour in zip(points, colours(names, OTHER), strict=True):
            axes.scatter(across, up, s=size, alpha=strength, color=colour, linewidths=0, label=name)
        legend(axes, names)
        drawn = axes.get_legend()
        for handle in drawn.legend_handles if drawn else []:
            if handle:
                handle.set_alpha(1)
    if x.kind == "time":
        axes.xaxis_date()
        time_axis(axes)
    else:
        number_axis(axes, "x")
    number_axis(axes, "y")
    name_axes(axes, x.name, roles.y[0].name if len(roles.y) == 1 else "")
    return figure, points


def _across(x: Column) -> Numbers:
    if x.kind != "time":
        return x.numbers()
    return np.array([np.nan if moment is None else places_of([moment])[0] for moment in x.moments()])


def _points(roles: Roles, x: Column, notes: Notes) -> list[tuple[str, Numbers, Numbers]]:
    across = _across(x)
    split = [(column.name, column.numbers()) for column in roles.y]
    if roles.group:
        labels = np.array(roles.group.labels())
        names, counts = np.unique(labels, return_counts=True)
        top = [str(names[index]) for index in np.argsort(-counts, kind="stable")[:9]]
        if len(names) > len(top):
            notes.add(f"{len(names)} groups: the {len(top)} with most points have a colour, the others are {OTHER}.")
            labels = np.where(np.isin(labels, top), labels, OTHER)
            top.append(OTHER)
        split = [(name, np.where(labels == name, column.numbers(), np.nan)) for column in roles.y[:1] for name in top]
    points: list[tuple[str, Numbers, Numbers]] = []
    for name, up in split:
        both = ~(np.isnan(across) | np.isnan(up))
        points.append((name, across[both], up[both]))
    drawn = sum(len(up) for _, _, up in points)
    missing = len(across) * (1 if roles.group else len(roles.y)) - drawn
    if missing:
        notes.add(f"{missing:,} rows have no number for both axes and are left out.")
    if not drawn:
        raise InvalidInput("No row has a value for both x and y. Look at the columns with sheet_query.")
    return points


def _density(figure: Figure, axes: Axes, points: tuple[str, Numbers, Numbers]) -> None:
    _, across, up = points
    from matplotlib.colors import LinearSegmentedColormap

    blues = LinearSegmentedColormap.from_list("deskhand", ["#e6eef8", PALETTE[0], "#14294a"])
    drawn = axes.hexbin(across, up, gridsize=70, bins="log", mincnt=1, cmap=blues, linewidths=0.1)
    bar = figure.colorbar(drawn, ax=axes, shrink=0.75, pad=0.02)
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.set_label("points")
    bar.ax.yaxis.set_major_formatter(lambda value, _: compact(value))
