"""The text of attachments: every type that is read, what is refused, and documents that are meant to do harm."""

import io
import sys
from collections.abc import Callable
from datetime import date
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from pypdf import PdfWriter
from tests.documents.making import docx, ods, pdf, protected_pdf, protected_xlsx, with_member, xls, xlsx, zip_bomb

from deskhand.documents import extract as extracting
from deskhand.documents.text import ROWS, DocumentText, text_of
from deskhand.errors import DeskhandError, InvalidInput, LimitExceeded, Unavailable

pytestmark = pytest.mark.anyio
SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_OF_TWO = [["name", "sum"], ["ann", 12.0], ["bob", 2.5]]
IN_TABS = "name\tsum\nann\t12\nbob\t2.5"


def _blank_pdf() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


READ: list[tuple[str, str, bytes, DocumentText]] = [
    ("a PDF", "application/pdf", pdf("One", "Two"), DocumentText("One\nTwo", "pages", 2, False)),
    (
        "a DOCX by its name",
        "Minutes.DOCX",
        docx(),
        DocumentText("# Minutes\nWe met on Monday.\nAnna | agrees\nThe end\\u202e.", "paragraphs", 4, False),
    ),
    (
        "a workbook",
        SHEETS,
        xlsx(Sums=ROWS_OF_TWO),
        DocumentText(f"## Sums (3 rows x 2 columns)\n{IN_TABS}", "lines", 4, False),
    ),
    (
        "an old workbook",
        "sums.xls",
        xls(ROWS_OF_TWO),
        DocumentText(f"## Sheet1 (3 rows x 2 columns)\n{IN_TABS}", "lines", 4, False),
    ),
    (
        "an OpenDocument sheet",
        "sums.ods",
        ods(["name", "sum"], ["ann", "12"]),
        DocumentText("## One (2 rows x 2 columns)\nname\tsum\nann\t12", "lines", 3, False),
    ),
    ("CSV", "text/csv; charset=utf-8", b"name,sum\nann,12\n", DocumentText("name\tsum\nann\t12", "lines", 2, False)),
    (
        "CSV with semicolons and quotes",
        "a.csv",
        'name;sum\r\n"ann; ""bob""";"1,\n2"\r\n'.encode("utf-16"),
        DocumentText('name\tsum\nann; "bob"\t1, 2', "lines", 2, False),
    ),
    ("TSV", "a.tsv", b"name\tsum, net\nann\t12\n", DocumentText("name\tsum, net\nann\t12", "lines", 2, False)),
    (
        "CSV with a quote that is never closed",
        "a.csv",
        b'a,"b\n' + b"c,d\n" * 40_000,
        DocumentText('a,"b' + "\nc,d" * (ROWS - 1), "lines", 40_001, True),
    ),
    ("plain text", "text/plain", b"one\r\ntwo\n", DocumentText("one\ntwo", "lines", 2, False)),
    ("text in Latin-1", "a.txt", b"caf\xe9", DocumentText("café", "lines", 1, False)),
    ("markdown", "a.md", b"# One", DocumentText("# One", "lines", 1, False)),
    ("JSON", "application/json", b'{"a": 1}', DocumentText('{"a": 1}', "lines", 1, False)),
    ("hidden text", "a.txt", "pay\u202e 10".encode(), DocumentText("pay\\u202e 10", "lines", 1, False)),
    ("an empty text", "a.txt", b"", DocumentText("", "lines", 0, False)),
    ("an empty table", "a.csv", b"", DocumentText("", "lines", 0, False)),
]


@pytest.mark.parametrize(("given", "data", "text"), [case[1:] for case in READ], ids=[case[0] for case in READ])
async def test_the_text_of(given: str, data: bytes, text: DocumentText) -> None:
    assert await text_of(given, data, characters=10_000) == text


