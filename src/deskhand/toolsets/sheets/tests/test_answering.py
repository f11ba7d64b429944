"""A question is run once and whole: what ends it, what it shows, what it counts and what is kept of it."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import csv
import io
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from deskhand.errors import InvalidInput
from deskhand.testing import call
from deskhand.toolsets.sheets import answering
from deskhand.toolsets.sheets.engine import Sheets
from deskhand.toolsets.sheets.tests.client import sheets_client
from deskhand.toolsets.sheets.tests.conftest import OpenFile, Opening

pytestmark = pytest.mark.anyio
ENDS = {
    "a comment": "SELECT * FROM sales -- all rows",
    "a semicolon and a comment": "FROM sales SELECT * ; -- x",
    "comments and semicolons": "SELECT * FROM sales /* a */ ; /* b; */ ;; -- c",
    "a text that looks like a comment": "SELECT *, '-- x;' AS t FROM sales",
    "letters of several bytes": "SELECT *, 'ü' AS ü FROM sales -- ü;",
}


@pytest.mark.parametrize("sql", ENDS.values(), ids=ENDS.keys())
async def test_what_stands_behind_a_statement_does_not_spoil_it(
    sql: str, sheets: Sheets, tables: list[OpenFile]
) -> None:
    answer = await sheets.query(tables, sql, max_rows=2)
    assert (len(answer.rows), answer.total) == (2, 6)
    assert (await sheets.export(tables, sql, "csv")).count(b"\n") == 7


async def test_parquet_is_written_of_sql_that_ends_in_a_comment(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (client, workspace, _):
        sql = "SELECT region, random() AS r FROM sales -- all"
        told = await call(client, "sheet_write", file="all.parquet", sql=sql, files=["sales.csv"])
        assert told["rows"] == 6
        assert duckdb.read_parquet(str(workspace / "all.parquet")).fetchall()[5][0] == "north"


async def test_the_rows_that_are_kept_are_those_that_are_shown(sheets: Sheets, tables: list[OpenFile]) -> None:
    sql = "SELECT random() AS r FROM range(1000)"
    answer, kept, problem = await sheets.query_and_keep(tables, sql, 5)
    rows = list(csv.reader(io.StringIO(kept.decode())))
    assert (answer.total, len(rows), problem) == (1000, 1001, "")
    assert [[float(cell) for cell in row] for row in rows[1:6]] == [list(row) for row in answer.rows]


async def test_rows_that_are_kept_hold_the_cells_as_they_are(sheets: Sheets, tables: list[OpenFile]) -> None:
    _, kept, _ = await sheets.query_and_keep(tables, "SELECT '=1+1' AS a, '+49 170' AS b, NULL AS c", 5)
    assert kept == b"a,b,c\n=1+1,+49 170,\n"


async def test_more_rows_than_are_held_are_counted(sheets: Sheets, tables: list[OpenFile]) -> None:
    answer, kept, problem = await sheets.query_and_keep(tables, "FROM range(600000)", 5)
    assert (len(answer.rows), answer.total, kept) == (5, 600_000, b"")
    assert "More than 500,000 rows" in problem


async def test_rows_too_large_to_be_held_are_shown_and_counted(sheets: Sheets, tables: list[OpenFile]) -> None:
    sql = "SELECT repeat('x', 2000) || i AS t FROM range(400000) r(i)"
    answer, kept, problem = await sheets.query_and_keep(tables, sql, 5)
    assert (len(answer.rows), answer.total, kept) == (5, 400_000, b"")
    assert "too much to keep" in problem


async def test_a_wide_answer_stays_small(sheets: Sheets, tables: list[OpenFile]) -> None:
    columns = ", ".join(f"repeat('x', 2000) AS c{number}" for number in range(400))
    answer = await sheets.query(tables, f"SELECT {columns} FROM range(200)", max_rows=200)
    cells = [cell for row in answer.rows for cell in row]
    assert sum(len(str(cell)) for cell in cells) <= answering._MOST_CHARACTERS  # pyright: ignore[reportPrivateUsage]
    assert (answer.total, len(answer.columns)) == (200, 400)
    assert len(answer.rows) >= 1


async def test_show_tables_tells_the_tables_of_the_files(sheets: Sheets, tables: list[OpenFile]) -> None:
    answer = await sheets.query(tables, "show /* all */ tables;")
    assert answer.rows == (("sales", "sales.csv", ""), ("people", "people.csv", ""))


async def test_a_sheet_name_that_two_files_have_stands_for_neither(
    sheets: Sheets, opened: Opening, tmp_path: Path
) -> None:
    for number, name in enumerate(("one", "two")):
        with xlsxwriter.Workbook(tmp_path / f"{name}.xlsx") as book:
            book.add_worksheet("Data").write_column(0, 0, ["a", number])
    files = [opened(tmp_path / "one.xlsx"), opened(tmp_path / "two.xlsx")]
    with pytest.raises(InvalidInput, match=r"Data stands for several tables\. Write which is meant: one, two"):
        await sheets.query(files, "SELECT * FROM Data")
    answer = await sheets.query(files, "SELECT * FROM one UNION ALL SELECT * FROM two ORDER BY 1")
    assert answer.rows == ((0,), (1,))
    assert (await sheets.query(files[:1], "SELECT * FROM Data")).rows == ((0,),)
