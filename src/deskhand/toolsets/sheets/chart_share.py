"""Shares of a whole, and values on two sides: pie charts and heatmaps."""

# pyright: reportUnknownMemberType=false
# matplotlib leaves the types of its keyword arguments open.

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Wedge
from matplotlib.ticker import FuncFormatter

from deskhand.errors import InvalidInput
from deskhand.toolsets.sheets.chart_order import ordered, rearranged
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
from deskhand.toolsets.sheets.chart_style import INK, MUTED, PALETTE, blank, colours, compact, name_axes, wrapped
from deskhand.toolsets.sheets.chart_table import Numbers

_WRITTEN = 0.045
_CELLS = 160
_LABELS = 24


def pie(roles: Roles, request: Request, notes: Notes) -> tuple[Figure, Grid]:
    """A ring of shares, the largest first, with names, percentages and values beside it.

    Raises:
        InvalidInput: a value is negative, or all are zero.
    """
    single = replace(roles, y=roles.y if roles.x is None else roles.y[:1], group=None)
    grid = grid_of(single, notes)
    values = np.nan_to_num(grid.values[0])
    if (values < 0).any():
        raise InvalidInput("A pie cannot show negative values. Take a bar chart.")
    if not values.sum():
        raise InvalidInput("All values are zero, so there are no shares to draw.")
    kept = [index for index in np.argsort(-values, kind="stable").tolist() if values[index] > 0]
    if len(kept) < len(values):
        notes.add(f"{len(values) - len(kept):,} categories without a value are left out.")
    grid = fewer_categories(rearranged(grid, kept), MOST_CATEGORIES["pie"], notes)
    figure, axes = blank(request.title)
    _ring(axes, grid, roles.y[0].name if roles.x else "")
    return figure, grid


def _ring(axes: Axes, grid: Grid, measure: str) -> None:
    values, total = grid.values[0], float(np.nansum(grid.values[0]))
    shades = colours(grid.categories, OTHER)
    start = 90.0
    for value, shade in zip(values, shades, strict=True):
        angle = 360 * float(value) / total
        axes.add_patch(
            Wedge((0, 0), 1, start - angle, start, width=0.42, facecolor=shade, edgecolor="white", linewidth=1.4)
        )
        if value / total >= _WRITTEN:
            middle = np.radians(start - angle / 2)
            axes.text(
                0.79 * np.cos(middle), 0.79 * np.sin(middle), f"{value / total:.0%}", ha="center", va="center",
                color=INK if shade in PALETTE[5:] or shade not in PALETTE else "white", fontsize=8, fontweight="bold",
            )  # fmt: skip
        start -= angle
    axes.text(0, 0.02, compact(total), ha="center", va="bottom", fontsize=15, fontweight="bold")
    axes.text(0, -0.06, wrapped(measure or "total", 16), ha="center", va="top", fontsize=8, color=MUTED)
    gap = min(0.26, 2 / max(1, len(values)))
    top = gap * (len(values) - 1) / 2
    for index, (name, value, shade) in enumerate(zip(grid.categories, values, shades, strict=True)):
        height = top - index * gap
        axes.plot([1.45], [height], "s", color=shade, markersize=7)
        axes.text(1.58, height, wrapped(name, 26, 1), va="center", fontsize=9)
        axes.text(3.75, height, _percent(float(value) / total), va="center", ha="right", fontsize=9, fontweight="bold")
        axes.text(4.3, height, compact(float(value)), va="center", ha="right", fontsize=9, color=MUTED)
    axes.set(xlim=(-1.1, 4.35), ylim=(-1.1, 1.1), aspect="equal")
    axes.set_axis_off()


def _percent(share: float) -> str:
    return "< 0.1 %" if share < 0.001 else f"{100 * share:.1f} %"


def heatmap(roles: Roles, request: Request, notes: Notes) -> tuple[Figure, Grid]:
    """A colour for each pair of categories; numbers are written in where they can be read."""
    grid = grid_of(replace(roles, y=roles.y[:1]), notes, MOST_CATEGORIES["heatmap"])
    if not grid.positions:
        grid = (
            _bounded(grid, notes)
            if len(grid.categories) > MOST_CATEGORIES["heatmap"]
            else ordered(grid, is_ordered=roles.is_ordered)
        )
    figure, axes = blank(request.title)
    cells = np.array(grid.values)
    if np.isnan(cells).all():
        raise InvalidInput(f"{roles.y[0].name} has no values. Look at the columns with sheet_inspect.")
    shades, norm = _colouring(cells)
    drawn = axes.pcolormesh(cells, cmap=shades, norm=norm, edgecolors="white", linewidth=0 if cells.size > 600 else 1)
    axes.set_facecolor("#f4f5f7")
    axes.invert_yaxis()
    _sides(axes, grid)
    if cells.size <= _CELLS:
        _write(axes, cells, norm)
    bar = figure.colorbar(drawn, ax=axes, shrink=0.8, pad=0.02, format=FuncFormatter(_told))
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.set_label(wrapped(roles.y[0].name, 40, 1))
    name_axes(axes, roles.x.name if roles.x else "", roles.group.name if roles.group else "")
    return figure, grid


def _told(value: float, position: int | None = None) -> str:
    return compact(value)


def _bounded(grid: Grid, notes: Notes) -> Grid:
    """Times stay whole, in their order; of texts the largest are kept."""
    return grid if grid.moments else fewer_categories(grid, MOST_CATEGORIES["heatmap"], notes)


def _colouring(cells: Numbers) -> tuple[LinearSegmentedColormap, Normalize]:
    """From light to blue; where values go both ways, from orange over white to blue."""
    low, high = float(np.nanmin(cells)), float(np.nanmax(cells))
    if low < 0 < high:
        most = max(-low, high)
        return LinearSegmentedColormap.from_list(
            "both", ["#b35806", "#f5b269", "#f7f7f7", "#7fa6d6", "#1d4b87"]
        ), TwoSlopeNorm(0, -most, most)
    blues = LinearSegmentedColormap.from_list("blues", ["#edf3fa", "#8fb3dc", PALETTE[0], "#14294a"])
    return blues, Normalize(low, high if high > low else low + 1)


def _sides(axes: Axes, grid: Grid) -> None:
    across, down = grid.categories, grid.names
    step = max(1, -(-len(across) // _LABELS))
    shown = range(0, len(across), step)
    labels = [wrapped(across[index], 18, 1) for index in shown]
    axes.set_xticks([index + 0.5 for index in shown], labels, fontsize=7.5)
    if sum(map(len, labels)) > 85:
        axes.tick_params(axis="x", rotation=45)
        for tick in axes.get_xticklabels():
            tick.set_horizontalalignment("right")
            tick.set_rotation_mode("anchor")
    axes.set_yticks(
        [index + 0.5 for index in range(len(down))],
        [wrapped(name, 24, 1) for name in down],
        fontsize=7.5 if len(down) <= 20 else 6,
    )
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _write(axes: Axes, cells: Numbers, norm: Normalize) -> None:
    size = 8 if cells.shape[1] <= 8 else 6.5
    for row, column in zip(*np.nonzero(~np.isnan(cells)), strict=True):
        value = float(cells[row, column])
        dark = (
            float(norm(value)) > 0.5
            if norm.vmin is not None and norm.vmin >= 0
            else abs(float(norm(value)) - 0.5) > 0.3
        )
        axes.text(
            column + 0.5,
            row + 0.5,
            compact(value),
            ha="center",
            va="center",
            fontsize=size,
            color="white" if dark else INK,
        )
