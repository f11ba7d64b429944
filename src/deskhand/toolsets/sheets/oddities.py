"""What the cells do not show: formulas whose value was never kept, and cells that hold an error. xlsx only."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from xml.parsers import expat

from deskhand.toolsets.sheets.formats import path_of
from deskhand.toolsets.sheets.given import Given

_MOST_BYTES = 96 * 1024**2
_CHUNK = 1024**2
_SMALL = 4 * 1024**2
_ERROR = re.compile(rb'<c [^>]*t="e"')
_NO_VALUE = re.compile(rb"<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:</c>|<v\s*/>|<v></v>)")
_OVERLAP = 16 * 1024


def oddities_of(given: Given, kind: str, sheet: str) -> list[str]:
    """Warnings about one sheet of a workbook; looks at its first 96 MiB of XML."""
    if kind != "xlsx":
        return []
    with suppress(OSError, ValueError, KeyError, zipfile.BadZipFile, expat.ExpatError):
        with open(path_of(given.descriptor), "rb") as file, zipfile.ZipFile(file) as archive:
            errors, formulas = _counted(archive, sheet_member(archive, sheet))
        return [*_errors(errors), *_formulas(formulas)]
    return []


def _errors(count: int) -> list[str]:
    return [f"Cells that hold an error such as #N/A or #DIV/0! are NULL here: {count}."] if count else []


def _formulas(count: int) -> list[str]:
    if not count:
        return []
    return [f"Formulas without a stored value are NULL here: {count}. A spreadsheet program stores them when it saves."]


def _counted(archive: zipfile.ZipFile, member: str) -> tuple[int, int]:
    errors = formulas = read = 0
    kept = b""
    with archive.open(member) as xml:
        while (chunk := xml.read(_CHUNK)) and read < _MOST_BYTES:
            read += len(chunk)
            whole, kept = _cut(kept + chunk)
            errors += len(_ERROR.findall(whole))
            formulas += len(_NO_VALUE.findall(whole))
    return errors + len(_ERROR.findall(kept)), formulas + len(_NO_VALUE.findall(kept))


def _cut(data: bytes) -> tuple[bytes, bytes]:
    """Whole cells, and the beginning of the next."""
    at = data.rfind(b"</c>") + 4
    return (data[:at], data[at:][-_OVERLAP:]) if at > 3 else (b"", data[-_OVERLAP:])


def sheet_member(archive: zipfile.ZipFile, sheet: str) -> str:
    """The part of a sheet: the workbook has its relation's identity, the relations its path (ECMA-376 part 1, 18.2)."""
    identity = next(
        _ending(found, "id") for found in elements(archive, "xl/workbook.xml", "sheet") if found.get("name") == sheet
    )
    target = next(
        found["Target"]
        for found in elements(archive, "xl/_rels/workbook.xml.rels", "Relationship")
        if found.get("Id") == identity
    )
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _ending(attributes: dict[str, str], name: str) -> str:
    return next(value for key, value in attributes.items() if key.rpartition(":")[2] == name and key != name)


def elements(archive: zipfile.ZipFile, member: str, name: str) -> Iterator[dict[str, str]]:
    """Attributes of the elements of this name. Entities are not followed: a document with a DTD is not looked at."""
    found: list[dict[str, str]] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if element.rpartition(":")[2] == name:
            found.append(attributes)

    def refuse(*_: object) -> None:
        raise ValueError("a DTD")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    with archive.open(member) as xml:
        parser.Parse(xml.read(_SMALL), True)
    yield from found
