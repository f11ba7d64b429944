"""Reading and searching PDF, DOCX and workbooks: pages, paragraphs and rows, and documents that are broken."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.documents.making import docx, pdf, protected_pdf, xlsx, zip_bomb

from deskhand.errors import InvalidInput, LimitExceeded
from deskhand.toolsets.files.backend import Limits, LocalFiles
from deskhand.toolsets.files.search import Query

pytestmark = pytest.mark.anyio
Make = Callable[[str, str | bytes], Path]


async def _silent(done: float, total: float | None = None, message: str | None = None) -> None: ...


async def test_a_pdf_is_read_by_pages(files: LocalFiles, make: Make) -> None:
    make("a.pdf", pdf("First page", "Second page", "Third page"))
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
    make("a.pdf", pdf(long, "Second page"))
    parts: list[str] = []
    asked = "1-"
    while asked:
        read = await files.read("a.pdf", asked, max_tokens=100)
        parts.append(read.content)
        asked = read.next_range
    assert len(parts) > 2
    assert "".join(parts).replace("\n", "") == f"{long}Second page"


async def test_a_docx_is_read_by_paragraphs_and_table_rows(files: LocalFiles, make: Make) -> None:
    make("a.docx", docx())
    read = await files.read("a.docx", "", max_tokens=2_000)
    assert read.content.split("\n") == ["# Minutes", "We met on Monday.", "Anna | agrees", "The end\\u202e."]
    assert (read.unit, read.total) == ("paragraphs", 4)
    assert (await files.read("a.docx", "2-3", max_tokens=2_000)).content == "We met on Monday.\nAnna | agrees"


async def test_text_in_documents_is_found_with_its_page(files: LocalFiles, make: Make) -> None:
    make("a.pdf", pdf("First page", "The notice period is a month"))
    make("b.docx", docx())
    (found,) = (await files.find(Query("**", "NOTICE PERIOD", "any", False, 10), "", _silent)).files
    assert (found.uri, [(hit.at, hit.line) for hit in found.hits]) == (
        "file:///a.pdf",
        [(2, "The notice period is a month")],
    )
    (found,) = (await files.find(Query("**", "agrees", "any", False, 10), "", _silent)).files
    assert (found.uri, found.hits[0].at) == ("file:///b.docx", 3)


async def test_a_pdf_without_text_says_so(files: LocalFiles, make: Make) -> None:
    make("scan.pdf", pdf(""))
    assert "scanned" in (await files.read("scan.pdf", "", max_tokens=2_000)).note


@pytest.mark.parametrize("name", ["a.pdf", "a.docx"])
@pytest.mark.parametrize("data", [b"", b"not a document", pdf("x")[:300], docx()[:1_000], b"%PDF-1.4\n" * 1_000])
async def test_a_broken_document_is_told(name: str, data: bytes, files: LocalFiles, make: Make) -> None:
    make(name, data)
    with pytest.raises(InvalidInput, match="damaged or not of that type"):
        await files.read(name, "", max_tokens=2_000)


async def test_a_protected_pdf_is_told(files: LocalFiles, make: Make) -> None:
    make("a.pdf", protected_pdf())
    with pytest.raises(InvalidInput, match="password"):
        await files.read("a.pdf", "", max_tokens=2_000)


async def test_a_zip_bomb_is_not_unpacked(files: LocalFiles, make: Make) -> None:
    make("bomb.docx", zip_bomb("word/document.xml"))
    with pytest.raises(InvalidInput, match="larger than 200 MiB"):
        await files.read("bomb.docx", "", max_tokens=2_000)


async def test_a_workbook_is_read_by_rows(files: LocalFiles, make: Make) -> None:
    make("a.xlsx", xlsx(Sales=[["region", "total"], ["north", 12], ["south\u202e", 2.5]], Notes=[["checked", True]]))
    read = await files.read("a.xlsx", "", max_tokens=2_000)
    assert read.content.split("\n") == [
        "## Sales (3 rows x 2 columns)",
        "region\ttotal",
        "north\t12",
        "south\\u202e\t2.5",
        "## Notes (1 rows x 2 columns)",
        "checked\tTRUE",
    ]
    assert (read.unit, read.total, read.next_range) == ("lines", 6, "")
    assert (await files.read("a.xlsx", "-1", max_tokens=2_000)).content == "checked\tTRUE"
    assert (await files.read("a.xlsx", "3-4", max_tokens=2_000)).content == "north\t12\nsouth\\u202e\t2.5"


async def test_a_document_over_the_size_limit_is_refused(workspace: Path, make: Make) -> None:
    make("a.pdf", pdf("x"))
    files = LocalFiles(workspace, Limits(max_bytes=100), lambda: datetime.now(UTC))
    with pytest.raises(LimitExceeded, match="more than the limit of 100"):
        await files.read("a.pdf", "", max_tokens=2_000)
