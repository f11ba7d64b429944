"""Loading: a whole file's bytes, no more than a limit, with what its descriptor said of it."""

import hashlib
import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from deskhand.errors import LimitExceeded
from deskhand.workspace.address import Parts, shown
from deskhand.workspace.root import Root
from deskhand.workspace.steps import read_in_steps

_VERSION_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file's bytes with what the descriptor said of it."""

    data: bytes
    status: os.stat_result

    @property
    def version(self) -> str:
        """Names this content; see `version_of`."""
        return version_of(self.data)


def version_of(data: bytes) -> str:
    """A short hash of the content: the same content has the same version, wherever and whenever."""
    return hashlib.sha256(data).hexdigest()[:_VERSION_DIGITS]


def version_of_steps(steps: Iterable[bytes | memoryview]) -> str:
    """`version_of` what the steps are together, no more than one of them in memory."""
    digest = hashlib.sha256()
    for step in steps:
        digest.update(step)
    return digest.hexdigest()[:_VERSION_DIGITS]


def modified_of(status: os.stat_result) -> datetime:
    """When it was last modified, in UTC to the second."""
    return datetime.fromtimestamp(int(status.st_mtime), UTC)


class Loader:
    """Loads files beneath a root, none larger than `max_bytes`; `remedy` says after a refusal what can be done."""

    def __init__(self, root: Root, *, max_bytes: int, remedy: str = "") -> None:
        self.root = root
        self.max_bytes = max_bytes
        self._remedy = remedy

    def load(self, parts: Parts) -> Loaded:
        """The whole file; blocks.

        Raises:
            LimitExceeded: it is larger than the limit.
        """
        with self.steps(parts) as (status, steps):
            data = b"".join(steps)
        if len(data) > self.max_bytes:  # it grew, or is one of the kernel's files that say they are empty
            raise self._too_large(parts, len(data))
        return Loaded(data, status)

    @contextmanager
    def steps(self, parts: Parts) -> Generator[tuple[os.stat_result, Iterator[bytes]]]:
        """The file in steps, at most one byte more than the limit, which tells that it grew; blocks.

        Raises:
            LimitExceeded: it is larger than the limit.
        """
        with self.opened(parts) as (descriptor, status), os.fdopen(os.dup(descriptor), "rb") as file:
            yield status, read_in_steps(file, self.max_bytes + 1)

    @contextmanager
    def opened(self, parts: Parts) -> Generator[tuple[int, os.stat_result]]:
        """The file open for reading, closed at the end, and what it is.

        Raises:
            LimitExceeded: it is larger than the limit.
        """
        with self.root.explained(parts), self.root.file(parts) as descriptor:
            status = os.fstat(descriptor)
            if status.st_size > self.max_bytes:
                raise self._too_large(parts, status.st_size)
            yield descriptor, status

    def _too_large(self, parts: Parts, size: int) -> LimitExceeded:
        sentence = f"{shown(parts)} has {size:,} bytes, more than the limit of {self.max_bytes:,}. {self._remedy}"
        return LimitExceeded(sentence.rstrip())
