"""A worker's folder for temporary files: its own, empty when it begins, and gone when it ends, however it ends."""

import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

_PREFIX = "work-"
_LOCK = ".lock"


class Scratch:
    """An empty folder below `parent`. What servers that died have left there is removed: nobody holds its lock."""

    def __init__(self, parent: Path) -> None:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in parent.glob(f"{_PREFIX}*"):
            with suppress(OSError):
                descriptor = os.open(left / _LOCK, os.O_RDWR)
                _remove(left, descriptor)
        self.path = parent / f"{_PREFIX}{uuid4().hex}"
        self.path.mkdir(mode=0o700)
        self._descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def close(self) -> None:
        """Remove the folder with what is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._descriptor)


def _remove(folder: Path, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)
