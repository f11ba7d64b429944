"""Where each person's calendars are: on this machine, or at the CalDAV servers of their accounts."""

import hashlib
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from anyio import to_thread
from icalendar import Calendar

from deskhand.errors import DeskhandError, InvalidInput, NotFound, Unavailable
from deskhand.mail.account import Account
from deskhand.mail.accounts import Accounts
from deskhand.toolsets.calendar.backend import Busy, CalendarBackend, CalendarInfo, Listed, Stored
from deskhand.toolsets.calendar.ics import read
from deskhand.toolsets.calendar.store import LocalCalendars
from deskhand.visible import visible_line

logger = logging.getLogger(__name__)
_TREES = 2_000
"""Objects whose trees are kept in memory."""


class RemoteCalendars(CalendarBackend, Protocol):
    """Calendars on servers, named `account/title`."""

    async def listed(self, subject: str) -> Listed:
        """The calendars of the accounts that answer, and of those that do not why."""
        ...

    async def schedules_itself(self, subject: str, calendar: str, stored: Stored | None = None) -> bool:
        """Whether the server tells the others of changes to `stored`, or of new events."""
        ...

    async def aclose(self) -> None:
        """Give up connections."""
        ...


@dataclass(frozen=True, slots=True)
class Tree:
    """An object and its tree, which is shared: read it, never change it."""

    stored: Stored
    calendar: Calendar


class Places:
    """All calendars of everybody; each method sees those of `subject` only."""

    def __init__(self, accounts: Accounts, local: LocalCalendars, remote: RemoteCalendars) -> None:
        self._accounts = accounts
        self._local = local
        self.remote = remote
        self.stays_open = False
        """Whether connections are closed by somebody else, later; else each act closes its own."""
        self._trees: dict[tuple[str, str, str, str], Calendar] = {}

    @staticmethod
    def is_local(calendar: str) -> bool:
        """Whether the calendar is on this machine."""
        return "/" not in calendar

    def backend(self, calendar: str) -> CalendarBackend:
        """Who keeps the calendar of that name."""
        return self._local if self.is_local(calendar) else self.remote

    async def calendars(self, subject: str) -> list[CalendarInfo]:
        """As `listed`, without what is wrong."""
        return list((await self.listed(subject)).calendars)

    async def listed(self, subject: str) -> Listed:
        """The person's calendars, the one for new events first: at their servers, else on this machine.

        Those on this machine answer too where no server does.
        """
        listed = await self.remote.listed(subject) if self.has_remote(subject) else Listed(())
        if listed.calendars or (self.has_remote(subject) and not listed.troubles):
            return listed
        return replace(listed, calendars=tuple(await self._local.calendars(subject)))

    def has_remote(self, subject: str) -> bool:
        """Whether some calendar of the person is at a server."""
        return any(not account.is_local for account in self._accounts.for_calendars(subject))

    async def named(self, subject: str, name: str) -> CalendarInfo:
        """The calendar of that name or title; without a name the one for new events.

        Raises:
            NotFound: the person has none of that name.
            InvalidInput: several have that title.
            Unavailable: the account that may have it does not answer.
        """
        listed = await self.listed(subject)
        known, wanted = list(listed.calendars), name.strip().casefold()
        if not wanted and known:
            return self._usual(subject, listed)
        if name and self.is_local(name) and not any(self.is_local(info.name) for info in known):
            known += await self._local.calendars(subject)
        found = [info for info in known if info.name.casefold() == wanted]
        found = found or [info for info in known if wanted and info.title.casefold() == wanted]
        names = ", ".join(info.name for info in known)
        if len(found) > 1:
            raise InvalidInput(f"Several calendars are called {visible_line(name)[:80]!r}. Give one of: {names}.")
        if not found and listed.troubles:
            raise Unavailable(f"{' '.join(listed.troubles)} Of the others none is called {visible_line(name)[:80]!r}.")
        if not found:
            raise NotFound(f"There is no calendar {visible_line(name)[:80]!r}. There are: {names}.")
        return found[0]

    def _usual(self, subject: str, listed: Listed) -> CalendarInfo:
        """The calendar for new events, which is at the first account: no other takes its place unasked."""
        known, first = listed.calendars, self._accounts.for_calendars(subject)[0]
        if listed.troubles and not known[0].name.startswith(f"{first.name}/"):
            names = ", ".join(info.name for info in known)
            raise Unavailable(f"{' '.join(listed.troubles)} Or give one of these as calendar: {names}.")
        return next((info for info in known if info.writable), known[0])

    async def trees(self, subject: str, calendar: str, start: datetime, end: datetime) -> list[Tree]:
        """The objects that may have an occurrence from `start` to `end`."""
        stored = await self.backend(calendar).objects(subject, calendar, start, end)
        return await to_thread.run_sync(self._parsed, subject, stored)

    async def find(self, subject: str, uid: str, calendar: str = "") -> Stored:
        """The event of that UID, in this calendar or in any.

        Raises:
            NotFound: there is none.
            Unavailable: an account that may have it does not answer.
        """
        listed = Listed(()) if calendar else await self.listed(subject)
        names = [calendar] if calendar else [info.name for info in listed.calendars]
        for name in names:
            try:
                return await self.backend(name).get(subject, name, uid)
            except NotFound:
                if calendar:
                    raise
        if listed.troubles:
            raise Unavailable(f"No calendar that answers has this event. {' '.join(listed.troubles)}")
        raise NotFound(f"None of your calendars has an event {visible_line(uid)[:120]!r}. Look with calendar_events.")

    async def free_busy(self, subject: str, attendee: str, start: datetime, end: datetime) -> Sequence[Busy] | None:
        """When somebody else is taken, where one of the person's servers knows."""
        if not self.has_remote(subject):
            return None
        return await self.remote.free_busy(subject, attendee, start, end)

    async def tells_others(self, subject: str, stored: Stored) -> bool:
        """Whether the server sends the mails about a change of this object itself."""
        if self.is_local(stored.calendar):
            return False
        return await self.remote.schedules_itself(subject, stored.calendar, stored)

    def own(self, subject: str) -> Collection[str]:
        """The person's own addresses, in lower case."""
        return {account.address.email.lower() for account in self._mail(subject)}

    def sending(self, subject: str, calendar: str, email: str = "") -> Account:
        """The account whose address invites or answers: that of `email`, of the calendar, or the first that sends."""
        accounts = [account for account in self._mail(subject) if account.is_local or account.smtp is not None]
        own = [account for account in accounts if account.address.email.lower() == email]
        beside = [account for account in accounts if account.name == calendar.partition("/")[0] and "/" in calendar]
        return (*own, *beside, *accounts, self._accounts.named(subject, "local"))[0]

    def _mail(self, subject: str) -> tuple[Account, ...]:
        return self._accounts.for_mail(subject)

    def _parsed(self, subject: str, stored: Sequence[Stored]) -> list[Tree]:
        found: list[Tree] = []
        for each in stored:
            try:
                found.append(Tree(each, self._tree(subject, each)))
            except DeskhandError:
                logger.info("an object of the calendar %s that is none is left out: %s", each.calendar, each.href)
        return found

    def _tree(self, subject: str, stored: Stored) -> Calendar:
        """The tree of this very text, which was the person's own: a UID and an etag say nothing about whose it is."""
        digest = hashlib.sha256(stored.text.encode(errors="replace")).hexdigest()
        key = (subject, stored.calendar, stored.uid, digest)
        known = self._trees.get(key)
        if known is None:
            known = read(stored.text)
            while len(self._trees) >= _TREES:
                self._trees.pop(next(iter(self._trees), key), None)
            self._trees[key] = known
        return known