REFUSED: list[tuple[str, str, bytes, type[DeskhandError], str]] = [
    ("a type without text", "image/png", b"\x89PNG", InvalidInput, "'image/png' is not a type"),
    ("a hidden type", "a\u202egnp.exe", b"MZ", InvalidInput, r"'a\\u202egnp.exe' is not a type"),
    ("bytes that are called text", "a.txt", b"\0\1\2", InvalidInput, "not text"),
    ("bytes that are called CSV", "a.csv", b"\0\1\2", InvalidInput, "not text"),
    ("a scanned PDF", "a.pdf", _blank_pdf(), InvalidInput, "no text in it.*scanned"),
    ("a protected PDF", "a.pdf", protected_pdf(), InvalidInput, "password"),
    ("a protected workbook", "a.xlsx", protected_xlsx(), InvalidInput, "password"),
    ("a protected OpenDocument sheet", "a.ods", ods(encrypted=True), InvalidInput, "password"),
    ("an empty PDF", "a.pdf", b"", InvalidInput, "damaged"),
    ("an empty workbook", "a.xlsx", b"", InvalidInput, "damaged"),
    ("half a PDF", "a.pdf", pdf("One")[:300], InvalidInput, "damaged"),
    ("half a DOCX", "a.docx", docx()[:1_000], InvalidInput, "damaged"),
    ("half a workbook", "a.xlsx", xlsx(One=[["x"]])[:1_000], InvalidInput, "damaged"),
    ("half an old workbook", "a.xls", xls([["x"]])[:1_000], InvalidInput, "damaged"),
    ("HTML called XLS", "a.xls", b"<table><tr><td>x</td></tr></table>", InvalidInput, "damaged"),
    ("a DOCX called XLSX", "a.xlsx", docx(), InvalidInput, "damaged"),
    ("a zip bomb as DOCX", "a.docx", zip_bomb("word/document.xml"), InvalidInput, "larger than 200 MiB"),
    ("a zip bomb as XLSX", "a.xlsx", zip_bomb("xl/worksheets/sheet1.xml"), InvalidInput, "larger than 200 MiB"),
]


@pytest.mark.parametrize(
    ("given", "data", "error", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
async def test_there_is_no_text_of(given: str, data: bytes, error: type[DeskhandError], words: str) -> None:
    with pytest.raises(error, match=words):
        await text_of(given, data, characters=10_000)


@pytest.mark.parametrize(
    ("name", "document", "member"),
    [("a.docx", docx, "word/document.xml"), ("a.xlsx", lambda: xlsx(One=[["x"]]), "xl/sharedStrings.xml")],
)
async def test_an_external_entity_is_not_fetched(
    name: str, document: Callable[[], bytes], member: str, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    entity = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    hostile = {
        "a.docx": f'{entity}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:body><w:p><w:r><w:t>here: &x;</w:t></w:r></w:p></w:body></w:document>",
        "a.xlsx": f'{entity}<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        "<si><t>here: &x;</t></si></sst>",
    }[name]
    try:
        text = (await text_of(name, with_member(document(), member, hostile.encode()), characters=10_000)).text
    except DeskhandError as error:
        text = error.message
    assert "here" in text or "damaged" in text
    assert "the secret" not in text


async def test_a_workbook_that_spreads_over_all_memory_is_stopped() -> None:
    """Two cells at opposite ends of a sheet: 17 thousand million empty ones between them."""
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1">'
        '<v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>'
    )
    spread = with_member(xlsx(One=[["x"]]), "xl/worksheets/sheet1.xml", sheet.encode())
    with pytest.raises(LimitExceeded, match=r"MiB of memory\. Save it to the workspace"):
        await text_of("a.xlsx", spread, characters=10_000)


async def test_each_sheet_is_shown_from_its_beginning() -> None:
    many = [[number, date(2026, 1, 31)] for number in range(1, 2_001)]
    found = await text_of("a.xlsx", xlsx(Many=many, Few=[["x", "", "", ""], [], ["y\nz"]]), characters=10_000)
    lines = found.text.split("\n")
    assert lines[0] == f"## Many (2,000 rows x 2 columns; the first {ROWS} rows)"
    assert lines[ROWS] == f"{ROWS}\t2026-01-31"
    assert lines[ROWS + 1 :] == ["## Few (3 rows x 1 columns)", "x", "", "y z"]
    assert (found.unit, found.total, found.truncated) == ("lines", 2_005, True)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", pdf("word " * 100)),
        ("a.docx", docx()),
        ("a.xlsx", xlsx(One=[["word " * 2_000]])),
        ("a.csv", b"word,word\n" * 50),
        ("a.txt", b"word\n" * 50),
    ],
)
async def test_what_is_cut_says_so(name: str, data: bytes) -> None:
    found = await text_of(name, data, characters=20)
    assert (len(found.text), found.truncated) == (20, True)


async def test_without_the_extra_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> ModuleSpec | None:
        return None if name == "python_calamine" else sys.modules[name].__spec__

    monkeypatch.setattr(extracting, "find_spec", absent)
    with pytest.raises(Unavailable, match=r"pip install 'deskhand\[sheets\]'"):
        await text_of("a.xlsx", xlsx(One=[["x"]]), characters=100)
