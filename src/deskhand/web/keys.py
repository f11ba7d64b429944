"""Keys of one-time links, for the owner of this machine: whoever can write to the data folder can make one."""

import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from deskhand.errors import Unavailable
from deskhand.store.tokens import digest_of


class Keys:
    """Each is a file in `folder`, named by the SHA-256 of the key, with the time until which it is good.

    So another program of the owner can make one for the server that runs, reading the folder opens nothing, and of two
    who come at once only one is let in: the one whose deletion of the file succeeds.
    """

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now

    def make(self, lifetime: timedelta) -> str:
        """A new key.

        Raises:
            Unavailable: the folder cannot be written.
        """
        key = secrets.token_urlsafe(32)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._forget_old()
            descriptor = os.open(self._file(key), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                stream.write(str(int(self._now() + lifetime.total_seconds())))
        except OSError as error:
            raise Unavailable(f"No link can be made: {self._folder} cannot be written ({error.strerror}).") from error
        return key

    def redeem(self, key: str) -> bool:
        """Whether the key opens, this once. Found by its digest, so that no timing of a comparison gives it away."""
        file = self._file(key)
        until = _until(file)
        try:
            file.unlink()
        except OSError:
            return False
        return self._now() < until

    def withdraw(self, key: str) -> None:
        """Make the key useless, if nobody used it."""
        with suppress(OSError):
            self._file(key).unlink()

    def withdraw_all(self) -> int:
        """Make every key useless that nobody used yet; how many there were.

        Raises:
            Unavailable: the folder cannot be written.
        """
        try:
            files = [file for file in self._folder.iterdir() if _until(file) > self._now()]
            for file in self._folder.iterdir():
                file.unlink(missing_ok=True)
        except FileNotFoundError:
            return 0  # there never was one
        except OSError as error:
            raise Unavailable(f"Links cannot be withdrawn from {self._folder} ({error.strerror}).") from error
        return len(files)

    def _file(self, key: str) -> Path:
        return self._folder / digest_of(key).hex()

    def _forget_old(self) -> None:
        for file in self._folder.iterdir():
            if _until(file) <= self._now():
                file.unlink(missing_ok=True)


def _until(file: Path) -> float:
    try:
        return float(file.read_text())
    except (OSError, ValueError):
        return 0.0
