"""One folder of a maildir: each mail is a file that is written once and from then on only renamed.

The format is that of https://cr.yp.to/proto/maildir.html: a mail is written in `tmp`, and renamed into `new` or `cur`
when it is whole and on disk, so neither a crash nor a second process ever sees half a mail. Flags are in its name.
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deskhand.errors import Conflict, NotFound
from deskhand.mail.mailbox import Flag

_LETTERS: dict[Flag, str] = {"draft": "D", "flagged": "F", "forwarded": "P", "answered": "R", "seen": "S"}
_PARTS = ("tmp", "new", "cur")
_TRIES = 5
_STALE_SECONDS = 36 * 3600
"""When what lies in `tmp` was left by a crash, by the format's own rule."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail is now: another process may rename it at any time."""

    path: Path
    flags: frozenset[Flag]


class MaildirFolder:
    """A folder on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        """Whether it was made."""
        return (self.path / "cur").is_dir()

    def make(self) -> None:
        """Make it, private to the account that runs this, and sweep what a crash left."""
        for part in _PARTS:
            (self.path / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        oldest = time.time() - _STALE_SECONDS
        for left in (self.path / "tmp").iterdir():
            with suppress(FileNotFoundError):
                if left.stat().st_atime < oldest:  # not the time of change: a mail is given that of its arrival
                    left.unlink()

    def places(self) -> dict[str, Place]:
        """All mails by their stable name."""
        return {uid: Place(path, flags) for uid, path, flags in self._listed()}

    def place(self, uid: str) -> Place:
        """Where one mail is.

        Raises:
            NotFound: it is not here.
        """
        place = self.places().get(uid)
        if place is None:
            raise NotFound("The mail is not in this folder any more. Search for it again: it may have been moved.")
        return place

    def deliver(self, raw: bytes, flags: frozenset[Flag], at: datetime) -> str:
        """Write a mail; on disk when this returns its name. `at` is kept as the time it was received."""
        uid = f"{int(at.timestamp())}.M{time.time_ns() // 1000 % 1_000_000}R{secrets.token_hex(8)}.deskhand"
        written = self.path / "tmp" / uid
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(raw)
                file.flush()
                os.utime(descriptor, (time.time(), at.timestamp()))
                os.fsync(descriptor)
            target = self._target(uid, flags)
            written.rename(target)
        except BaseException:
            written.unlink(missing_ok=True)
            raise
        _to_disk(target.parent)
        return uid

    def flag(self, uid: str, add: frozenset[Flag], remove: frozenset[Flag]) -> None:
        """Change flags.

        Raises:
            NotFound: the mail is not here.
            Conflict: another process changes it all the time.
        """
        for _ in range(_TRIES):
            place = self.place(uid)
            target = self._target(uid, (place.flags | add) - remove, known=True)
            if target == place.path:
                return
            with suppress(FileNotFoundError):  # renamed by another process since it was listed
                place.path.rename(target)
                _to_disk(target.parent)
                return
        raise Conflict("Another program changes the flags of this mail at the same time. Try again.")

    def move(self, uid: str, folder: "MaildirFolder") -> None:
        """Move a mail, with its flags, keeping its name.

        Raises:
            NotFound: the mail is not here.
            Conflict: another process changes it all the time.
        """
        for _ in range(_TRIES):
            place = self.place(uid)
            target = folder._target(uid, place.flags, known=True)
            with suppress(FileNotFoundError):
                place.path.rename(target)
                _to_disk(target.parent)
                _to_disk(place.path.parent)
                return
        raise Conflict("Another program changes this mail at the same time. Try again.")

    def remove(self, uid: str) -> None:
        """Delete a mail for good.

        Raises:
            NotFound: the mail is not here.
            Conflict: another process changes it all the time.
        """
        for _ in range(_TRIES):
            with suppress(FileNotFoundError):
                self.place(uid).path.unlink()
                return
        raise Conflict("Another program changes this mail at the same time. Try again.")

    def _target(self, uid: str, flags: frozenset[Flag], *, known: bool = False) -> Path:
        """Where a mail with these flags lies; in `new` while nobody has touched it."""
        if not flags and not known:
            return self.path / "new" / uid
        return self.path / "cur" / f"{uid}:2,{''.join(sorted(_LETTERS[flag] for flag in flags))}"

    def _listed(self) -> Iterator[tuple[str, Path, frozenset[Flag]]]:
        for part in ("new", "cur"):
            folder = self.path / part
            try:
                names = os.listdir(folder)
            except FileNotFoundError:
                continue
            for name in names:
                if not name.startswith("."):
                    uid, _, info = name.partition(":2,")
                    yield uid, folder / name, frozenset(flag for flag, letter in _LETTERS.items() if letter in info)


def received_at(status: os.stat_result) -> datetime:
    """When a mail was received: the time of its file, as mail servers keep it, too."""
    return datetime.fromtimestamp(status.st_mtime, UTC)


def _to_disk(folder: Path) -> None:
    """Make a rename survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
