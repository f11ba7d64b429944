"""Reading: whole files for resources, bounded parts of text for the model."""

import hashlib
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast

from anyio import to_thread

from deskhand.errors import InvalidInput, LimitExceeded
from deskhand.toolsets.files.address import Parts, shown, uri_of
from deskhand.toolsets.files.answers import FileText
from deskhand.toolsets.files.decode import decode
from deskhand.toolsets.files.extract import Document, Unit, extract
from deskhand.toolsets.files.kind import kind_of, mime_of
from deskhand.toolsets.files.picture import dimensions
from deskhand.toolsets.files.root import Root
from deskhand.toolsets.files.span import BYTES_PER_TOKEN, Shown, Span, fit
from deskhand.toolsets.files.steps import read_in_steps
from deskhand.visible import visible

_NO_TEXT = "No text in it: the pages are probably scanned pictures."


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file's bytes with what the descriptor said of it."""

    data: bytes
    status: os.stat_result

    @property
    def version(self) -> str:
        """Names this content; see `version_of`."""
        return version_of(self.data)


def version_of(data: bytes) -> str:
    """A short hash of the content: the same content has the same version, wherever and whenever."""
    return hashlib.sha256(data).hexdigest()[:16]


def modified_of(status: os.stat_result) -> datetime:
    """When it was last modified, in UTC to the second."""
    return datetime.fromtimestamp(int(status.st_mtime), UTC)


class Reader:
    """Reads files beneath a root, none larger than `max_bytes`."""

    def __init__(self, root: Root, *, max_bytes: int) -> None:
        self._root = root
        self.max_bytes = max_bytes

    def load(self, parts: Parts) -> Loaded:
        """The whole file; blocks.

        Raises:
            LimitExceeded: it is larger than the limit.
        """
        with self.opened(parts) as (status, steps):
            data = b"".join(steps)
        if len(data) > self.max_bytes:  # it grew, or is one of the kernel's files that say they are empty
            raise self._too_large(parts, len(data))
        return Loaded(data, status)

    @contextmanager
    def opened(self, parts: Parts) -> Generator[tuple[os.stat_result, Iterator[bytes]]]:
        """The file in steps, at most one byte more than the limit, which tells that it grew; blocks.

        Raises:
            LimitExceeded: it is larger than the limit.
        """
        with self._root.explained(parts), self._root.file(parts) as descriptor:
            status = os.fstat(descriptor)
            if status.st_size > self.max_bytes:
                raise self._too_large(parts, status.st_size)
            with os.fdopen(os.dup(descriptor), "rb") as file:
                yield status, read_in_steps(file, self.max_bytes + 1)

    async def text(self, parts: Parts, span: Span, *, max_tokens: int) -> FileText:
        """A part of the file's text, or a description of a picture.

        Raises:
            InvalidInput: it is binary, a folder, or the range is not in it.
        """
        loaded = await to_thread.run_sync(self.load, parts)
        kind = kind_of(parts[-1], loaded.status.st_mode) if parts else "directory"
        if kind in ("pdf", "document"):
            return await self._document(parts, loaded, span, max_tokens)
        return await to_thread.run_sync(self._plain, parts, loaded, span, max_tokens)

    async def document(self, parts: Parts, span: Span, *, characters: int) -> Document:
        """The text of a PDF or DOCX by its units.

        Raises:
            InvalidInput, LimitExceeded: as `extract`.
        """
        kind = cast(Literal["pdf", "document"], kind_of(parts[-1], 0o100000))
        with self._root.explained(parts), self._root.file(parts) as descriptor:
            if os.fstat(descriptor).st_size > self.max_bytes:
                raise self._too_large(parts, os.fstat(descriptor).st_size)
            return await extract(kind, descriptor, span, characters=characters)

    async def _document(self, parts: Parts, loaded: Loaded, span: Span, max_tokens: int) -> FileText:
        found = await self.document(parts, span, characters=max_tokens * BYTES_PER_TOKEN + span.column)
        span.within(found.total)
        here = Span(found.first, found.last, span.column)
        part = fit(lambda number: visible(found.parts[number - found.first]), found.total, here, max_tokens=max_tokens)
        note = "" if part.text.strip() or not found.total else _NO_TEXT
        return _answer(parts, loaded, part, unit=found.unit, total=found.total).model_copy(update={"note": note})

    def _plain(self, parts: Parts, loaded: Loaded, span: Span, max_tokens: int) -> FileText:
        decoded = decode(loaded.data)
        if decoded is None:
            return _described(parts, loaded)
        lines = lines_of(decoded.text)
        part = fit(lambda number: visible(lines[number - 1]), len(lines), span, max_tokens=max_tokens)
        answer = _answer(parts, loaded, part, unit="lines", total=len(lines))
        return answer.model_copy(update={"encoding": decoded.encoding})

    def _too_large(self, parts: Parts, size: int) -> LimitExceeded:
        return LimitExceeded(
            f"{shown(parts)} has {size:,} bytes, more than the limit of {self.max_bytes:,}. "
            "The operator can raise files.max_file_bytes; file_find still finds the file by name."
        )


def lines_of(text: str) -> list[str]:
    """Lines without their ends; a final line end does not begin another line."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _described(parts: Parts, loaded: Loaded) -> FileText:
    mime, size = mime_of(parts[-1]), loaded.status.st_size
    pixels = dimensions(loaded.data)
    if pixels is None:
        raise InvalidInput(
            f"{shown(parts)} is binary ({mime}, {size:,} bytes) and has no text to show. "
            f"Its bytes are the resource {uri_of(parts)}."
        )
    text = f"A picture, {pixels[0]} x {pixels[1]} pixels, {mime}, {size:,} bytes. To see it, read {uri_of(parts)}."
    answer = _answer(parts, loaded, Shown(text, 1, 1, ""), unit="lines", total=1)
    return answer.model_copy(update={"note": "A description, not the content."})


def _answer(parts: Parts, loaded: Loaded, part: Shown, *, unit: Unit, total: int) -> FileText:
    return FileText(
        uri=uri_of(parts),
        content=part.text,
        unit=unit,
        shown=f"{part.first}-{part.last}" if total else "",
        total=total,
        next_range=part.more,
        version=loaded.version,
        size=loaded.status.st_size,
        modified=modified_of(loaded.status),
        mime_type=mime_of(parts[-1]),
    )
