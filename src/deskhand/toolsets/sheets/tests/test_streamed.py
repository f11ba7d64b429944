"""A sheet that is read row after row has the same values as one that is read whole."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportArgumentType=false

import io
import os
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from deskhand.toolsets.sheets import streamed
from deskhand.toolsets.sheets.streamed import StreamedSheet, Unfit


def odd_cells(**options: object) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, options) as book:
        sheet = book.add_worksheet("Data")
        codes = ("yyyy-mm-dd", "d/m/yy hh:mm", "hh:mm:ss", "[h]:mm", "0.0%", '"day" 0', "#,##0.00 [$€-407]")
        forms = [book.add_format({"num_format": code}) for code in codes]
        sheet.write_row(0, 0, ["a & b", "<c>", "é", "d", "e", "f", "g"])
        for row, serial in enumerate((0.0, 0.5, 1.0, 59.0, 60.0, 61.0, 45_000.999, 2.25), 1):
            for column, form in enumerate(forms):
                sheet.write_number(row, column, serial, form)
        sheet.write_datetime(9, 1, datetime(2025, 3, 30, 2, 30), forms[1])
        sheet.write_datetime(9, 0, date(2024, 2, 29), forms[0])
        sheet.write_datetime(9, 2, time(12, 45), forms[2])
        sheet.write_datetime(9, 3, timedelta(hours=30), forms[3])
        sheet.write_formula(10, 0, '=1/0&"<"', None, "#DIV/0!")
        sheet.write_formula(10, 1, "=1+1", None, 2)
        sheet.write_formula(10, 2, '="x"', None, "x & y")
        sheet.write_boolean(10, 3, True)
        sheet.write_rich_string(10, 4, "one ", forms[0], "two")
        sheet.write_string(12, 6, " spaced ")
    return data.getvalue()


@pytest.mark.parametrize("options", [{}, {"date_1904": True}, {"in_memory": True, "constant_memory": True}])
def test_streamed_rows_are_those_of_calamine(
    options: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streamed, "LARGE_BYTES", 0)
    path = tmp_path / "odd.xlsx"
    path.write_bytes(odd_cells(**options))
    descriptor = os.open(path, os.O_RDONLY)
    try:
        rows = list(StreamedSheet(descriptor, "Data").iter_rows())
    finally:
        os.close(descriptor)
    whole = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Data").iter_rows()
    assert [row for row in rows if any(value != "" for value in row)] == [
        row for row in whole if any(value != "" for value in row)
    ]


def test_a_sheet_that_is_wider_than_it_says_is_left_to_calamine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streamed, "LARGE_BYTES", 0)
    path = tmp_path / "wide.xlsx"
    with zipfile.ZipFile(io.BytesIO(odd_cells())) as whole, zipfile.ZipFile(path, "w") as made:
        for name in whole.namelist():
            made.writestr(name, whole.read(name).replace(b'<dimension ref="A1:G13"/>', b'<dimension ref="A1:B13"/>'))
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with pytest.raises(Unfit):
            list(StreamedSheet(descriptor, "Data").iter_rows())
    finally:
        os.close(descriptor)


def test_a_small_sheet_is_left_to_calamine(tmp_path: Path) -> None:
    path = tmp_path / "small.xlsx"
    path.write_bytes(odd_cells())
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with pytest.raises(Unfit):
            StreamedSheet(descriptor, "Data")
    finally:
        os.close(descriptor)
