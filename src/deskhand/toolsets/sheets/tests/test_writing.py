"""Writing: what the file holds, what is never a formula, and that nothing is overwritten unseen."""

import io
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import anyio
import duckdb
import mcp_types as types
import openpyxl
import pytest
from mcp.client.client import ConnectMode

from deskhand.errors import InvalidInput, LimitExceeded
from deskhand.testing import call, refusal, text_of
from deskhand.toolsets.sheets.tests.client import ERAS, sheets_client
from deskhand.toolsets.sheets.writing import Writing, columns_of
from deskhand.toolsets.sheets.writing_book import MOST_COLUMNS, MOST_ROWS, Layout, write_book
from deskhand.toolsets.sheets.writing_csv import csv_into, is_formula
from deskhand.toolsets.sheets.writing_job import rows_given
from deskhand.toolsets.sheets.writing_rows import Rows

pytestmark = pytest.mark.anyio
YES = types.ElicitResult(action="accept", content={"overwrite": True})
NO = types.ElicitResult(action="decline")
DANGEROUS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "＝1", "＋1", "－1+1", "＠A1"]
HARMLESS = ["-5", "+5", "-1,234.50", "1e-3", "-12%", "a=b", "x@example.org", "", "2025-01-01"]
SQL = (
    "SELECT 'north' AS region, DATE '2025-01-31' AS day, TIMESTAMP '2025-01-31 12:30:00' AS at, TIME '08:15:00' AS t, "
    "12.34::DECIMAL(10,2) AS price, -5 AS n, 0.25 AS share, true AS paid, NULL AS nothing, "
    "12345678901234567890::HUGEINT AS id, '=HYPERLINK(\"x\")' AS formula"
)


def book_bytes(rows: Rows, layout: Layout, folder: Path) -> bytes:
    output = io.BytesIO()
    write_book(output, rows, layout, folder)
    return output.getvalue()


def _cells(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data)).active


def _csv(columns: list[str], rows: list[list[Any]]) -> bytes:
    output = io.BytesIO()
    csv_into(output, columns, rows)
    return output.getvalue()


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_text_that_could_run_is_never_a_formula(text: str, tmp_path: Path) -> None:
    assert is_formula(text)
    assert _csv(["a"], [[text]]).decode().split("\n", 1)[1].lstrip('"').startswith("'")
    rows = rows_given([[text], [text]])
    sheet = _cells(book_bytes(rows, Layout(), tmp_path))
    assert {sheet["A1"].data_type, sheet["A2"].data_type} <= {"s", "inlineStr"}


@pytest.mark.parametrize("text", HARMLESS)
def test_a_text_that_cannot_run_stays_as_it_is(text: str) -> None:
    assert not is_formula(text)
    assert _csv(["a"], [[text, 1]]).decode().splitlines()[1].replace('"', "") == f"{text},1"


@ERAS
async def test_a_workbook_has_real_types(mode: ConnectMode, tmp_path: Path) -> None:
    async with sheets_client(tmp_path, mode=mode) as (client, workspace, _):
        written = await call(
            client,
            "sheet_write",
            file="out/report.xlsx",
            sql=SQL,
            files="sales.csv",
            sheet="Report",
            columns={"price": {"format": "#,##0.0", "width": 20}, "share": "0%"},
        )
        assert (written["outcome"], written["rows"]) == ("created", 1)
        assert any("15 digits" in warning for warning in written["warnings"])
        sheet = _cells((workspace / "out" / "report.xlsx").read_bytes())
    assert sheet.title == "Report"
    assert [cell.value for cell in sheet[2]] == [
        "north", datetime(2025, 1, 31), datetime(2025, 1, 31, 12, 30), time(8, 15), 12.34, -5, 0.25, True, None,
        "12345678901234567890", '=HYPERLINK("x")',
    ]  # fmt: skip
    assert sheet["K2"].data_type != "f"
    assert (sheet["B2"].number_format, sheet["E2"].number_format, sheet["G2"].number_format) == (
        "yyyy-mm-dd",
        "#,##0.0",
        "0%",
    )
    assert (sheet.freeze_panes, sheet["A1"].font.bold) == ("A2", True)
    assert round(sheet.column_dimensions["E"].width) == 21


