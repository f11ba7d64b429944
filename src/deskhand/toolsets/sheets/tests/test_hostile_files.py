"""Files that want to do harm, and broken ones: a clear error in seconds, and the next question is answered."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from deskhand.errors import InvalidInput, LimitExceeded
from deskhand.toolsets.sheets.engine import Sheets
from deskhand.toolsets.sheets.tests.conftest import OpenFile, Opening

pytestmark = pytest.mark.anyio

SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"
MEBI = 1024**2


def workbook(rows: list[list[object]]) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return data.getvalue()


def changed(member: str, content: Callable[[bytes], bytes]) -> bytes:
    """A good workbook with one member that is another."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([["a", "b"], ["x", 1]]))) as old, zipfile.ZipFile(made, "w") as new:
        for info in old.infolist():
            data = old.read(info.filename)
            new.writestr(info.filename, content(data) if info.filename == member else data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def with_large(member: str, before: bytes, unit: bytes, times: int, after: bytes) -> bytes:
    """A good workbook in which one member is `unit` so many times: small in the file, large unpacked."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([["a", "b"], ["x", 1]]))) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,  # the quickest
    ):
        for info in old.infolist():
            if info.filename != member:
                new.writestr(info.filename, old.read(info.filename))
        with new.open(member, "w", force_zip64=True) as stream:
            stream.write(before)
            for _ in range(times):
                stream.write(unit)
            stream.write(after)
    return made.getvalue()


def declaring_3_gib(archive: bytes) -> bytes:
    """A workbook whose directory says that its sheet is 3 GiB unpacked (APPNOTE 4.3.12: bytes 24 to 27)."""
    entry = archive.rindex(b"PK\1\2", 0, archive.rindex(SHEET.encode()))
    return archive[: entry + 24] + (3 * 1024 * MEBI).to_bytes(4, "little") + archive[entry + 28 :]


def protected() -> bytes:
    """An OLE file whose directory names what a protected workbook has ([MS-OFFCRYPTO] 2.3.4)."""
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    header[30:32] = (9).to_bytes(2, "little")
    return (
        bytes(header)
        + "EncryptionInfo".encode("utf-16-le").ljust(128, b"\0")
        + "EncryptedPackage".encode("utf-16-le").ljust(384, b"\0")
    )


HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"
XXE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
GOOD = workbook([["a", "b"], ["x", 1]])
REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("a.xlsx", lambda: b"", "is empty"),
    "blank": ("a.csv", lambda: b" \n\n ", "is empty"),
    "protected": ("a.xlsx", protected, "password"),
    "truncated": ("a.xlsx", lambda: GOOD[: len(GOOD) // 2], "damaged"),
    "without its end": ("a.xlsx", lambda: GOOD[:-30], "damaged"),
    "a ZIP of something else": ("a.xlsx", lambda: _zip({"word/document.xml": b"<x/>"}), "not a workbook"),
    "a PDF": ("a.csv", lambda: b"%PDF-1.7\n...", "a PDF"),
    "a web page called xls": ("a.xls", lambda: b"<html><table><tr><td>1</td></tr></table></html>", "web page"),
    "a compressed file": ("a.csv", lambda: b"\x1f\x8b\x08\0\0\0", "gzip"),
    "an OLE file of something else": (
        "a.xls",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024),
        "not a workbook",
    ),
    "a sheet that is no XML": ("a.xlsx", lambda: changed(SHEET, lambda _: b"<worksheet><sheetData><row"), "damaged"),
    "a Parquet file that ends": ("a.parquet", lambda: b"PAR1" + bytes(100), "damaged"),
    "JSON that breaks off": ("a.jsonl", lambda: b'{"a": 1}\n{"a": \n', "damaged"),
    "an entity of a file": (
        "a.xlsx",
        lambda: changed(TEXTS, lambda xml: xml.replace(b"<sst", XXE + b"<sst", 1).replace(b">x<", b">&e;<")),
        "damaged",
    ),
    "entities of entities": (
        "a.xlsx",
        lambda: changed(TEXTS, lambda xml: xml.replace(b"<sst", LAUGHS + b"<sst", 1).replace(b">x<", b">&c;<")),
        "damaged",
    ),
    "a text index that is not there": (
        "a.xlsx",
        lambda: changed(SHEET, lambda xml: xml.replace(b'<c r="A2" t="s"><v>2<', b'<c r="A2" t="s"><v>99999999<')),
        "damaged",
    ),
    "a zip bomb": ("a.xlsx", lambda: declaring_3_gib(GOOD), "larger than 2 GiB"),
    "500 MiB of shared texts": (
        "a.xlsx",
        lambda: with_large(TEXTS, b"<sst><si><t>", b"x" * MEBI, 500, b"</t></si></sst>"),
        "larger than",
    ),
    "1 GiB of one cell": (
        "a.xlsx",
        lambda: with_large(
            SHEET, HEAD + b'<row><c t="inlineStr"><is><t>', b"x" * MEBI, 1024, b"</t></is></c></row>" + TAIL
        ),
        "memory",
    ),
}


def _zip(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


def placed(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


async def is_well(sheets: Sheets, tables: list[OpenFile]) -> bool:
    """Whether the next question is answered."""
    return (await sheets.query(tables, "SELECT count(*) FROM sales")).rows == ((6,),)


@pytest.mark.parametrize(("name", "made", "said"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_hostile_file_is_refused_with_the_reason(
    name: str,
    made: Callable[[], bytes],
    said: str,
    sheets: Sheets,
    tables: list[OpenFile],
    opened: Opening,
    tmp_path: Path,
) -> None:
    file = opened(placed(tmp_path, name, made()))
    with pytest.raises((InvalidInput, LimitExceeded)) as refused:
        await sheets.inspect(file)
    assert said in refused.value.message
    assert str(tmp_path) not in refused.value.message
    assert await is_well(sheets, tables)


READ: dict[str, tuple[str, Callable[[], bytes], str, list[tuple[object, ...]]]] = {
    "a workbook called csv": ("a.csv", lambda: GOOD, "FROM a", [("x", 1)]),
    "text called xlsx": ("a.xlsx", lambda: b"a,b\nx,1\n", "FROM a", [("x", 1)]),
    "NULs in text": ("a.csv", lambda: b"a,b\nx\0y,1\n", "SELECT b FROM a", [(1,)]),
    "a quote that is never closed": ("a.csv", lambda: b'a,b\n"x,1\ny,2\n', "SELECT count(*) FROM a", [(2,)]),
    "one endless line": ("a.csv", lambda: b"x" * (40 * MEBI), "SELECT count(*) FROM a", [(0,)]),
    "a short line and an endless one": (
        "a.csv",
        lambda: b"a,b\n1,2\n" + b"x" * (40 * MEBI),
        "SELECT count(*) <= 2 FROM a",
        [(True,)],
    ),
    "a dimension that lies": (
        "a.xlsx",
        lambda: changed(SHEET, lambda xml: xml.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')),
        "FROM a",
        [("x", 1)],
    ),
    "16,384 columns": (
        "a.xlsx",
        lambda: workbook([[f"c{number}" for number in range(16_384)], [*range(16_384)]]),
        "SELECT c3999 FROM a",
        [(3999,)],
    ),
}


@pytest.mark.parametrize(("name", "made", "sql", "rows"), READ.values(), ids=READ.keys())
async def test_an_odd_file_is_read_without_harm(
    name: str,
    made: Callable[[], bytes],
    sql: str,
    rows: list[tuple[object, ...]],
    sheets: Sheets,
    opened: Opening,
    tmp_path: Path,
) -> None:
    file = opened(placed(tmp_path, name, made()))
    answer = await sheets.query([file], sql)
    assert [tuple(row) for row in answer.rows] == rows


async def test_a_name_that_says_another_kind_is_told(sheets: Sheets, opened: Opening, tmp_path: Path) -> None:
    inspection = await sheets.inspect(opened(placed(tmp_path, "a.csv", GOOD)))
    assert inspection.format == "xlsx"
    assert any("xlsx" in warning and "content" in warning for warning in inspection.warnings)


async def test_the_descriptors_stay_the_callers(sheets: Sheets, opened: Opening, tmp_path: Path) -> None:
    file = opened(placed(tmp_path, "a.csv", b"a\n1\n2\n"))
    for _ in range(3):
        await sheets.query([file], "FROM a")
    assert os.lseek(file.descriptor, 0, os.SEEK_CUR) == 0
