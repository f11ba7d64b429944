"""Run as a script in a process of its own: the text of the PDF or DOCX on standard input, as one JSON object.

It is started with limits on memory and processor time, an empty environment and no way to write files, because a
document is hostile input for a large parser. It imports nothing of Deskhand, so that it starts fast.

Arguments: kind (`pdf` or `document`), first unit (negative: from the end), last unit (0: all), most characters,
bytes of memory, seconds of processor time. Output: {"unit", "total", "first", "parts"}, {"error"},
or nothing when a limit was reached.
"""

import errno
import json
import logging
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import BinaryIO

_UNPACKED_BYTES = 200 * 1024 * 1024
_MEMBERS = 5_000
_PAGES = 20_000


class Refused(Exception):
    """The document is not read; the text says why."""


def limit(memory: int, seconds: int) -> None:
    """Put this process under limits; what a platform does not offer is left to the parent's time-out."""
    import resource

    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (value, value))


def pages(file: BinaryIO) -> tuple[int, Callable[[int], str]]:
    """The number of pages of a PDF, and the text of one, from 1."""
    from pypdf import PdfReader

    reader = PdfReader(file)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Refused("it is protected with a password")
    total = len(reader.pages)
    if total > _PAGES:
        raise Refused(f"it has more than {_PAGES:,} pages")
    return total, lambda number: reader.pages[number - 1].extract_text()


def paragraphs(file: BinaryIO) -> tuple[int, Callable[[int], str]]:
    """The number of paragraphs and table rows of a DOCX, and the text of one, from 1."""
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) > _MEMBERS or sum(member.file_size for member in members) > _UNPACKED_BYTES:
            raise Refused(f"unpacked it would be larger than {_UNPACKED_BYTES // 1024**2} MiB")
    file.seek(0)
    from docx import Document

    lines = list(_lines(Document(file).iter_inner_content()))
    return len(lines), lambda number: lines[number - 1]


def _lines(blocks: Iterable[object]) -> Iterator[str]:
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    for block in blocks:
        if isinstance(block, Table):
            for row in block.rows:
                yield " | ".join(cell.text for cell in row.cells)
        elif isinstance(block, Paragraph):
            yield _heading_mark(block.style.name if block.style else None) + block.text


def _heading_mark(style: str | None) -> str:
    level = (style or "").removeprefix("Heading ")
    return f"{'#' * int(level)} " if style != level and level.isdigit() else ""


def extract(kind: str, file: BinaryIO, first: int, last: int, characters: int) -> dict[str, object]:
    """The texts of units `first` to `last`, ending early once there are more than `characters`."""
    total, text_of = {"pdf": pages, "document": paragraphs}[kind](file)
    start = max(total + first + 1, 1) if first < 0 else first
    parts: list[str] = []
    for number in range(start, min(last or total, total) + 1):
        parts.append(text_of(number)[: characters + 1])
        characters -= len(parts[-1])
        if characters <= 0:
            break
    return {"unit": "pages" if kind == "pdf" else "paragraphs", "total": total, "first": start, "parts": parts}


def main(arguments: list[str]) -> None:
    """Read the document on standard input and write the answer."""
    kind, first, last, characters, memory, seconds = arguments[0], *map(int, arguments[1:])
    limit(memory, seconds)
    logging.disable(logging.CRITICAL)
    try:
        answer = extract(kind, sys.stdin.buffer, first, last, characters)
    except (MemoryError, ImportError):  # a library that finds no memory to be loaded into
        return
    except Refused as error:
        answer = {"error": str(error)}
    except Exception as error:  # whatever a parser raises on a broken document; only its kind is told
        if getattr(error, "errno", None) == errno.ENOMEM:
            return
        answer = {"error": f"it is damaged or not of that type ({type(error).__name__})"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
