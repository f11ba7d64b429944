"""What is in a file arrives as what it is: types, dates, headers, sheets, encodings."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportAttributeAccessIssue=false

import io
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from deskhand.errors import NotFound
from deskhand.toolsets.sheets.engine import Sheets
from deskhand.toolsets.sheets.tests.conftest import Opening

pytestmark = pytest.mark.anyio


def book(fill: Callable[[Any, Any], None], **options: object) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, options) as made:
        fill(made, made.add_worksheet("Data"))
    return data.getvalue()


def rows_of(*rows: tuple[object, ...]) -> Callable[[Any, Any], None]:
    def fill(made: Any, sheet: Any) -> None:
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return fill


def moments(made: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, ["day", "moment", "time", "span", "share"])
    formats = [
        made.add_format({"num_format": code}) for code in ("yyyy-mm-dd", "d/m/yy hh:mm", "hh:mm", "[h]:mm", "0%")
    ]
    values = [date(2024, 2, 29), datetime(2025, 3, 30, 2, 30), time(12, 45), timedelta(hours=30)]
    for column, value in enumerate(values):
        sheet.write_datetime(1, column, value, formats[column])
    sheet.write_number(1, 4, 0.125, formats[4])


def early_days(made: Any, sheet: Any) -> None:
    sheet.write_string(0, 0, "day")
    form = made.add_format({"num_format": "yyyy-mm-dd"})
    for row, serial in enumerate((1, 59, 61), 1):
        sheet.write_number(row, 0, serial, form)


def errors(made: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, ["a", "b"])
    sheet.write_formula(1, 0, "=1/0", None, "#DIV/0!")
    sheet.write_number(2, 0, 4)
    sheet.write_row(1, 1, [1])


def xls(*rows: tuple[object, ...]) -> bytes:
    made = xlwt.Workbook()
    sheet = made.add_sheet("Data")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(number, column, value)
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


def ods(*rows: tuple[str, ...]) -> bytes:
    made = OpenDocumentSpreadsheet()
    sheet = Table(name="Data")
    for row in rows:
        line = TableRow()
        for value in row:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=value))
            line.addElement(cell)
        sheet.addElement(line)
    made.spreadsheet.addElement(sheet)
    data = io.BytesIO()
    made.write(data)
    return data.getvalue()


Expected = tuple[list[tuple[str, str]], list[tuple[object, ...]]]
READ: dict[str, tuple[str, Callable[[], bytes], Expected]] = {
    "whole numbers, texts and truth": (
        "t.xlsx",
        lambda: book(rows_of(("n", "t", "b"), (1, "x", True), (2, "y", False))),
        ([("n", "BIGINT"), ("t", "VARCHAR"), ("b", "BOOLEAN")], [(1, "x", True), (2, "y", False)]),
    ),
    "fractions and gaps": (
        "t.xlsx",
        lambda: book(rows_of(("n", "f", "b"), (1, 2.5, True), (None, None, None), (3, None, False))),
        ([("n", "BIGINT"), ("f", "DOUBLE"), ("b", "BOOLEAN")], [(1, 2.5, True), (3, None, False)]),
    ),
    "dates, times, durations, percent": (
        "t.xlsx",
        lambda: book(moments),
        (
            [("day", "DATE"), ("moment", "TIMESTAMP"), ("time", "TIME"), ("span", "INTERVAL"), ("share", "DOUBLE")],
            [("2024-02-29", "2025-03-30T02:30:00", "12:45:00", "30:00:00", 0.125)],
        ),
    ),
    "the days before March 1900": (
        "t.xlsx",
        lambda: book(early_days),
        ([("day", "DATE")], [("1900-01-01",), ("1900-02-28",), ("1900-03-01",)]),
    ),
    "days from 1904": (
        "t.xlsx",
        lambda: book(early_days, date_1904=True),
        ([("day", "DATE")], [("1904-01-02",), ("1904-02-29",), ("1904-03-02",)]),
    ),
    "leading zeros in a workbook": (
        "t.xlsx",
        lambda: book(rows_of(("code", "n"), ("00123", 1))),
        ([("code", "VARCHAR"), ("n", "BIGINT")], [("00123", 1)]),
    ),
    "several kinds in a column": (
        "t.xlsx",
        lambda: book(rows_of(("a", "n"), (1, 1), ("x", 2), (2.5, 3), (True, 4))),
        ([("a", "VARCHAR"), ("n", "BIGINT")], [("1", 1), ("x", 2), ("2.5", 3), ("true", 4)]),
    ),
    "errors in cells": ("t.xlsx", lambda: book(errors), ([("a", "BIGINT"), ("b", "BIGINT")], [(None, 1), (4, None)])),
    "a title above the header": (
        "t.xlsx",
        lambda: book(rows_of(("Sales 2025",), (), ("name", "n", "m"), ("ann", 3, 4), ("bob", 4, 5))),
        ([("name", "VARCHAR"), ("n", "BIGINT"), ("m", "BIGINT")], [("ann", 3, 4), ("bob", 4, 5)]),
    ),
    "a header of two rows": (
        "t.xlsx",
        lambda: book(rows_of(("", "2024", "", "2025", ""), ("name", "Q1", "Q2", "Q1", "Q2"), ("ann", 1, 2, 3, 4))),
        (
            [
                ("name", "VARCHAR"),
                ("2024 Q1", "BIGINT"),
                ("2024 Q2", "BIGINT"),
                ("2025 Q1", "BIGINT"),
                ("2025 Q2", "BIGINT"),
            ],
            [("ann", 1, 2, 3, 4)],
        ),
    ),
    "years as a header": (
        "t.xlsx",
        lambda: book(rows_of(("region", 2024, 2025), ("north", 10.5, 11.5))),
        ([("region", "VARCHAR"), ("2024", "DOUBLE"), ("2025", "DOUBLE")], [("north", 10.5, 11.5)]),
    ),
    "no header": (
        "t.xlsx",
        lambda: book(rows_of((1, "ann"), (2, "bob"))),
        ([("column_1", "BIGINT"), ("column_2", "VARCHAR")], [(1, "ann"), (2, "bob")]),
    ),
    "names that repeat or are missing": (
        "t.xlsx",
        lambda: book(rows_of(("a", "A", "", "a"), (1, 2, 3, 4))),
        ([("a", "BIGINT"), ("A_2", "BIGINT"), ("column_3", "BIGINT"), ("a_3", "BIGINT")], [(1, 2, 3, 4)]),
    ),
    "an old workbook": (
        "t.xls",
        lambda: xls(("n", "t"), (1, "x"), (2, "y")),
        ([("n", "BIGINT"), ("t", "VARCHAR")], [(1, "x"), (2, "y")]),
    ),
    "an OpenDocument sheet": (
        "t.ods",
        lambda: ods(("name", "city"), ("ann", "Bern")),
        ([("name", "VARCHAR"), ("city", "VARCHAR")], [("ann", "Bern")]),
    ),
    "CSV with codes and long numbers": (
        "t.csv",
        lambda: b"code,phone,long,day\n00123,+4930123456,12345678901234567890,2025-01-31\n",
        (
            [("code", "VARCHAR"), ("phone", "VARCHAR"), ("long", "HUGEINT"), ("day", "DATE")],
            [("00123", "+4930123456", "12345678901234567890", "2025-01-31")],
        ),
    ),
    "semicolons and Western letters": (
        "t.csv",
        lambda: "name;größe\nJürgen;3\n".encode("cp1252"),
        ([("name", "VARCHAR"), ("größe", "BIGINT")], [("Jürgen", 3)]),
    ),
    "UTF-16 with tabs": (
        "t.tsv",
        lambda: "name\tn\nЖора\t3\n".encode("utf-16"),
        ([("name", "VARCHAR"), ("n", "BIGINT")], [("Жора", 3)]),
    ),
    "a mark at the start": (
        "t.csv",
        lambda: "name,n\nann,3\n".encode("utf-8-sig"),
        ([("name", "VARCHAR"), ("n", "BIGINT")], [("ann", 3)]),
    ),
    "lines inside quotes": (
        "t.csv",
        lambda: b'a,b\n"x\ny",1\n"say ""hi""",2\n',
        ([("a", "VARCHAR"), ("b", "BIGINT")], [("x\ny", 1), ('say "hi"', 2)]),
    ),
    "rows of different lengths": (
        "t.csv",
        lambda: b"a,b,c\n1,2,3\n4,5\n",
        ([("a", "BIGINT"), ("b", "BIGINT"), ("c", "BIGINT")], [(1, 2, 3), (4, 5, None)]),
    ),
    "a title above CSV": (
        "t.csv",
        lambda: b"Report\n\nname,n,m\nann,3,4\nbob,4,5\n",
        ([("name", "VARCHAR"), ("n", "BIGINT"), ("m", "BIGINT")], [("ann", 3, 4), ("bob", 4, 5)]),
    ),
    "Windows line ends": ("t.csv", lambda: b"a,b\r\n1,x\r\n", ([("a", "BIGINT"), ("b", "VARCHAR")], [(1, "x")])),
    "JSON lines": (
        "t.jsonl",
        lambda: b'{"a": 1, "b": {"c": [1, 2]}}\n{"a": 2}\n',
        ([("a", "BIGINT"), ("b", "STRUCT(c BIGINT[])")], [(1, '{"c": [1, 2]}'), (2, None)]),
    ),
}