async def test_rows_that_are_sent_become_a_file(tmp_path: Path) -> None:
    rows = [["name", "day", "n"], ["ann", "2025-01-02", 1], ["bob", None, 2.5], ["=A1", "2025-03-04"]]
    async with sheets_client(tmp_path) as (client, workspace, _):
        for name in ("a.xlsx", "a.csv", "a.parquet"):
            await call(client, "sheet_write", file=name, rows=rows)
        assert [cell.value for cell in _cells((workspace / "a.xlsx").read_bytes())["B"]][1] == datetime(2025, 1, 2)
        assert (workspace / "a.csv").read_text() == "name,day,n\nann,2025-01-02,1\nbob,,2.5\n'=A1,2025-03-04,\n"
        found = duckdb.connect().execute(f"FROM '{workspace / 'a.parquet'}'").fetchall()
    assert found == [("ann", date(2025, 1, 2), 1.0), ("bob", None, 2.5), ("=A1", date(2025, 3, 4), None)]


async def test_parquet_of_a_question_keeps_the_types(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (client, workspace, _):
        written = await call(client, "sheet_write", file="out.parquet", sql="FROM sales", files=["sales.csv"])
        assert (written["rows"], written["columns"][:2]) == (6, ["region", "day"])
        described = duckdb.connect().execute(f"DESCRIBE FROM '{workspace / 'out.parquet'}'").fetchall()
    assert {name: kind for name, kind, *_ in described}["day"] == "DATE"


@ERAS
async def test_a_file_is_replaced_only_with_its_version(mode: ConnectMode, tmp_path: Path) -> None:
    async with sheets_client(tmp_path, mode=mode) as (client, workspace, _):
        before = (workspace / "sales.csv").read_text()
        refused = await client.call_tool("sheet_write", {"file": "sales.csv", "rows": [["a"], [1]]})
        assert refused.is_error
        assert "exists" in text_of(refused)
        assert (workspace / "sales.csv").read_text() == before
        version = (await call(client, "sheet_inspect", file="sales.csv"))["version"]
        written = await call(client, "sheet_write", file="sales.csv", rows=[["a"], [1]], expected_version=version)
        assert written["outcome"] == "replaced"
        assert (workspace / "sales.csv").read_text() == "a\n1\n"
        assert (workspace / written["trashed"].removeprefix("file:///")).read_text() == before


@ERAS
async def test_the_person_may_agree_to_replace_a_file(mode: ConnectMode, tmp_path: Path) -> None:
    async with sheets_client(tmp_path, mode=mode, answer=YES) as (client, workspace, asked):
        written = await call(client, "sheet_write", file="sales.csv", rows=[["a"], [1]])
        assert (written["outcome"], len(asked)) == ("replaced", 1)
        assert (workspace / "sales.csv").read_text() == "a\n1\n"


async def test_a_refusal_leaves_the_file(tmp_path: Path) -> None:
    async with sheets_client(tmp_path, answer=NO) as (client, workspace, _):
        before = (workspace / "sales.csv").read_text()
        assert "not agreed" in await refusal(client, "sheet_write", file="sales.csv", rows=[["a"], [1]])
        assert (workspace / "sales.csv").read_text() == before


async def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    async with sheets_client(tmp_path, answer=YES) as (client, workspace, asked):
        for name, outcome in (("new.xlsx", "would create"), ("sales.csv", "would replace")):
            told = await call(client, "sheet_write", file=name, sql="FROM sales", files="sales.csv", dry_run=True)
            assert (told["outcome"], told["rows"], told["head"][0][0]) == (outcome, 6, "north")
        assert asked == []
        assert sorted(path.name for path in workspace.iterdir()) == ["people.csv", "sales.csv"]


async def test_nothing_is_written_where_it_is_switched_off(tmp_path: Path) -> None:
    async with sheets_client(tmp_path, settings={"read_only": True}) as (client, workspace, _):
        assert "only read here" in await refusal(client, "sheet_write", file="new.csv", rows=[["a"]])
        assert not (workspace / "new.csv").exists()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"file": "a.txt", "rows": [["a"]]}, "must end in .xlsx, .csv or .parquet"),
        ({"file": "a.csv"}, "either sql with files, or rows"),
        ({"file": "a.csv", "rows": [["a"]], "sql": "SELECT 1"}, "either sql with files, or rows"),
        ({"file": "a.csv", "rows": [["a"]], "sheet": "One"}, "are for .xlsx"),
    ],
)
def test_what_cannot_be_written_is_told_at_once(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        Writing(**given)


def test_looks_of_columns_may_be_short() -> None:
    looks = columns_of({"a": "0.0", "b": 12, "c": {"format": "0%", "width": 5}})
    assert (looks["a"].format, looks["b"].width, looks["c"].format) == ("0.0", 12, "0%")
    with pytest.raises(InvalidInput, match="at most 255"):
        columns_of({"a": {"width": 999}})


@pytest.mark.parametrize("name", ["", "a" * 32, "a/b", "[x]", "'a", "History"])
def test_a_sheet_name_that_excel_refuses_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be called"):
        book_bytes(Rows(["a"], ["BIGINT"]), Layout(name), tmp_path)


def test_more_than_a_sheet_holds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (MOST_ROWS, MOST_COLUMNS) == (1_048_576, 16_384)
    wide = Rows([f"c{n}" for n in range(16_385)], ["BIGINT"] * 16_385)
    with pytest.raises(LimitExceeded, match="16,385 columns"):
        book_bytes(wide, Layout(), tmp_path)
    long = Rows(["a"], ["BIGINT"])
    long.source = iter([[1]] * 1_000)
    monkeypatch.setattr("deskhand.toolsets.sheets.writing_book.MOST_ROWS", 1_000)
    with pytest.raises(LimitExceeded, match="999 rows"):
        book_bytes(long, Layout(), tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_a_column_that_is_not_there_has_no_look(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (client, _, _):
        told = await refusal(client, "sheet_write", file="a.xlsx", rows=[["a"], [1]], columns={"b": "0"})
        assert "There is no column b. Columns: a." in told


async def test_csv_tells_how_many_texts_it_changed_and_kept_data_is_as_it_was(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (client, workspace, _):
        sql = "SELECT '+49 170 ' || i AS phone FROM range(300) r(i)"
        told = await call(client, "sheet_write", file="p.csv", sql=sql, files=["sales.csv"])
        assert told["warnings"][0].startswith("300 texts that a spreadsheet could run")
        assert (workspace / "p.csv").read_text().splitlines()[1] == "'+49 170 0"
        kept = (await call(client, "sheet_query", sql=sql, files=["sales.csv"]))["all_rows"]
        joined = "SELECT count(*) FROM result WHERE phone = '+49 170 7'"
        assert (await call(client, "sheet_query", sql=joined, files=[kept]))["rows"] == [[1]]


async def test_of_many_writers_one_makes_the_file(tmp_path: Path) -> None:
    outcomes: list[bool] = []
    async with sheets_client(tmp_path) as (client, workspace, _):

        async def write(number: int) -> None:
            result = await client.call_tool("sheet_write", {"file": "one.csv", "rows": [["a"], [number]]})
            outcomes.append(bool(result.is_error))

        async with anyio.create_task_group() as tasks:
            for number in range(5):
                tasks.start_soon(write, number)
        assert sorted(outcomes) == [False, True, True, True, True]
        assert len((workspace / "one.csv").read_text().splitlines()) == 2
