"""Which texts can be taken out of what, by its MIME type or name."""

from typing import Literal

from deskhand.workspace.kind import DOCX, is_textual, mime_of

DocumentKind = Literal["pdf", "document", "spreadsheet", "table", "text"]
"""`document` is DOCX; `spreadsheet` a workbook; `table` CSV and its like; `text` everything that is text as it is."""

_KINDS: dict[str, DocumentKind] = {
    "application/pdf": "pdf",
    DOCX: "document",
    "application/vnd.ms-excel": "spreadsheet",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12": "spreadsheet",
    "application/vnd.ms-excel.sheet.macroenabled.12": "spreadsheet",
    "application/vnd.oasis.opendocument.spreadsheet": "spreadsheet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "spreadsheet",
    "application/csv": "table",
    "text/csv": "table",
    "text/tab-separated-values": "table",
}


def kind_of(mime_type_or_name: str) -> DocumentKind | None:
    """The kind of a MIME type, parameters ignored, or of a file's name; None when it has no text to take out."""
    given = mime_type_or_name.partition(";")[0].strip()
    mime = (given if "/" in given else mime_of(given)).lower()
    return _KINDS.get(mime) or ("text" if is_textual(mime) else None)
