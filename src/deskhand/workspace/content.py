"""What is to be placed: bytes in memory, or a file of any size behind a descriptor."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from deskhand.workspace.load import version_of, version_of_steps
from deskhand.workspace.steps import cut_in_steps, read_in_steps


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes, their version (see `version_of`), and how many there are. `steps` begins at the beginning every time."""

    version: str
    size: int
    steps: Callable[[], Iterator[bytes | memoryview]]


def held(data: bytes) -> Content:
    """What is in memory."""
    return Content(version_of(data), len(data), lambda: cut_in_steps(data))


def spooled(descriptor: int) -> Content:
    """What an open, seekable descriptor holds from its beginning; nobody changes it until it is placed. Blocks."""

    def steps() -> Iterator[bytes]:
        with os.fdopen(os.dup(descriptor), "rb") as file:
            file.seek(0)
            yield from read_in_steps(file)

    return Content(version_of_steps(steps()), os.fstat(descriptor).st_size, steps)
