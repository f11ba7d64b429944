"""Telling the followers of an event or a day when it changes: by us at once, by others when it is looked."""

from collections.abc import Callable, Sequence
from datetime import date

import anyio

from deskhand.errors import DeskhandError
from deskhand.services import Changes
from deskhand.toolsets.calendar.finding_handle import Handle, day_uri
from deskhand.toolsets.calendar.finding_places import Places

LOOK_SECONDS = 0.5
"""How often it is looked who follows; the calendars are asked less often."""


class Watching:
    """Announces what changes in calendars, to the person whose they are."""

    def __init__(self, places: Places, changes: Changes, poll_seconds: float) -> None:
        self._places = places
        self._changes = changes
        self._poll_seconds = poll_seconds
        self._days: dict[tuple[str, str], set[date]] = {}

    def written(self, subject: str, calendar: str, uid: str) -> None:
        """Announce what was just written, and every day of the calendar that somebody follows."""
        self._changes.resource_updated(Handle(calendar, uid).uri, subject=subject)
        for day in self._days.get((subject, calendar), ()):
            self._changes.resource_updated(day_uri(calendar, day), subject=subject)
        self._changes.resource_list_changed(subject=subject)

    async def run(self, uri: str, calendar: str, uid: str = "", day: date | None = None) -> None:
        """Announce `uri` to its followers whenever the event, or anything in the calendar, changes; until cancelled."""
        tokens: dict[str, str] = {}
        waited = self._poll_seconds
        followed: set[str] = set()
        try:
            while True:
                followers = set(self._changes.followers(uri))
                self._note(followers, followed, calendar, day)
                fresh = followers - followed
                followed = followers
                if fresh or waited >= self._poll_seconds:
                    await self._look(followers, calendar, tokens, self._teller(uri, uid))
                    waited = 0.0
                await anyio.sleep(LOOK_SECONDS)
                waited += LOOK_SECONDS
        finally:
            self._note(set(), followed, calendar, day)

    def _note(self, followers: set[str], before: set[str], calendar: str, day: date | None) -> None:
        if day is None:
            return
        for subject in followers - before:
            self._days.setdefault((subject, calendar), set()).add(day)
        for subject in before - followers:
            days = self._days.get((subject, calendar), set())
            days.discard(day)
            if not days:
                self._days.pop((subject, calendar), None)

    def _teller(self, uri: str, uid: str) -> Callable[[str, Sequence[str] | None], None]:
        def tell(subject: str, uids: Sequence[str] | None) -> None:
            if uids is None or uid in uids or (uids and not uid):
                self._changes.resource_updated(uri, subject=subject)

        return tell

    async def _look(
        self,
        followers: set[str],
        calendar: str,
        tokens: dict[str, str],
        tell: Callable[[str, Sequence[str] | None], None],
    ) -> None:
        for subject in followers:
            try:
                changed = await self._places.backend(calendar).changes(subject, calendar, tokens.get(subject, ""))
            except DeskhandError:  # it is asked again, and the token still stands where it stood
                continue
            if subject in tokens:
                tell(subject, changed.uids)
            tokens[subject] = changed.token
        for gone in set(tokens) - followers:
            del tokens[gone]
