"""The text of a document that is at hand as bytes, such as an attachment."""

from dataclasses import dataclass
from tempfile import TemporaryFile

from anyio import to_thread

from deskhand.documents.decode import Text, decode
from deskhand.documents.extract import Bounds, Document, Kind, Unit, extract
from deskhand.documents.kind import kind_of
from deskhand.documents.span import Span
from deskhand.documents.table import table_of
from deskhand.errors import InvalidInput
from deskhand.visible import visible, visible_line

ROWS = 100
"""Most rows shown of each sheet of a workbook, and of a table in a text file."""

_ADVICE = "Save it to the workspace and read a part of it there, or ask for a smaller copy."


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The beginning of a document's text, hidden characters shown as escapes; it came from outside.

    `total` counts the units of the whole document: pages, paragraphs, or lines (of a workbook, rows and a line that
    names each sheet). `truncated` tells that there is more than `text`.
    """

    text: str
    unit: Unit
    total: int
    truncated: bool


async def text_of(mime_type_or_name: str, data: bytes, *, characters: int) -> DocumentText:
    """The first `characters` of the text of `data`: a PDF, DOCX, workbook, CSV or TSV, or any plain text.

    Args:
        mime_type_or_name: what it is, as a MIME type (`application/pdf`) or by its name (`offer.pdf`).
        data: the whole document.
        characters: the most to give.

    Raises:
        InvalidInput: it is of another type, damaged, protected by a password, or has no text in it.
        LimitExceeded: it takes too much time or memory.
        Unavailable: it is a workbook, and the extra for those is not installed.
    """
    match kind_of(mime_type_or_name):
        case None:
            raise InvalidInput(
                f"'{visible_line(mime_type_or_name)[:100]}' is not a type whose text can be read. Those are PDF, DOCX, "
                "XLSX, XLSM, XLSB, XLS, ODS, CSV, TSV and plain text, Markdown and JSON included."
            )
        case "text":
            return await to_thread.run_sync(_plain, data, characters)
        case "table":
            return await to_thread.run_sync(_table, data, characters)
        case kind:
            return _shown(await _extracted(kind, data, Bounds(characters, rows=ROWS, advice=_ADVICE)), characters)


async def _extracted(kind: Kind, data: bytes, bounds: Bounds) -> Document:
    """Through a file without a name: a worker that ends early, or must go back in it, can do so."""
    with TemporaryFile() as file:
        await to_thread.run_sync(file.write, data)
        file.seek(0)
        found = await extract(kind, file.fileno(), Span(), bounds)
    if not any(part.strip() for part in found.parts):
        scanned = " Its pages are probably scanned pictures." if kind == "pdf" else ""
        raise InvalidInput(f"There is no text in it.{scanned}")
    return found


def _shown(found: Document, characters: int) -> DocumentText:
    text = "\n".join(found.parts)
    cut = found.last < found.total or len(text) > characters
    return DocumentText(visible(text[:characters]), found.unit, found.total, cut)


def _plain(data: bytes, characters: int) -> DocumentText:
    lines = _decoded(data).lines
    return _shown(Document("lines", len(lines), 1, tuple(lines)), characters)


def _table(data: bytes, characters: int) -> DocumentText:
    table = table_of(_decoded(data).text, rows=ROWS)
    return _shown(Document("lines", table.total, 1, table.lines), characters)


def _decoded(data: bytes) -> Text:
    decoded = decode(data)
    if decoded is None:
        raise InvalidInput("It is not text, whatever its type says. Ask for another copy of it.")
    return decoded
