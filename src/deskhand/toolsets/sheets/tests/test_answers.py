"""What a question that is wrong is told, and all rows as a file."""

from pathlib import Path

import pytest

from deskhand.errors import InvalidInput
from deskhand.toolsets.sheets.engine import Sheets
from deskhand.toolsets.sheets.tests.conftest import Opening

pytestmark = pytest.mark.anyio


async def test_a_wrong_column_is_told_with_the_right_one(sheets: Sheets, opened: Opening, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("region,revenue,unit price\nnorth,3,1.5\n")
    file = opened(tmp_path / "sales.csv")
    with pytest.raises(
        InvalidInput, match=r'no column revnue. Did you mean revenue\? Columns: region, revenue, "unit price"'
    ):
        await sheets.query([file], "SELECT sum(revnue) FROM sales")
    with pytest.raises(InvalidInput, match=r"no table sale. Did you mean sales\? Tables: sales"):
        await sheets.query([file], "SELECT 1 FROM sale")


async def test_all_rows_can_be_had_as_a_file(sheets: Sheets, opened: Opening, tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("n\n" + "\n".join(map(str, range(1000))) + "\n")
    file = opened(tmp_path / "n.csv")
    exported = await sheets.export([file], "SELECT n FROM n WHERE n < 3 ORDER BY n", "csv")
    assert exported == b"n\n0\n1\n2\n"
    assert (await sheets.export([file], "FROM n", "parquet")).startswith(b"PAR1")
    answer = await sheets.query([file], "SELECT n FROM n", max_rows=2)
    assert (len(answer.rows), answer.total) == (2, 1000)
