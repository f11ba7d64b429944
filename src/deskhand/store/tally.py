"""How many rows a table has and a digest of them, the same on every engine and in every order."""

import hashlib
from collections.abc import Iterable, Mapping

_SIZE = 1 << 256


class Tally:
    """Counts rows as they pass.

    The digest is the sum of the rows' SHA-256, so it does not depend on the order in which an engine returns them. It
    finds what a disk or a program did to a copy; it does not prove who made it.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Count rows, by the names of their columns."""
        for row in rows:
            self.rows += 1
            self._sum = (self._sum + int.from_bytes(_digest(row))) % _SIZE

    @property
    def digest(self) -> str:
        """The digest of the rows so far, in hexadecimal."""
        return f"{self._sum:064x}"


def _digest(row: Mapping[str, object]) -> bytes:
    found = hashlib.sha256()
    for name in sorted(row):
        kind, value = _as_bytes(row[name])
        found.update(f"{name} {kind} {len(value)} ".encode())
        found.update(value)
    return found.digest()


def _as_bytes(value: object) -> tuple[str, bytes]:
    """A value as every engine has it: SQLite knows no truth values, and no negative zero."""
    match value:
        case None:
            return "null", b""
        case int():  # and bool
            return "int", str(int(value)).encode()
        case float():
            return "float", repr(value + 0.0).encode()
        case str():
            return "text", value.encode()
        case bytes():
            return "bytes", value
        case _:
            raise TypeError(f"no column holds a {type(value).__name__}")
