"""What a job has in hand: the files it was given, the tables in them, and a locked database that knows only those."""

from collections.abc import Callable
from dataclasses import dataclass

from deskhand.toolsets.sheets.answers import Answer, Table


@dataclass(frozen=True, slots=True)
class Given:
    """A file that was sent to the worker: an open descriptor of this process, its name and its size in bytes."""

    descriptor: int
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Work:
    """The surroundings of one job."""

    files: tuple[Given, ...]
    progress: Callable[[int, int], None]
    """Tell how many rows have been read, of how many (0: not known)."""

    def tables(self) -> tuple[Table, ...]:
        """What SQL can name; reads the files."""
        raise NotImplementedError

    def ask(self, sql: str, max_rows: int) -> Answer:
        """The first `max_rows` of what `sql` selects, checked and limited as in a query.

        Raises:
            InvalidInput: the SQL is wrong. Denied: it reaches for more than the tables. LimitExceeded: time or memory.
        """
        raise NotImplementedError
