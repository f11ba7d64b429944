"""The text of PDF, DOCX and spreadsheets, extracted in a worker process with limits on memory, time and output."""

import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import anyio
from anyio.lowlevel import RunVar
from pydantic import BaseModel, TypeAdapter, ValidationError

from deskhand.documents.span import Span
from deskhand.errors import InvalidInput, LimitExceeded, Unavailable

Kind = Literal["pdf", "document", "spreadsheet"]
"""`document` is DOCX; `spreadsheet` XLSX, XLSM, XLSB, XLS and ODS."""
Unit = Literal["lines", "pages", "paragraphs"]
_WORKER = Path(__file__).with_name("extract_worker.py")
_MEMORY_BYTES = 1024**3
_SECONDS = 20
WORKERS = 2
"""Documents that are taken apart at once: each may take all the memory and a core for its seconds."""
_LIMITER: RunVar[anyio.CapacityLimiter] = RunVar("deskhand.documents.workers")
"""Of each event loop, made when it is first needed."""


@dataclass(frozen=True, slots=True)
class Document:
    """The texts of some units of a document: `parts[0]` is unit `first` of `total`."""

    unit: Unit
    total: int
    first: int
    parts: tuple[str, ...]

    @property
    def last(self) -> int:
        """The last unit there is text of."""
        return self.first + len(self.parts) - 1


class _Answer(BaseModel):
    error: str | None = None
    unit: Unit = "pages"
    total: int = 0
    first: int = 1
    parts: tuple[str, ...] = ()


_ANSWER = TypeAdapter(_Answer)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What extracting may take: characters of text, rows of each sheet (0 for all), bytes of memory, and seconds.

    `advice` is what whoever asked can do when it takes more.
    """

    characters: int
    rows: int = 0
    memory: int = _MEMORY_BYTES
    seconds: int = _SECONDS
    advice: str = "Ask for fewer pages with range, such as '1-5'."


async def extract(kind: Kind, file: int, span: Span, bounds: Bounds) -> Document:
    """Text of the units of `span`, from the open, seekable descriptor `file`; ends early past the characters.

    The worker gets the memory and seconds of processor time of `bounds`, once it is its turn. Cancelling kills it.

    Raises:
        InvalidInput: the document is damaged, protected or not of that kind.
        LimitExceeded: it took too much time or memory.
        Unavailable: spreadsheets need an extra that is not installed.
    """
    if kind == "spreadsheet" and find_spec("python_calamine") is None:
        raise Unavailable("Reading spreadsheets needs the extra: pip install 'deskhand[sheets]'.")
    numbers = (span.first, span.last or 0, bounds.rows, bounds.characters, bounds.memory, bounds.seconds)
    try:
        async with _workers():
            with anyio.fail_after(2 * bounds.seconds):
                done = await anyio.run_process(
                    [sys.executable, "-I", str(_WORKER), kind, *map(str, numbers)],
                    stdin=file,
                    stderr=subprocess.DEVNULL,
                    check=False,
                    env={"LC_ALL": "C.UTF-8"},
                )
    except TimeoutError:
        raise _too_much(bounds) from None
    return _document(done.stdout, _too_much(bounds))


def _workers() -> anyio.CapacityLimiter:
    try:
        return _LIMITER.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(WORKERS)
        _LIMITER.set(limiter)
        return limiter


def _document(output: bytes, too_much: LimitExceeded) -> Document:
    try:
        answer = _ANSWER.validate_json(output)
    except ValidationError:  # killed by a limit before it could answer
        raise too_much from None
    if answer.error:
        raise InvalidInput(f"The document cannot be read: {answer.error}. Ask for another copy of it.")
    return Document(answer.unit, answer.total, answer.first, answer.parts)


def _too_much(bounds: Bounds) -> LimitExceeded:
    return LimitExceeded(
        f"Reading the document takes more than {bounds.seconds} s or {bounds.memory // 1024**2} MiB of memory. "
        f"{bounds.advice}"
    )
