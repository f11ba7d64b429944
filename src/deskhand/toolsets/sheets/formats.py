"""What kind of file it is, by its content; the name only counts for a warning."""

import os
import zipfile
from dataclasses import dataclass

from deskhand.errors import InvalidInput, LimitExceeded

WORKBOOKS = ("xlsx", "xls", "xlsb", "ods")
_SPOKEN = {
    "xlsx": "an Excel workbook (xlsx)",
    "xls": "an old Excel workbook (xls)",
    "xlsb": "a binary Excel workbook (xlsb)",
    "ods": "an OpenDocument spreadsheet",
    "csv": "plain text (CSV)",
    "jsonl": "JSON",
    "parquet": "Parquet",
}
_ENDINGS = {
    "xlsx": ("xlsx", "xlsm", "xltx", "xltm"),
    "xls": ("xls", "xlt"),
    "xlsb": ("xlsb",),
    "ods": ("ods", "ots"),
    "csv": ("csv", "tsv", "txt", "tab", "log", "dat"),
    "jsonl": ("jsonl", "ndjson", "json"),
    "parquet": ("parquet", "pq"),
}
_UNPACKED_BYTES = 2 * 1024**3
_TEXTS_BYTES = 400 * 1024**2
_MEMBERS = 10_000
_FOREIGN = (
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "compressed with gzip: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a SQLite database"),
)
_HTML = (b"<!doctype html", b"<html", b"<table", b"<?xml")


@dataclass(frozen=True, slots=True)
class Format:
    """The kind, and a warning when the name says another."""

    kind: str
    warning: str = ""


def path_of(descriptor: int) -> str:
    """A path that opens the descriptor's file anew, with a position of its own where the system has that (Linux)."""
    proc = f"/proc/self/fd/{descriptor}"
    return proc if os.path.exists(proc) else f"/dev/fd/{descriptor}"


def format_of(descriptor: int, name: str) -> Format:
    """The format of an open file.

    Raises:
        InvalidInput: it is empty, protected, or nothing that holds a table.
        LimitExceeded: unpacked it would be far too large.
    """
    head = os.pread(descriptor, 4096, 0)
    if not head.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise InvalidInput(f"{name} is empty. Choose a file that has rows.")
    kind = _kind(descriptor, name, head)
    ending = name.rpartition(".")[2].casefold() if "." in name else ""
    known = {known for endings in _ENDINGS.values() for known in endings}
    wrong = ending in known and ending not in _ENDINGS[kind]
    return Format(kind, f"{name} is {_SPOKEN[kind]} by its content; it was read as that." if wrong else "")


def _kind(descriptor: int, name: str, head: bytes) -> str:
    if head.startswith(b"PK"):
        return _zipped(descriptor, name)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return _compound(descriptor, name)
    if head.startswith(b"PAR1"):
        return "parquet"
    for start, what in _FOREIGN:
        if head.startswith(start):
            raise InvalidInput(
                f"{name} is not a spreadsheet but {what}. xlsx, xls, xlsb, ods, csv, tsv, parquet and "
                "JSON lines can be read."
            )
    begun = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begun[:20].lower().startswith(_HTML):
        raise InvalidInput(
            f"{name} is a web page or XML, not a spreadsheet, whatever its name says. "
            "Open it in a spreadsheet program and save it as xlsx or CSV."
        )
    return "jsonl" if begun.startswith((b"{", b"[{", b"[\n", b"[ ")) else "csv"


def _zipped(descriptor: int, name: str) -> str:
    try:
        with open(path_of(descriptor), "rb") as file, zipfile.ZipFile(file) as archive:
            members = {member.filename.casefold(): member.file_size for member in archive.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        raise InvalidInput(
            f"{name} is damaged: it ends too early or was changed. Ask for another copy of it."
        ) from None
    _check_sizes(name, members)
    for member, kind in (("xl/workbook.bin", "xlsb"), ("xl/workbook.xml", "xlsx"), ("content.xml", "ods")):
        if member in members:
            return kind
    raise InvalidInput(
        f"{name} is a ZIP archive or another kind of document, not a workbook. Choose an xlsx, xlsb or ods."
    )


def _check_sizes(name: str, members: dict[str, int]) -> None:
    texts = members.get("xl/sharedstrings.xml", 0)
    if len(members) > _MEMBERS or sum(members.values()) > _UNPACKED_BYTES or texts > _TEXTS_BYTES:
        raise LimitExceeded(
            f"{name} would be larger than {_UNPACKED_BYTES // 1024**3} GiB unpacked (its texts may have "
            f"{_TEXTS_BYTES // 1024**2} MiB). It is not opened. Save the sheet that matters as CSV."
        )


def _compound(descriptor: int, name: str) -> str:
    """An OLE compound file ([MS-CFB]): names in its directory are UTF-16. A protected xlsx is a stream in one."""
    directory = _directory(descriptor)
    if "EncryptedPackage".encode("utf-16-le") in directory:
        raise InvalidInput(f"{name} is protected with a password. Ask for a copy without one.")
    if any(stream.encode("utf-16-le") in directory for stream in ("Workbook", "Book")):
        return "xls"
    raise InvalidInput(f"{name} is another kind of Office document or damaged, not a workbook. Choose an xlsx or xls.")


def _directory(descriptor: int) -> bytes:
    """The sectors of the directory, found as [MS-CFB] 2.2 says; only the first, which holds the root's streams."""
    header = os.pread(descriptor, 512, 0)
    size = 1 << min(int.from_bytes(header[30:32], "little"), 12)
    first = int.from_bytes(header[48:52], "little")
    return os.pread(descriptor, 4 * size, (first + 1) * size)
