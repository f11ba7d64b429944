"""What a chart shows of a table: which column is which, and the values by category and series."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from deskhand.errors import InvalidInput
from deskhand.toolsets.sheets.chart_kind import ChartKind
from deskhand.toolsets.sheets.chart_natural import natural_order
from deskhand.toolsets.sheets.chart_table import Column, Numbers, Table, label

MOST_CATEGORIES = {"bar": 30, "pie": 8, "heatmap": 40, "box": 25}
MOST_SERIES = 10
"""As many colours as can be told apart."""
OTHER = "Other"
_DWARFS = 2
_ORDER = re.compile(r"\border\s+by\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for; empty names are chosen from the columns."""

    kind: ChartKind
    title: str = ""
    x: str = ""
    y: tuple[str, ...] = ()
    group: str = ""

    @property
    def stacked(self) -> bool:
        """Whether bars stand on one another."""
        return self.kind == "stacked_bar"


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column is which. `y` holds numbers; the others are None where the chart has no use for them."""

    x: Column | None
    y: tuple[Column, ...]
    group: Column | None = None
    is_ordered: bool = False
    """Whether the SQL says in which order its rows come."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Values by category and series: `values[series][category]`, NaN where there is none."""

    categories: tuple[str, ...]
    names: tuple[str, ...]
    values: tuple[Numbers, ...]
    moments: tuple[datetime, ...] = ()
    positions: tuple[float, ...] = ()
    """Where the categories lie when they are times (`moments`) or numbers (`positions`)."""
    whole: int = 0
    """How many categories there were, when only the largest are left; 0 when all are."""


@dataclass(slots=True)
class Notes:
    """What a person must know about the picture: said as warnings."""

    lines: list[str] = field(default_factory=list[str])

    def add(self, line: str) -> None:
        """Say it once."""
        if line not in self.lines:
            self.lines.append(line)


def request_of(arguments: Mapping[str, object]) -> Request:
    """The request as the server sent it."""
    y = cast("Sequence[str]", arguments.get("y") or ())
    return Request(
        kind=cast(ChartKind, arguments["kind"]),
        title=str(arguments.get("title") or ""),
        x=str(arguments.get("x") or ""),
        y=tuple(y),
        group=str(arguments.get("group") or ""),
    )


def roles_of(table: Table, request: Request, sql: str) -> Roles:
    """Which column is which: as named, else the first that suits.

    Raises:
        InvalidInput: a named column is not there or does not suit, or none does.
    """
    if not table.length:
        raise InvalidInput("The SQL selects no rows, so there is nothing to draw. Check it with sheet_query.")
    if request.kind == "heatmap":
        request = _heatmap(table, request)
    group = table.named(request.group) if request.group else None
    named = tuple(_numeric(table.named(name)) for name in request.y)
    x = table.named(request.x) if request.x else _first_x(table, request.kind, {*named, group})
    y = named or tuple(column for column in table.of_kind("number") if column not in (x, group))
    if not y:
        names = ", ".join(f"{column.name} ({column.kind})" for column in table.columns[:12])
        raise InvalidInput(
            f"A {request.kind} chart needs a column of numbers, and there is none beside x. Columns: {names}. "
            "Count or sum in the SQL, or convert with TRY_CAST(column AS DOUBLE)."
        )
    if group is None and request.kind in ("bar", "stacked_bar", "line", "heatmap", "scatter"):
        group = _first_group(table, x, y)
    return Roles(x, y, group, is_ordered=bool(_ORDER.search(sql)))


def _heatmap(table: Table, request: Request) -> Request:
    """A heatmap without names: the last number is the colour, the first two other columns are its sides."""
    numbers = [column.name for column in table.of_kind("number") if column.name not in (request.x, request.group)]
    y = request.y[:1] or tuple(numbers[-1:])
    free = [column.name for column in table.columns if column.name not in (*y, request.x, request.group)]
    x = request.x or (free.pop(0) if free else "")
    group = request.group or (free.pop(0) if free else "")
    if not (x and group):
        raise InvalidInput("A heatmap needs two columns for its sides, x and group, and a number y for the colour.")
    return replace(request, x=x, y=y, group=group)


