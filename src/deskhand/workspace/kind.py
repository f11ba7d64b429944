"""What a file is, by its name: MIME type and kind. The table is our own, so that every machine gives one answer."""

import stat
from mimetypes import MimeTypes
from typing import Literal

Kind = Literal["directory", "text", "image", "pdf", "document", "binary", "link", "special"]
"""`document` is DOCX; `link` a symbolic link as such; `special` a device, FIFO or socket."""
Wanted = Literal["any", "file", "directory", "text", "image", "pdf", "document"]
"""What a caller can ask for."""

_TYPES = MimeTypes(filenames=())
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXTRA = {
    ".docx": DOCX,
    ".ics": "text/calendar",
    ".ini": "text/plain",
    ".jsonl": "application/jsonl",
    ".log": "text/plain",
    ".md": "text/markdown",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".parquet": "application/vnd.apache.parquet",
    ".rs": "text/x-rust",
    ".toml": "application/toml",
    ".ts": "text/x-typescript",
    ".webp": "image/webp",
    ".xlsb": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    ".xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
_TEXTUAL = {
    "application/javascript",
    "application/json",
    "application/jsonl",
    "application/toml",
    "application/x-sh",
    "application/xml",
    "application/yaml",
    "image/svg+xml",
}
_NO_SUFFIX = "text/plain"


def mime_of(name: str) -> str:
    """The MIME type a file's name stands for; a name without a suffix is taken for text."""
    dot = name.rfind(".")
    if dot <= 0:
        return _NO_SUFFIX
    suffix = name[dot:].lower()
    return _EXTRA.get(suffix) or _TYPES.types_map[True].get(suffix) or "application/octet-stream"


def is_textual(mime: str) -> bool:
    """Whether the type is text, whatever its family."""
    return mime.startswith("text/") or mime in _TEXTUAL


def kind_of(name: str, mode: int) -> Kind:
    """The kind of a directory entry from its name and `st_mode`."""
    if stat.S_ISDIR(mode):
        return "directory"
    if stat.S_ISLNK(mode):
        return "link"
    return _kind_of_mime(mime_of(name)) if stat.S_ISREG(mode) else "special"


def _kind_of_mime(mime: str) -> Kind:
    if is_textual(mime):
        return "text"
    if mime.startswith("image/"):
        return "image"
    return {"application/pdf": "pdf", DOCX: "document"}.get(mime, "binary")  # type: ignore[return-value]


def wanted(kind: Kind, what: Wanted) -> bool:
    """Whether an entry of `kind` is what was asked for; `file` is every regular file."""
    if what == "any":
        return True
    if what == "file":
        return kind in ("text", "image", "pdf", "document", "binary")
    return kind == what
