"""Reading: bounded parts of text for the model."""

from typing import cast

from anyio import to_thread

from deskhand.documents.decode import decode
from deskhand.documents.extract import Bounds, Document, Kind, Unit, extract
from deskhand.documents.kind import kind_of
from deskhand.documents.picture_size import picture_size
from deskhand.documents.span import BYTES_PER_TOKEN, Shown, Span, fit
from deskhand.errors import InvalidInput
from deskhand.toolsets.files.answers import FileText
from deskhand.visible import visible
from deskhand.workspace.address import Parts, shown, uri_of
from deskhand.workspace.kind import mime_of
from deskhand.workspace.load import Loaded, Loader, modified_of

_NO_TEXT = "No text in it: the pages are probably scanned pictures."


class Reader:
    """Reads what the loader loads, as text."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    async def text(self, parts: Parts, span: Span, *, max_tokens: int) -> FileText:
        """A part of the file's text, or a description of a picture.

        Raises:
            InvalidInput: it is binary, a folder, or the range is not in it.
        """
        loaded = await to_thread.run_sync(self._loader.load, parts)
        if _packed(parts):
            return await self._document(parts, loaded, span, max_tokens)
        return await to_thread.run_sync(self._plain, parts, loaded, span, max_tokens)

    async def document(self, parts: Parts, span: Span, *, characters: int) -> Document:
        """The text of a PDF, DOCX or workbook by its units.

        Raises:
            InvalidInput, LimitExceeded, Unavailable: as `extract`.
        """
        kind = cast(Kind, kind_of(parts[-1]))
        with self._loader.opened(parts) as (descriptor, _):
            return await extract(kind, descriptor, span, Bounds(characters))

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
        lines = decoded.lines
        part = fit(lambda number: visible(lines[number - 1]), len(lines), span, max_tokens=max_tokens)
        answer = _answer(parts, loaded, part, unit="lines", total=len(lines))
        return answer.model_copy(update={"encoding": decoded.encoding})


def _packed(parts: Parts) -> bool:
    """Whether a file of that name must be taken apart to be read."""
    return bool(parts) and kind_of(parts[-1]) in ("pdf", "document", "spreadsheet")


def _described(parts: Parts, loaded: Loaded) -> FileText:
    mime, size = mime_of(parts[-1]), loaded.status.st_size
    picture = picture_size(loaded.data)
    if picture is None:
        raise InvalidInput(
            f"{shown(parts)} is binary ({mime}, {size:,} bytes) and has no text to show. "
            f"Its bytes are the resource {uri_of(parts)}."
        )
    pixels = f"{picture.width} x {picture.height} pixels"
    text = f"A picture, {pixels}, {mime}, {size:,} bytes. To see it, read {uri_of(parts)}."
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
