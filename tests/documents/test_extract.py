"""The limits of the process that takes documents apart, and the texts that are kept."""

from pathlib import Path

import anyio
import pytest
from tests.documents.making import pdf

from deskhand.documents.document_texts import DocumentTexts
from deskhand.documents.extract import Bounds, extract
from deskhand.documents.span import Span
from deskhand.errors import LimitExceeded

pytestmark = pytest.mark.anyio


async def test_a_document_that_takes_all_memory_is_stopped(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(pdf("x"))
    with file.open("rb") as opened, pytest.raises(LimitExceeded, match="20 MiB"):
        await extract("pdf", opened.fileno(), Span(), Bounds(100, memory=20 * 1024 * 1024))


async def test_a_document_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    file = tmp_path / "many.pdf"
    file.write_bytes(pdf(*["x" * 2_000] * 4_000))
    with file.open("rb") as opened, pytest.raises(LimitExceeded, match="more than 1 s"):
        await extract("pdf", opened.fileno(), Span(), Bounds(100_000_000, seconds=1))


async def test_cancelling_ends_the_worker(tmp_path: Path) -> None:
    file = tmp_path / "many.pdf"
    file.write_bytes(pdf(*["x" * 2_000] * 4_000))
    with file.open("rb") as opened, anyio.move_on_after(0.5) as scope:
        await extract("pdf", opened.fileno(), Span(), Bounds(100_000_000))
    assert scope.cancelled_caught


def test_texts_are_kept_until_the_file_changes_or_others_push_them_out(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_text("x")
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
