"""The lines of a header block as fields: RFC 5322 §2.2, and what comes instead."""

import re
from dataclasses import dataclass, field

FIELDS = 1_000
"""Most fields that are read of one block."""
VALUE = 65_536
"""Most bytes of one field."""
BLOCK = 250_000
"""Most bytes of one block that are read."""
_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_END = re.compile(rb"\r?\n\r?\n")


@dataclass(slots=True)
class Fields:
    """Fields in order, names in lower case, values unfolded but not decoded."""

    pairs: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    length: int = 0
    """Bytes that the block takes, with the empty line that ends it."""
    problems: list[str] = field(default_factory=list[str])

    def first(self, name: str) -> str:
        """The value of the first field of this name; empty when there is none."""
        return next((value for key, value in self.pairs if key == name), "")

    def every(self, name: str) -> list[str]:
        """The values of all fields of this name."""
        return [value for key, value in self.pairs if key == name]


def read_fields(raw: bytes, start: int = 0, end: int | None = None) -> Fields:
    """The fields that `raw` begins with. A line that cannot be one ends the block, as mail programs have it.

    Texts are UTF-8 (RFC 6532), else Latin-1. A block may begin with the `From ` line of an mbox.
    """
    stop = len(raw) if end is None else end
    block_end, after = _block(raw, start, stop)
    found = Fields(length=after - start)
    pending: list[tuple[str, list[bytes]]] = []
    at = start
    for line in raw[start:block_end].splitlines(keepends=True):
        name = _NAME.match(line)
        if line[:1] in (b" ", b"\t"):
            if pending:
                pending[-1][1].append(b" " + line.strip())
        elif name is not None and len(pending) == FIELDS:
            found.problems.append(f"Only the first {FIELDS:,} headers were read.")
            break
        elif name is not None:
            pending.append((name[1].decode("ascii").lower(), [line[name.end() :].strip()]))
        elif not line.startswith((b"From ", b">From ")):
            found.length = at - start
            found.problems = ["The header ends without an empty line."] if pending else []
            break
        at += len(line)
    found.pairs = [(name, _text(b"".join(parts)[:VALUE])) for name, parts in pending]
    return found


def _block(raw: bytes, start: int, stop: int) -> tuple[int, int]:
    """Where the fields end, and where the body begins."""
    if raw[start : start + 1] == b"\n":
        return start, start + 1
    if raw[start : start + 2] == b"\r\n":
        return start, start + 2
    empty = _END.search(raw, start, stop)
    block_end, after = (stop, stop) if empty is None else (empty.start() + 1, empty.end())
    return min(block_end, start + BLOCK), after


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")