def _numeric(column: Column) -> Column:
    if column.kind != "number":
        raise InvalidInput(
            f"{column.name} holds {column.kind}s, and y must be numbers. "
            f"Convert it in the SQL, such as TRY_CAST({column.name} AS DOUBLE)."
        )
    return column


def _first_x(table: Table, kind: ChartKind, taken: set[Column | None]) -> Column | None:
    if kind == "histogram":
        return None
    free = [column for column in table.columns if column not in taken]
    if kind == "scatter":
        return next((column for column in free if column.kind != "text"), None)
    if table.length == 1 and kind in ("bar", "stacked_bar", "pie") and all(column.kind == "number" for column in free):
        return None
    wordy = [column for column in free if column.kind != "number"]
    if wordy and kind != "box" and free[0].kind == "number" and len(free) - len(wordy) > 1:
        return free[0]  # year, product, revenue: what comes first is what the rest is told by
    if wordy or kind == "box":
        return wordy[0] if wordy else None
    return free[0] if len(free) > 1 or (free and taken - {None}) else None


def _first_group(table: Table, x: Column | None, y: tuple[Column, ...]) -> Column | None:
    """A second column of texts tells series apart, when there is one number for each."""
    others = [column for column in table.of_kind("text") if column is not x]
    return others[0] if len(others) == 1 and len(y) == 1 else None


def grid_of(roles: Roles, notes: Notes, most: int = MOST_SERIES) -> Grid:
    """The values by category and at most `most` series; several rows for one place are added up, and that is told."""
    length = len(roles.y[0].values)
    if roles.x is None and len(roles.y) > 1 and length == 1:
        numbers = np.array([column.numbers()[0] for column in roles.y])
        return Grid(tuple(column.name for column in roles.y), ("",), (numbers,))
    keys: list[Any] = roles.x.keys() if roles.x else list(range(1, length + 1))
    known = {key: index for index, key in enumerate(dict.fromkeys(keys))}
    at = np.array([known[key] for key in keys])
    names, which = _series_of(roles.group, most, roles, notes) if roles.group else ([""], np.zeros(length, np.int64))
    added = False
    series: list[tuple[str, Numbers]] = []
    for column in roles.y:
        numbers = column.numbers()
        chosen = ~np.isnan(numbers) & (which >= 0)
        place = (which * len(known) + at)[chosen]
        counts = np.bincount(place, minlength=len(names) * len(known))
        sums = np.where(counts, np.bincount(place, numbers[chosen], len(counts)), np.nan).reshape(len(names), -1)
        titles = [f"{name} {column.name}".strip() for name in names] if len(roles.y) > 1 else names
        series += [(title or column.name, sums[index]) for index, title in enumerate(titles)]
        added = added or (bool((counts > 1).any()) and OTHER not in names)
    if added and roles.x:
        same = f"{roles.x.name} and {roles.group.name}" if roles.group else roles.x.name
        notes.add(f"Several rows have the same {same}: their values were added up. Aggregate in the SQL to decide.")
    return _fewer(_ordered(list(known), series, roles, notes), most, notes)


def _series_of(group: Column, most: int, roles: Roles, notes: Notes) -> tuple[list[str], NDArray[np.int64]]:
    """The names of the series, and which one each row belongs to: the largest, and the rest as `Other`."""
    labels = group.labels()
    names = list(dict.fromkeys(labels))
    if group.kind != "text":
        keys = dict(zip(labels, group.keys(), strict=True))
        names = sorted((name for name in names if keys[name] is not None), key=lambda name: keys[name])
    index = {name: number for number, name in enumerate(names)}
    which = np.array([index.get(name, -1) for name in labels], dtype=np.int64)
    weights = np.nan_to_num(np.abs(roles.y[0].numbers()))
    sizes = np.bincount(which[which >= 0], weights[which >= 0], len(names))
    if len(names) <= most:
        return (names, which) if roles.is_ordered or group.kind != "text" else _sorted(names, which, sizes)
    top: list[int] = sorted(np.argsort(-sizes, kind="stable")[: most - 1].tolist())
    renamed = np.full(len(names) + 1, len(top))
    renamed[top] = np.arange(len(top))
    renamed[-1] = -1
    notes.add(_told_series(len(names), most))
    return [*(names[number] for number in top), OTHER], renamed[which]