@pytest.mark.parametrize(("name", "made", "expected"), READ.values(), ids=READ.keys())
async def test_a_table_is_read_as_it_is(
    name: str, made: Callable[[], bytes], expected: Expected, sheets: Sheets, opened: Opening, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(made())
    file = opened(tmp_path / name)
    answer = await sheets.query([file], "FROM t")
    assert (list(answer.columns), [tuple(row) for row in answer.rows]) == expected
    assert (await sheets.query([file], "FROM t")).rows == answer.rows


async def test_a_value_that_comes_late_changes_the_type_of_the_column(
    sheets: Sheets, opened: Opening, tmp_path: Path
) -> None:
    lines = ["n,code", *(f"{number},{number}" for number in range(60_000)), "x,0007", ""]
    (tmp_path / "late.csv").write_text("\n".join(lines))
    answer = await sheets.query([opened(tmp_path / "late.csv")], "SELECT count(*), max(n), max(code) FROM late")
    assert answer.rows == ((60_001, "x", "9999"),)


async def test_sheets_are_tables_by_file_and_sheet(sheets: Sheets, opened: Opening, tmp_path: Path) -> None:
    def fill(made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["a"])
        sheet.write_row(1, 0, [1])
        other = made.add_worksheet("May 2025")
        other.write_column(0, 0, ["a", 5, 6])
        made.add_worksheet("secret").hide()

    (tmp_path / "year.xlsx").write_bytes(book(fill))
    file = opened(tmp_path / "year.xlsx")
    inspection = await sheets.inspect(file, "may 2025")
    assert [(table.name, table.rows, table.hidden) for table in inspection.tables] == [
        ("year_Data", 1, False),
        ("year_May_2025", 2, False),
        ("year_secret", 0, True),
    ]
    assert inspection.shown.name == "year_May_2025"
    assert any("secret" in warning for warning in inspection.warnings)
    answer = await sheets.query([file], 'SELECT (SELECT sum(a) FROM year_May_2025), (SELECT sum(a) FROM "May 2025")')
    assert answer.rows == ((11, 11),) or answer.rows == (("11", "11"),)
    with pytest.raises(NotFound, match="Sheets: Data, May 2025, secret"):
        await sheets.inspect(file, "June")


async def test_an_inspection_describes_the_columns_and_what_is_odd(
    sheets: Sheets, opened: Opening, tmp_path: Path
) -> None:
    def fill(made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["name", "n"])
        for row, (name, number) in enumerate((("ann ", 3), ("bob", 4), ("ann ", 5)), 1):
            sheet.write_row(row, 0, [name, number])
        sheet.write_row(4, 0, ["Total"])
        sheet.write_formula(4, 1, "=SUM(B2:B4)", None, "")
        sheet.merge_range(5, 0, 5, 1, "")

    (tmp_path / "odd.xlsx").write_bytes(book(fill))
    inspection = await sheets.inspect(opened(tmp_path / "odd.xlsx"))
    name, number = inspection.columns
    assert (number.type, number.nulls, number.distinct, number.minimum, number.maximum) == ("BIGINT", 1, 3, "3", "5")
    assert set(name.samples) == {"ann ", "bob", "Total"}
    assert inspection.rows[0] == ("ann ", 3)
    told = " ".join(inspection.warnings)
    for odd in ("Formulas without a stored value", "Merged", "spaces", "total"):
        assert odd in told
