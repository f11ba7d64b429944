"""How values are spread: histograms and box plots."""

# pyright: reportUnknownMemberType=false
# matplotlib leaves the types of its keyword arguments open.

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from deskhand.errors import InvalidInput
from deskhand.toolsets.sheets.chart_plan import MOST_CATEGORIES, MOST_SERIES, Notes, Request, Roles
from deskhand.toolsets.sheets.chart_style import (
    INK,
    PALETTE,
    blank,
    compact,
    legend,
    name_axes,
    number_axis,
    wrapped,
)
from deskhand.toolsets.sheets.chart_table import Column, Numbers

_MOST_BINS = 60
_OUTLIERS = 2_000
Groups = list[tuple[str, Numbers]]


def histogram(roles: Roles, request: Request, notes: Notes) -> tuple[Figure, Groups]:
    """How many values lie in each of equal ranges; the median is marked when there is one series."""
    groups = _groups(roles, MOST_SERIES, notes)
    figure, axes = blank(request.title)
    everything = np.concatenate([values for _, values in groups])
    edges = bins(everything)
    for index, (name, values) in enumerate(groups):
        alone = len(groups) == 1
        axes.hist(
            values,
            bins=list(edges),
            color=PALETTE[index],
            label=name,
            histtype="bar" if alone else "stepfilled",
            alpha=1 if alone else 0.45,
            edgecolor="white" if alone else PALETTE[index],
            linewidth=0.6 if alone else 1.2,
        )
    if len(groups) == 1:
        _mark_median(axes, float(np.median(everything)))
    number_axis(axes, "x")
    number_axis(axes, "y")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.grid(visible=False, axis="x")
    axes.margins(x=0.01, y=0.1)
    name_axes(axes, roles.y[0].name if len(roles.y) == 1 else "", "count")
    legend(axes, [name for name, _ in groups])
    return figure, groups


def bins(values: Numbers) -> Numbers:
    """Edges of equal ranges: as many as the data asks for (numpy's "auto"), or one for each small integer."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.array([low - 0.5, low + 0.5])
    if high - low <= 40 and bool(np.all(values == np.round(values))):
        return np.arange(low - 0.5, high + 1)
    edges = np.histogram_bin_edges(
        values, bins=min(_MOST_BINS, max(5, len(np.histogram_bin_edges(values[:50_000], "auto")) - 1))
    )
    return np.asarray(edges, dtype=np.float64)


def _mark_median(axes: Axes, median: float) -> None:
    axes.axvline(median, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(
        f"median {compact(median)}", (median, 1), xycoords=("data", "axes fraction"), xytext=(4, -9),
        textcoords="offset points", fontsize=7.5, color=INK,
    )  # fmt: skip


def box(roles: Roles, request: Request, notes: Notes) -> tuple[Figure, Groups]:
    """A box for each category: the quartiles, whiskers of 1.5 times their distance, and what lies outside."""
    groups = _groups(roles, MOST_CATEGORIES["box"], notes)
    figure, axes = blank(request.title)
    names = [wrapped(name, 24) for name, _ in groups]
    is_lying = len(groups) > 10 or sum(map(len, names)) > 90
    width = min(0.6, 0.18 * len(groups) + 0.1)
    drawn = axes.boxplot(
        [values for _, values in groups],
        orientation="horizontal" if is_lying else "vertical",
        widths=width,
        patch_artist=True,
        showfliers=sum(len(values) for _, values in groups) <= _OUTLIERS * 50,
        flierprops={
            "marker": "o",
            "markersize": 2.4,
            "markerfacecolor": PALETTE[0],
            "markeredgewidth": 0,
            "alpha": 0.4,
        },
        medianprops={"color": INK, "linewidth": 1.6},
        boxprops={"facecolor": "#c9d8ec", "edgecolor": PALETTE[0], "linewidth": 1.1},
        whiskerprops={"color": PALETTE[0], "linewidth": 1},
        capprops={"color": PALETTE[0], "linewidth": 1},
    )
    del drawn
    places = range(1, len(groups) + 1)
    x = roles.x.name if roles.x else ""
    y = roles.y[0].name if len(roles.y) == 1 or roles.x else ""
    if is_lying:
        axes.set_yticks(list(places), names, fontsize=7.5)
        axes.invert_yaxis()
        number_axis(axes, "x")
        axes.grid(visible=False, axis="y")
        name_axes(axes, y, x)
    else:
        axes.set_xticks(list(places), names)
        number_axis(axes, "y")
        axes.grid(visible=False, axis="x")
        name_axes(axes, x, y)
        if len(groups) < 3:
            axes.set_xlim(0, len(groups) + 1)
    return figure, groups


def _groups(roles: Roles, most: int, notes: Notes) -> Groups:
    """The values of each category, or of each column; those with most values when there are too many.

    Raises:
        InvalidInput: there is no value.
    """
    by = roles.x or roles.group
    groups = _by_category(by, roles.y[0]) if by else [(column.name, column.numbers()) for column in roles.y]
    missing = sum(int(np.isnan(values).sum()) for _, values in groups)
    without = [(name, values[~np.isnan(values)]) for name, values in groups]
    present: Groups = [(name, values) for name, values in without if len(values)]
    if not present:
        raise InvalidInput(f"{roles.y[0].name} has no values. Look at the columns with sheet_inspect.")
    if missing:
        notes.add(f"{missing:,} empty values are left out.")
    if len(present) > most:
        notes.add(f"{len(present):,} categories: the {most} with most values are shown, the others are left out.")
        largest = sorted(range(len(present)), key=lambda index: -len(present[index][1]))[:most]
        present = [present[index] for index in sorted(largest)]
    return present


def _by_category(by: Column, column: Column) -> Groups:
    labels, numbers = np.array(by.labels()), column.numbers()
    order = np.argsort(labels, kind="stable")
    names, starts = np.unique(labels[order], return_index=True)
    parts = np.split(numbers[order], starts[1:])
    found = {str(name): part for name, part in zip(names, parts, strict=True)}
    wanted = dict.fromkeys(labels.tolist()) if by.kind == "text" else found
    return [(name, found[name]) for name in wanted]
