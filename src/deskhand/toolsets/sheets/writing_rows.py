"""Rows on their way into a file."""

from collections.abc import Iterator, Sequence
from typing import Any

HEAD = 3
"""Rows that are shown to the person before or after a file is written."""


class Rows:
    """Rows that are read once: names and SQL types of the columns, how many passed, the first few, what was odd."""

    def __init__(self, columns: Sequence[str], types: Sequence[str]) -> None:
        self.columns = list(columns)
        self.types = list(types)
        self.source: Iterator[Sequence[Any]] = iter(())
        self.count = 0
        self.head: list[Sequence[Any]] = []
        self.warnings: list[str] = []

    def __iter__(self) -> Iterator[Sequence[Any]]:
        """The rows, counted."""
        for row in self.source:
            self.count += 1
            if len(self.head) < HEAD:
                self.head.append(row)
            yield row
