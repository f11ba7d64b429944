"""Work in worker threads, in steps that are short enough to stop between: nobody may wait for it any more."""

import os
import sys
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from anyio import from_thread

STEP_BYTES = 4 * 1024 * 1024
"""What is read or written at once: well under 100 ms on a disk of 100 MB/s."""


def stop_if_cancelled() -> None:
    """Leave the work here when its caller was cancelled or ran out of time; nothing outside a worker thread.

    What is raised is no `Exception`: only `finally` and `except BaseException` clean up after it.
    """
    try:
        from_thread.check_cancelled()
    except RuntimeError:  # not a thread of anyio's, so there is no caller to be cancelled
        return


def read_in_steps(file: BinaryIO, most: int = sys.maxsize) -> Iterator[bytes]:
    """The bytes of `file`, no more than `most`."""
    while most > 0 and (step := file.read(min(STEP_BYTES, most))):
        most -= len(step)
        yield step
        stop_if_cancelled()


def cut_in_steps(data: bytes) -> Iterator[memoryview]:
    """`data`, uncopied."""
    return (memoryview(data)[start : start + STEP_BYTES] for start in range(0, len(data), STEP_BYTES))


def write_in_steps(file: BinaryIO, steps: Iterable[bytes | memoryview]) -> None:
    """Write `steps`, each safely on disk before the next: all at the end would itself be a step of many seconds."""
    for step in steps:
        stop_if_cancelled()
        file.write(step)
        file.flush()
        os.fsync(file.fileno())
