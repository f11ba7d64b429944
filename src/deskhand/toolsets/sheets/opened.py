"""What the engine is given: an open file, and someone to tell how far it is."""

from collections.abc import Awaitable, Callable
from os import stat_result
from typing import Protocol

Progress = Callable[[int, int, str], Awaitable[None]]
"""Told how far it is, of how many (0 when that is not known), and in words what it is."""


class Opened(Protocol):
    """An open file: the descriptor stays the caller's."""

    @property
    def descriptor(self) -> int:
        """An open descriptor, readable."""
        ...

    @property
    def name(self) -> str:
        """The file's name, for the table's name and for messages."""
        ...

    @property
    def status(self) -> stat_result:
        """Its status when it was opened."""
        ...
