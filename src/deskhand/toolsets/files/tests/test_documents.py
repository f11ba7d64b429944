"""The text of PDF and DOCX: pages and paragraphs, limits, and documents that are broken or bombs."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from docx import Document
from pypdf import PdfReader, PdfWriter

from deskhand.documents.document_texts import DocumentTexts
from deskhand.documents.extract import extract
from deskhand.documents.span import Span
from deskhand.errors import InvalidInput, LimitExceeded
from deskhand.toolsets.files.backend import Limits, LocalFiles
from deskhand.toolsets.files.search import Query

pytestmark = pytest.mark.anyio
Make = Callable[[str, str | bytes], Path]


def _pdf(*pages: str) -> bytes:
    """A PDF with a line of text on each page, written out by hand (ISO 32000-1, 7.5)."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        box = "/MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} /Contents {5 + 2 * number} 0 R >>")
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    offsets: list[int] = []
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode())
    start = out.tell()
    rows = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    out.write(f"xref\n0 {size}\n0000000000 65535 f \n{rows}trailer\n<< /Size {size} /Root 1 0 R >>\n".encode())
    out.write(f"startxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def _docx() -> bytes:
    document = Document()
    document.add_heading("Minutes", level=1)
    document.add_paragraph("We met on Monday.")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text = "Anna"
    table.cell(0, 1).text = "agrees"
    document.add_paragraph("The end\u202e.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


async def _silent(done: float, total: float | None = None, message: str | None = None) -> None: ...


async def test_a_pdf_is_read_by_pages(files: LocalFiles, make: Make) -> None:
    make("a.pdf", _pdf("First page", "Second page", "Third page"))
    read = await files.read("a.pdf", "", max_tokens=2_000)
    assert (read.content, read.unit, read.shown, read.total, read.next_range) == (
        "First page\nSecond page\nThird page",
        "pages",
        "1-3",
        3,
        "",
    )
    second = await files.read("a.pdf", "2", max_tokens=2_000)
    assert (second.content, second.next_range) == ("Second page", "3-")
    assert (await files.read("a.pdf", "-1", max_tokens=2_000)).content == "Third page"
    with pytest.raises(InvalidInput, match="only 3"):
        await files.read("a.pdf", "4-", max_tokens=2_000)


async def test_a_long_pdf_goes_on_within_a_page(files: LocalFiles, make: Make) -> None:
    long = " ".join(f"word{number}" for number in range(120))
    make("a.pdf", _pdf(long, "Second page"))
    parts: list[str] = []
    asked = "1-"
    while asked:
        read = await files.read("a.pdf", asked, max_tokens=100)
        parts.append(read.content)
        asked = read.next_range
    assert len(parts) > 2
    assert "".join(parts).replace("\n", "") == f"{long}Second page"


async def test_a_docx_is_read_by_paragraphs_and_table_rows(files: LocalFiles, make: Make) -> None:
    make("a.docx", _docx())
    read = await files.read("a.docx", "", max_tokens=2_000)
    assert read.content.split("\n") == ["# Minutes", "We met on Monday.", "Anna | agrees", "The end\\u202e."]
    assert (read.unit, read.total) == ("paragraphs", 4)
    assert (await files.read("a.docx", "2-3", max_tokens=2_000)).content == "We met on Monday.\nAnna | agrees"


async def test_text_in_documents_is_found_with_its_page(files: LocalFiles, make: Make) -> None:
    make("a.pdf", _pdf("First page", "The notice period is a month"))
    make("b.docx", _docx())
    (found,) = (await files.find(Query("**", "NOTICE PERIOD", "any", False, 10), "", _silent)).files
    assert (found.uri, [(hit.at, hit.line) for hit in found.hits]) == (
        "file:///a.pdf",
        [(2, "The notice period is a month")],
    )
    (found,) = (await files.find(Query("**", "agrees", "any", False, 10), "", _silent)).files
    assert (found.uri, found.hits[0].at) == ("file:///b.docx", 3)


async def test_a_pdf_without_text_says_so(files: LocalFiles, make: Make) -> None:
    make("scan.pdf", _pdf(""))
    assert "scanned" in (await files.read("scan.pdf", "", max_tokens=2_000)).note


@pytest.mark.parametrize("name", ["a.pdf", "a.docx"])
@pytest.mark.parametrize("data", [b"", b"not a document", _pdf("x")[:300], _docx()[:1_000], b"%PDF-1.4\n" * 1_000])
async def test_a_broken_document_is_told(name: str, data: bytes, files: LocalFiles, make: Make) -> None:
    make(name, data)
    with pytest.raises(InvalidInput, match="damaged or not of that type"):
        await files.read(name, "", max_tokens=2_000)


async def test_a_protected_pdf_is_told(files: LocalFiles, make: Make) -> None:
    writer = PdfWriter()
    writer.append_pages_from_reader(PdfReader(io.BytesIO(_pdf("secret"))))
    writer.encrypt("password", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    make("a.pdf", out.getvalue())
    with pytest.raises(InvalidInput, match="password"):
        await files.read("a.pdf", "", max_tokens=2_000)


async def test_a_zip_bomb_is_not_unpacked(files: LocalFiles, make: Make) -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("word/document.xml", "w", force_zip64=True) as member,
    ):
        for _ in range(256):
            member.write(bytes(1024 * 1024))
    make("bomb.docx", out.getvalue())
    with pytest.raises(InvalidInput, match="larger than 200 MiB"):
        await files.read("bomb.docx", "", max_tokens=2_000)


async def test_a_document_that_takes_all_memory_is_stopped(files: LocalFiles, make: Make) -> None:
    file = make("a.pdf", _pdf("x"))
    with file.open("rb") as opened, pytest.raises(LimitExceeded, match="20 MiB"):
        await extract("pdf", opened.fileno(), Span(), characters=100, memory=20 * 1024 * 1024)


async def test_a_document_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    file = tmp_path / "many.pdf"
    file.write_bytes(_pdf(*["x" * 2_000] * 4_000))
    with file.open("rb") as opened, pytest.raises(LimitExceeded, match="more than 1 s"):
        await extract("pdf", opened.fileno(), Span(), characters=100_000_000, seconds=1)


async def test_cancelling_ends_the_worker(tmp_path: Path) -> None:
    file = tmp_path / "many.pdf"
    file.write_bytes(_pdf(*["x" * 2_000] * 4_000))
    with file.open("rb") as opened, anyio.move_on_after(0.5) as scope:
        await extract("pdf", opened.fileno(), Span(), characters=100_000_000)
    assert scope.cancelled_caught


async def test_a_document_over_the_size_limit_is_refused(workspace: Path, make: Make) -> None:
    make("a.pdf", _pdf("x"))
    files = LocalFiles(workspace, Limits(max_bytes=100), lambda: datetime.now(UTC))
    with pytest.raises(LimitExceeded, match="more than the limit of 100"):
        await files.read("a.pdf", "", max_tokens=2_000)


async def test_texts_are_kept_until_the_file_changes_or_others_push_them_out(make: Make) -> None:
    file = make("a.pdf", "x")
    texts = DocumentTexts(10)
    texts.put(file.stat(), ("12345",))
    assert texts.get(file.stat()) == ("12345",)
    before = file.stat()
    file.write_text("longer")
    assert texts.get(file.stat()) is None
    texts.put(file.stat(), ("123456",))
    assert texts.get(before) is None
    texts.put(file.stat(), ("1",))
    assert texts.get(file.stat()) == ("1",)
