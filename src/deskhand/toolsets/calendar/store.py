"""The calendars kept on this machine: `CalendarBackend` over a folder of .ics files for each person."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock

from anyio import to_thread

from deskhand.toolsets.calendar.backend import Busy, CalendarInfo, Changed, Stored
from deskhand.toolsets.calendar.folder import CalendarFolder, new_root
from deskhand.toolsets.calendar.sample import fill
from deskhand.toolsets.calendar.zones import Zone


class LocalCalendars:
    """Calendars beneath `folder_of(subject)`; one that is used for the first time holds a few sample events."""

    def __init__(self, folder_of: Callable[[str], Path], now: Callable[[], datetime], zone: Zone) -> None:
        self._folder_of = folder_of
        self._now = now
        self._zone = zone
        self._folders: dict[str, CalendarFolder] = {}
        self._opening = Lock()

    async def calendars(self, subject: str) -> Sequence[CalendarInfo]:
        """The person's calendars, the one for new events first."""
        folder = await self._folder(subject)
        return await to_thread.run_sync(folder.calendars)

    async def objects(self, subject: str, calendar: str, start: datetime, end: datetime) -> Sequence[Stored]:
        """See `CalendarBackend.objects`."""
        folder = await self._folder(subject)
        return await to_thread.run_sync(folder.objects, calendar, start, end)

    async def get(self, subject: str, calendar: str, uid: str) -> Stored:
        """See `CalendarBackend.get`."""
        folder = await self._folder(subject)
        return await to_thread.run_sync(folder.get, calendar, uid)

    async def put(self, subject: str, calendar: str, uid: str, text: str, expected_etag: str | None) -> Stored:
        """See `CalendarBackend.put`."""
        folder = await self._folder(subject)
        return await to_thread.run_sync(folder.put, calendar, uid, text, expected_etag)

    async def delete(self, subject: str, calendar: str, uid: str, expected_etag: str) -> None:
        """See `CalendarBackend.delete`."""
        folder = await self._folder(subject)
        await to_thread.run_sync(folder.delete, calendar, uid, expected_etag)

    async def changes(self, subject: str, calendar: str, token: str) -> Changed:
        """See `CalendarBackend.changes`."""
        folder = await self._folder(subject)
        return await to_thread.run_sync(folder.changes, calendar, token)

    async def free_busy(
        self, subject: str, attendee: str, start: datetime, end: datetime, calendar: str = ""
    ) -> Sequence[Busy] | None:
        """Nobody else's: each person sees their own calendars only."""
        return None

    async def _folder(self, subject: str) -> CalendarFolder:
        return await to_thread.run_sync(partial(self._open, subject))

    def _open(self, subject: str) -> CalendarFolder:
        with self._opening:
            if subject not in self._folders:
                root = self._folder_of(subject)
                folder = CalendarFolder(root, self._zone)
                folder.locked(lambda: fill(folder, self._now(), self._zone) if new_root(root) else None)
                self._folders[subject] = folder
            return self._folders[subject]
