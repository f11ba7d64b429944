"""One person's calendars as folders of .ics files: `<calendar>/calendar.json` and a file for each UID."""

import hashlib
import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar, cast

from filelock import FileLock, Timeout

from deskhand.errors import Conflict, DeskhandError, InvalidInput, NotFound, Unavailable
from deskhand.toolsets.calendar.backend import CalendarInfo, Changed, Stored
from deskhand.toolsets.calendar.extent import Extent, extent_of
from deskhand.toolsets.calendar.ics import MAX_CHARACTERS, events_of, read, text_of
from deskhand.toolsets.calendar.journal import NAME as JOURNAL
from deskhand.toolsets.calendar.journal import note_changes
from deskhand.toolsets.calendar.zones import Zone

_T = TypeVar("_T")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_PATIENCE = 10.0
"""Seconds to wait for another process that writes."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is kept in memory of a file, as long as its time and size stay."""

    stamp: tuple[int, int]
    uid: str
    etag: str
    extent: Extent


class CalendarFolder:
    """The calendars beneath `root`. All methods block; several threads and processes may use it at a time."""

    def __init__(self, root: Path, zone: Zone) -> None:
        self._root = root
        self._zone = zone
        self._index: dict[Path, _Known] = {}
        self._lock = FileLock(root / ".lock", timeout=_PATIENCE)  # a thread that holds it may take it again

    def locked(self, work: Callable[[], _T]) -> _T:
        """Do `work` while no other process writes."""
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with self._lock:
                return work()
        except Timeout:
            raise Unavailable("Another process is writing to the calendar. Try again.", retry_after=5) from None

    def calendars(self) -> list[CalendarInfo]:
        """By name, the one of the name `personal` first."""
        folders = sorted(path.parent for path in self._root.glob("*/calendar.json"))
        found = [self._info(folder) for folder in folders if _NAME.fullmatch(folder.name)]
        return sorted(found, key=lambda info: (info.name != "personal", info.name))

    def create(self, name: str, title: str, colour: str = "") -> None:
        """Make a calendar; nothing happens if there is one of the name."""
        if not _NAME.fullmatch(name):
            raise InvalidInput(f"{name[:80]!r} cannot name a calendar. Use small letters, digits and hyphens.")
        folder = self._root / name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / "calendar.json").exists():
            _write(folder / "calendar.json", json.dumps({"title": title, "colour": colour}).encode())

    def objects(self, calendar: str, start: datetime, end: datetime) -> list[Stored]:
        """The objects that may have an occurrence from `start` to `end`; files that are no calendars are left out."""
        folder = self._folder(calendar)
        found = [(path, known) for path, known in self._known(folder) if known.extent.meets(start, end)]
        return [stored for path, known in found if (stored := self._load(path, calendar, known.uid))]

    def get(self, calendar: str, uid: str) -> Stored:
        """The object of that UID."""
        path = self._path(calendar, uid)
        stored = self._load(path, calendar, uid) if path else None
        if stored is None:
            raise NotFound(f"The calendar {calendar} has no event {uid[:120]!r} (any more). Look with calendar_events.")
        return stored

    def put(self, calendar: str, uid: str, text: str, expected_etag: str | None) -> Stored:
        """Write the object if it is at `expected_etag`, or new if that is None."""
        _check(uid, text)
        folder = self._folder(calendar)

        def work() -> Stored:
            path = self._path(calendar, uid)
            current = self._load(path, calendar, uid) if path else None
            _check_etag(current, expected_etag)
            target = path or folder / f"{hashlib.sha256(uid.encode()).hexdigest()[:40]}.ics"
            _write(target, text.encode())
            return Stored(calendar, uid, etag_of(text.encode()), text, target.name)

        return self.locked(work)

    def delete(self, calendar: str, uid: str, expected_etag: str) -> None:
        """Remove the object if it is at `expected_etag`."""

        def work() -> None:
            stored = self.get(calendar, uid)
            _check_etag(stored, expected_etag)
            (self._folder(calendar) / stored.href).unlink()

        self.locked(work)

    def changes(self, calendar: str, token: str) -> Changed:
        """What changed since `token`, by whatever program."""
        folder = self._folder(calendar)

        def work() -> Changed:
            changed, note = note_changes(folder, {known.uid: known.etag for _, known in self._known(folder)}, token)
            if note:
                _write(folder / JOURNAL, note.encode())
            return changed

        return self.locked(work)

    def _info(self, folder: Path) -> CalendarInfo:
        kept: dict[str, Any] = {}
        with suppress(OSError, ValueError):
            kept = cast("dict[str, Any]", json.loads((folder / "calendar.json").read_text(encoding="utf-8")))
        return CalendarInfo(folder.name, str(kept.get("title") or folder.name), str(kept.get("colour") or ""))

    def _folder(self, calendar: str) -> Path:
        folder = self._root / calendar
        if not _NAME.fullmatch(calendar) or not folder.is_dir():
            names = ", ".join(info.name for info in self.calendars())
            raise NotFound(f"There is no calendar {calendar[:80]!r}. There are: {names}.")
        return folder

    def _path(self, calendar: str, uid: str) -> Path | None:
        """The file of that UID: of our name, or of any name another program gave it."""
        folder = self._folder(calendar)
        ours = folder / f"{hashlib.sha256(uid.encode()).hexdigest()[:40]}.ics"
        if ours.exists():
            return ours
        return next((path for path, known in self._known(folder) if known.uid == uid), None)

    def _load(self, path: Path, calendar: str, uid: str) -> Stored | None:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        return Stored(calendar, uid, etag_of(data), data.decode(errors="replace"), path.name)

    def _known(self, folder: Path) -> list[tuple[Path, _Known]]:
        found: list[tuple[Path, _Known]] = []
        for path in sorted(folder.glob("*.ics")):
            if known := self._know(path):
                found.append((path, known))
        present = {path for path, _ in found}
        for path in [path for path in self._index if path.parent == folder and path not in present]:
            self._index.pop(path, None)
        return found

    def _know(self, path: Path) -> _Known | None:
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            known = self._index.get(path)
            if known is None or known.stamp != stamp:
                data = path.read_bytes()
                calendar = read(data)
                events = events_of(calendar)
                uid = text_of(events[0], "UID") if events else ""
                known = _Known(stamp, uid, etag_of(data), extent_of(calendar, self._zone))
                self._index[path] = known
        except (OSError, DeskhandError, ArithmeticError, ValueError):
            return None  # not a calendar, times nobody can reckon with, or gone: there is nothing to show of it
        return known if known.uid else None


def etag_of(data: bytes) -> str:
    """The version of an object: a hash of its bytes."""
    return hashlib.sha256(data).hexdigest()[:32]


def _check(uid: str, text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(f"An event has {MAX_CHARACTERS:,} characters at most.")
    if {text_of(event, "UID") for event in events_of(read(text))} != {uid}:
        raise InvalidInput(f"The text is not a calendar with the one UID {uid[:120]!r}.")


def _check_etag(current: Stored | None, expected: str | None) -> None:
    if expected is None and current is not None:
        raise Conflict("There is an event of that UID already. Read it, then change it.")
    if expected is not None and (current is None or current.etag != expected):
        what = "was changed" if current else "was deleted"
        raise Conflict(f"The event {what} in the meantime. Read it again and repeat the change.")


def _write(path: Path, data: bytes) -> None:
    """All or nothing, on disk when it returns."""
    aside = path.with_name(f".{token_hex(8)}.tmp")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        with suppress(FileNotFoundError):
            aside.unlink()
        raise


def new_root(root: Path) -> bool:
    """Whether nobody used the folder yet."""
    return not root.exists() or next(root.glob("*/calendar.json"), None) is None
