"""The limits of the process that takes documents apart, and the texts that are kept."""

from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import anyio
import pytest
from tests.documents.making import pdf

from deskhand.documents.document_texts import DocumentTexts
from deskhand.documents.extract import WORKERS, Bounds, extract
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


async def test_only_some_documents_are_taken_apart_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(pdf("x"))
    running, most = 0, 0
    run_process = anyio.run_process

    async def counted(*command: Any, **options: Any) -> CompletedProcess[bytes]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await run_process(*command, **options)
        finally:
            running -= 1

    async def one() -> None:
        with file.open("rb") as opened:
            assert (await extract("pdf", opened.fileno(), Span(), Bounds(100))).parts == ("x",)

    monkeypatch.setattr(anyio, "run_process", counted)
    async with anyio.create_task_group() as tasks:
        for _ in range(2 * WORKERS + 1):
            tasks.start_soon(one)
    assert (running, most) == (0, WORKERS)


def test_documents_are_taken_apart_in_one_event_loop_after_another(tmp_path: Path) -> None:
    async def many() -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(WORKERS + 1):
                tasks.start_soon(extract, "pdf", opened.fileno(), Span(), Bounds(100))

    for name in ("a.pdf", "b.pdf"):
        (tmp_path / name).write_bytes(pdf("x"))
        with (tmp_path / name).open("rb") as opened:
            anyio.run(many)


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