def _sorted(names: list[str], which: NDArray[np.int64], sizes: NDArray[Any]) -> tuple[list[str], NDArray[np.int64]]:
    """The series in the order of their names, where they have one, else the largest first."""
    order = np.array(natural_order(names) or np.argsort(-sizes, kind="stable").tolist(), dtype=np.int64)
    place = np.zeros(len(order) + 1, dtype=np.int64)
    place[order], place[-1] = np.arange(len(order)), -1
    return [names[number] for number in order.tolist()], place[which]


def _told_series(count: int, most: int) -> str:
    return f"{count:,} series: the {most - 1} largest are shown, the others added up as {OTHER}."


def _ordered(keys: list[Any], series: list[tuple[str, Numbers]], roles: Roles, notes: Notes) -> Grid:
    """Times and numbers in their order, without those that have none; texts as the SQL orders them."""
    kind = roles.x.kind if roles.x else "number"
    order = list(range(len(keys)))
    if kind != "text":
        if None in keys:
            notes.add(f"Rows without {roles.x.name if roles.x else 'x'} are left out.")
        order = sorted((index for index in order if keys[index] is not None), key=lambda index: keys[index])
    kept = [keys[index] for index in order]
    column = Column("", kind, tuple(kept))
    return Grid(
        tuple(label(key) for key in kept),
        tuple(name for name, _ in series),
        tuple(values[order] for _, values in series),
        tuple(moment for moment in column.moments() if moment) if kind == "time" else (),
        tuple(column.numbers().tolist()) if kind == "number" else (),
    )


def _fewer(grid: Grid, most: int, notes: Notes) -> Grid:
    """The largest series and the rest as `Other`, when there are more than can be told apart."""
    if len(grid.names) <= most:
        return grid
    sizes = [float(np.nansum(np.abs(values))) for values in grid.values]
    top = sorted(sorted(range(len(sizes)), key=lambda index: -sizes[index])[: most - 1])
    rest = [grid.values[index] for index in range(len(sizes)) if index not in top]
    notes.add(_told_series(len(grid.names), most))
    return replace(
        grid,
        names=(*(grid.names[index] for index in top), OTHER),
        values=(*(grid.values[index] for index in top), summed(rest)),
    )


def fewer_categories(grid: Grid, most: int, notes: Notes, *, may_leave_out: bool = False) -> Grid:
    """The largest categories and the rest as `Other`, when there are more than can be read.

    A rest that would dwarf everything else is told and not drawn.
    """
    if len(grid.categories) <= most:
        return grid
    sizes = np.nansum(np.abs(np.array(grid.values)), axis=0)
    top: list[int] = sorted(np.argsort(-sizes, kind="stable")[: most - 1].tolist())
    rest = [index for index in range(len(grid.categories)) if index not in set(top)]
    names = [grid.categories[index] for index in top]
    values = tuple(np.append(series[top], summed([series[rest]], axis=1)) for series in grid.values)
    told = f"{len(grid.categories):,} categories: the {most - 1} largest are shown"
    if may_leave_out and float(np.nansum(np.abs(np.array(values)[:, -1]))) > _DWARFS * float(sizes[top].max()):
        total = sum(float(np.nansum(series[-1:])) for series in values)
        notes.add(f"{told}; the other {len(rest):,}, {total:,.0f} in all, are left out.")
        return Grid(tuple(names), grid.names, tuple(series[:-1] for series in values), whole=len(grid.categories))
    notes.add(f"{told}, the other {len(rest):,} added up as {OTHER}.")
    return Grid((*names, OTHER), grid.names, values, whole=len(grid.categories))


def summed(arrays: list[Numbers], axis: int = 0) -> Numbers:
    """Sums, NaN only where there is no value at all."""
    stacked = np.array(arrays)
    sums = np.nansum(stacked, axis=axis)
    return np.where(np.isnan(stacked).all(axis=axis), np.nan, sums)
