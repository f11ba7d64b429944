"""Memories that come from elsewhere, checked but not yet kept, and what was wrong with those that cannot be."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from deskhand.errors import InvalidInput
from deskhand.store.memories import MemoryRow
from deskhand.toolsets.memory.accepted import MAX_CHARACTERS, accepted
from deskhand.toolsets.memory.draft import ALPHABET, about_whom
from deskhand.toolsets.memory.secrets import secret_in

MOST = 2 * MAX_CHARACTERS
"""Characters of a text that comes from elsewhere: one saved here may have grown by the dates written into it."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One memory: its versions, the oldest first, and the ids of those it supersedes or contradicts.

    `place` says where it stood, such as "line 3". A `bare` one comes without the history that its first home may have
    had: whoever has a memory of its id that began with the same text has it already.
    """

    place: str
    rows: tuple[MemoryRow, ...]
    supersedes: tuple[str, ...] = ()
    conflicts_with: tuple[str, ...] = ()
    bare: bool = False

    @property
    def id(self) -> str:
        """Its id where it comes from."""
        return self.rows[0].id


class HoldsSecret(InvalidInput):
    """The text seems to hold a secret."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one line or item."""

    place: str
    reason: str
    secret: bool = False
    """Whether it is well formed, but must not be remembered."""

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.place}: {self.reason}"


Arrivals = Iterator[Arrival | Fault]


def arriving(text: str) -> str:
    """A text from elsewhere as it is stored; relative dates stay as they are, for nobody knows when it was said.

    Raises:
        HoldsSecret: it seems to hold a secret.
        InvalidInput: it is empty or too long, or holds characters nobody can see.
    """
    _refuse_secrets(text)
    return accepted(text, most=MOST)


def arriving_about(name: str | None) -> str | None:
    """Whom or what a memory from elsewhere is about.

    Raises:
        HoldsSecret: it seems to hold a secret.
        InvalidInput: it is too long, or holds characters nobody can see.
    """
    _refuse_secrets(name or "")
    return about_whom(name)


def _refuse_secrets(text: str) -> None:
    if len(text) <= MOST and (kind := secret_in(text)):
        raise HoldsSecret(f"not remembered, because it seems to hold {kind}")


def derived_id(*parts: str) -> str:
    """The id for what these parts name: the same each time, so that what is imported twice is known the second time."""
    number = int.from_bytes(hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest())
    letters: list[str] = []
    for _ in range(8):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "m" + "".join(letters)
