"""What an axis can show: times and numbers far outside are left out, and that is told."""

from dataclasses import replace

from deskhand.toolsets.sheets.chart_plan import Notes
from deskhand.toolsets.sheets.chart_table import Column, Table

FIRST_YEAR, LAST_YEAR = 1000, 3000
"""The year 9999 stands for "no end" in many a table; beside it every other time would be one point."""
_MOST = 1e300
"""Beyond it the distance of two numbers may be infinite, and an axis has none."""


def bounded(table: Table, notes: Notes) -> Table:
    """The table without times and numbers that no axis has a place for."""
    return replace(table, columns=tuple(_bounded(column, notes) for column in table.columns))


def _bounded(column: Column, notes: Notes) -> Column:
    if column.kind == "text":
        return column
    if column.kind == "time":
        fits = [moment is None or FIRST_YEAR <= moment.year <= LAST_YEAR for moment in column.moments()]
        what = f"times outside the years {FIRST_YEAR} to {LAST_YEAR}"
    else:
        fits = [not abs(number) > _MOST for number in column.numbers().tolist()]
        what = "numbers beyond 1e300"
    if all(fits):
        return column
    notes.add(f"{column.name}: {fits.count(False):,} {what} are left out.")
    kept = tuple(value if fit else None for value, fit in zip(column.values, fits, strict=True))
    return replace(column, values=kept)
