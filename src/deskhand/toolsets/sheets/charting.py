"""The job that draws a chart: rows of a query in; a picture, the same in words, and the rows as CSV out.

matplotlib's Agg canvas is used without pyplot, which keeps every figure; nothing is left between two jobs but fonts.
"""

# pyright: reportUnknownMemberType=false
# matplotlib leaves the types of its keyword arguments open.

import io
import re
import warnings
from collections.abc import Mapping
from typing import Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from deskhand.errors import InvalidInput
from deskhand.toolsets.sheets import chart_words as words
from deskhand.toolsets.sheets.answers import Reply
from deskhand.toolsets.sheets.chart_bar import bar
from deskhand.toolsets.sheets.chart_bounds import bounded
from deskhand.toolsets.sheets.chart_line import line, scatter
from deskhand.toolsets.sheets.chart_plan import Notes, Request, Roles, request_of, roles_of
from deskhand.toolsets.sheets.chart_share import heatmap, pie
from deskhand.toolsets.sheets.chart_spread import box, histogram
from deskhand.toolsets.sheets.chart_style import settings
from deskhand.toolsets.sheets.chart_table import MOST_ROWS, Table, fetched
from deskhand.toolsets.sheets.work import Work
from deskhand.toolsets.sheets.writing_csv import csv_bytes

_GLYPH = re.compile(r"Glyph (\d+)")
_NAMED = 12


def draw(work: Work, arguments: Mapping[str, object]) -> Reply:
    """A chart of what `sql` selects: `data` has `alt`, `warnings`, `rows` and `png` (bytes of the picture in the blob).

    The rest of the blob is the data behind it, as CSV.

    Raises:
        InvalidInput: the SQL is wrong, or its columns do not make such a chart; the message says what would.
    """
    sql = str(arguments["sql"])
    table, columns, notes = work.patiently(lambda: _asked(work, sql))
    request = request_of(arguments)
    if table.cut:
        notes.add(f"Only the first {MOST_ROWS:,} rows are drawn. Aggregate in the SQL to see all.")
    picture, alt = drawn(table, request, sql, notes)
    data = csv_bytes(columns, zip(*(column.values for column in table.columns), strict=True))
    told: dict[str, object] = {"alt": alt, "warnings": notes.lines, "rows": table.length, "png": len(picture)}
    return Reply(told, picture + data)


def _asked(work: Work, sql: str) -> tuple[Table, list[str], Notes]:
    with work.asked(sql) as (connection, asked):
        columns = [str(column[0]) for column in connection.description or []]
        notes = Notes([warning for ready in asked.ready for warning in ready.warnings])
        return fetched(connection), columns, notes


def drawn(table: Table, request: Request, sql: str, notes: Notes) -> tuple[bytes, str]:
    """The picture as PNG, and in words; what must be known about it goes to `notes`."""
    roles = roles_of(bounded(table, notes), request, sql)
    try:
        return _drawn(roles, request, notes)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        raise InvalidInput(
            "These values make no chart: they lie too far apart, or are too large or too small for an axis. "
            "Filter or scale them in the SQL."
        ) from None


def _drawn(roles: Roles, request: Request, notes: Notes) -> tuple[bytes, str]:
    with mpl.rc_context(cast("dict[Any, Any]", settings())):
        match request.kind:
            case "bar" | "stacked_bar":
                figure, grid = bar(roles, request, notes)
                alt = words.of_bars(request, roles, grid)
            case "pie":
                figure, grid = pie(roles, request, notes)
                alt = words.of_bars(request, roles, grid)
            case "line":
                figure, grid = line(roles, request, notes)
                alt = words.of_lines(request, roles, grid)
            case "heatmap":
                figure, grid = heatmap(roles, request, notes)
                alt = words.of_cells(request, roles, grid)
            case "scatter":
                figure, points = scatter(roles, request, notes)
                alt = words.of_points(request, roles, points)
            case "histogram" | "box":
                figure, groups = (histogram if request.kind == "histogram" else box)(roles, request, notes)
                alt = words.of_spread(request, roles, groups)
        return png(figure, notes), alt


def png(figure: Figure, notes: Notes) -> bytes:
    """The figure as a picture; characters that no font here can draw are told."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        output = io.BytesIO()
        FigureCanvasAgg(figure).print_png(output, pil_kwargs={"optimize": False}, metadata={"Software": None})
    missing = {int(match[1]) for found in caught if (match := _GLYPH.search(str(found.message)))}
    if missing:
        shown = " ".join(chr(code) for code in sorted(missing)[:_NAMED])
        notes.add(
            f"No font on this machine can draw {len(missing)} of the characters ({shown}): they are boxes in the "
            "picture. Install one, such as Noto Sans CJK, where the server runs."
        )
    return output.getvalue()
