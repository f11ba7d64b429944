"""Two sample files for a new workspace, so that there is something to ask about: invented sales of a furniture shop."""

import csv
import io
import logging
import tempfile
from collections.abc import Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from deskhand.errors import DeskhandError
from deskhand.workspace.workspace import Workspace

logger = logging.getLogger(__name__)

_MARKER = "samples-offered"
_COLUMNS = ("month", "region", "product", "units", "price", "revenue")
_TYPES = ("DATE", "VARCHAR", "VARCHAR", "BIGINT", "DOUBLE", "DOUBLE")
_REGIONS = {"North": 5, "South": 4, "East": 7, "West": 3}
_PRODUCTS = {"Desk": 349.0, "Chair": 129.5, "Lamp": 45.9}
_SEASON = (8, 7, 9, 10, 10, 11, 9, 8, 11, 12, 14, 16)


def offer(workspace: Workspace, data_dir: Path) -> None:
    """Put the samples into the workspace if it is empty; once and never again, whatever becomes of them."""
    marker = data_dir / _MARKER
    if marker.exists():
        return
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        is_empty = not any(workspace.root.path.iterdir())
        marker.touch()
        if is_empty:
            workspace.place("samples/sales.csv", _csv())
            if find_spec("xlsxwriter"):
                workspace.place("samples/sales.xlsx", _xlsx())
    except (OSError, DeskhandError) as error:  # a folder that cannot be written is told by the tools
        logger.info("No samples were put into the workspace: %s", error)


def sales() -> list[tuple[date, str, str, int, float, float]]:
    """Two years of sales by month, region and product."""
    rows: list[tuple[date, str, str, int, float, float]] = []
    for month in range(24):
        for region, size in _REGIONS.items():
            for rank, (product, price) in enumerate(_PRODUCTS.items(), 1):
                wave = (month * 7 + size * 5 + rank * 3) % 11
                units = size * rank * _SEASON[month % 12] // 4 + wave + month // 3
                rows.append((date(2024 + month // 12, month % 12 + 1, 1), region, product, units, price, units * price))
    return [(*row[:5], round(row[5], 2)) for row in rows]


def _csv() -> bytes:
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(sales())
    return output.getvalue().encode()


def _xlsx() -> bytes:
    from deskhand.toolsets.sheets.writing_book import Layout, write_book
    from deskhand.toolsets.sheets.writing_rows import Rows

    rows, output = Rows(_COLUMNS, _TYPES), io.BytesIO()
    given: Sequence[Sequence[object]] = sales()
    rows.source = iter(given)
    with tempfile.TemporaryDirectory(prefix="deskhand-") as folder:
        write_book(output, rows, Layout("Sales", {"price": "#,##0.00", "revenue": "#,##0.00"}), Path(folder))
    return output.getvalue()
