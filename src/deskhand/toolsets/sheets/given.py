"""A file as the worker has it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Given:
    """A file that was sent to the worker: an open descriptor of this process, its name and its size in bytes."""

    descriptor: int
    name: str
    size: int
