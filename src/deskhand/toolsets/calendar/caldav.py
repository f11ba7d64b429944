"""The calendars of people's accounts on CalDAV servers: `CalendarBackend` over RFC 4791."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

import anyio
from anyio import to_thread

from deskhand.errors import DeskhandError, InvalidInput, NotFound
from deskhand.mail.account import Account
from deskhand.outbound import Bounds
from deskhand.toolsets.calendar.backend import Busy, CalendarInfo, Changed, Listed, Stored
from deskhand.toolsets.calendar.caldav_changes import changes
from deskhand.toolsets.calendar.caldav_discovery import Home, find_home, list_calendars
from deskhand.toolsets.calendar.caldav_free_busy import ask_calendars, ask_outbox
from deskhand.toolsets.calendar.caldav_names import LONGEST_TITLE, named
from deskhand.toolsets.calendar.caldav_objects import CalDavObjects
from deskhand.toolsets.calendar.caldav_scheduling import is_sent_by_server, sent_by_client, sent_by_server
from deskhand.toolsets.calendar.dav_answer import same_place
from deskhand.toolsets.calendar.dav_http import BOUNDS, DavHttp
from deskhand.toolsets.calendar.ics import MAX_CHARACTERS, events_of, read, text_of
from deskhand.visible import visible_line

KEPT_SECONDS = 600.0
"""How long it is believed where an account's calendars are."""


@dataclass(slots=True)
class _Opened:
    """An account in use."""

    dav: DavHttp
    home: Home | None = None
    found_at: float = 0
    calendars: dict[str, CalDavObjects] = field(default_factory=dict[str, CalDavObjects])
    lock: anyio.Lock = field(default_factory=anyio.Lock)


class CalDavCalendars:
    """Everybody's calendars on servers, named `account/title`. `async with`, or `aclose` at the end.

    Args:
        accounts: gives a person's accounts; those without a CalDAV address are passed over.
        bounds: of one request.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        accounts: Callable[[str], Sequence[Account]],
        *,
        bounds: Bounds = BOUNDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._accounts = accounts
        self._bounds = bounds
        self._clock = clock
        self._opened: dict[tuple[str, str], _Opened] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Give up connections; they are made again when somebody asks."""
        opened, self._opened = self._opened, {}
        for each in opened.values():
            await each.dav.aclose()

    async def calendars(self, subject: str) -> Sequence[CalendarInfo]:
        """The person's calendars by account, in each the one for new events first."""
        found: list[CalendarInfo] = []
        for opened in self._of(subject):
            await self._look(opened)
            found += [_info(objects) for objects in opened.calendars.values()]
        return found

    async def listed(self, subject: str) -> Listed:
        """As `calendars`; an account whose server does not answer or refuses is left out, and said."""
        found: list[CalendarInfo] = []
        troubles: list[str] = []
        for opened in self._of(subject):
            try:
                await self._look(opened)
            except DeskhandError as error:
                name = opened.dav.account.name
                troubles.append(
                    f"The account {name} is left out: {error.message} Test it: deskhand accounts test {name}"
                )
                continue
            found += [_info(objects) for objects in opened.calendars.values()]
        return Listed(tuple(found), tuple(troubles))

    async def objects(self, subject: str, calendar: str, start: datetime, end: datetime) -> Sequence[Stored]:
        """See `CalendarBackend.objects`."""
        return await (await self._objects(subject, calendar)).between(start, end)

    async def get(self, subject: str, calendar: str, uid: str) -> Stored:
        """See `CalendarBackend.get`."""
        return await (await self._objects(subject, calendar)).get(uid)

    async def put(self, subject: str, calendar: str, uid: str, text: str, expected_etag: str | None) -> Stored:
        """See `CalendarBackend.put`. Of each event either the server tells the others, or the client: never both."""
        await to_thread.run_sync(_check, uid, text)
        opened, objects = await self._find(subject, calendar)
        if opened.home is not None and opened.home.schedules:
            text = await _scheduled(objects, uid, text, _own(opened), new=expected_etag is None)
        return await objects.put(uid, text, expected_etag)

    async def delete(self, subject: str, calendar: str, uid: str, expected_etag: str) -> None:
        """See `CalendarBackend.delete`."""
        await (await self._objects(subject, calendar)).delete(uid, expected_etag)

    async def changes(self, subject: str, calendar: str, token: str) -> Changed:
        """See `CalendarBackend.changes`."""
        return await changes(await self._objects(subject, calendar), token)

    async def free_busy(
        self, subject: str, attendee: str, start: datetime, end: datetime, calendar: str = ""
    ) -> Sequence[Busy] | None:
        """See `CalendarBackend.free_busy`. `calendar` names the account whose server is asked; else all of them are."""
        asked = [(await self._find(subject, calendar))[0]] if calendar else list(self._of(subject))
        for opened in asked:
            busy = await self._busy(opened, attendee.strip().lower(), start, end)
            if busy is not None:
                return busy
        return None

    async def schedules_itself(self, subject: str, calendar: str, stored: Stored | None = None) -> bool:
        """Whether the server sends invitations itself: of new events (no, for it is told not to), or of `stored`."""
        opened, _ = await self._find(subject, calendar)
        if opened.home is None or not opened.home.schedules or stored is None:
            return False
        return await to_thread.run_sync(is_sent_by_server, stored.text, _own(opened))

    async def _busy(self, opened: _Opened, attendee: str, start: datetime, end: datetime) -> list[Busy] | None:
        home = await self._home(opened)
        if attendee in _own(opened):
            return await ask_calendars(opened.calendars.values(), start, end)
        own = opened.dav.account.address.email.lower()
        if not home.outbox or any(letter <= " " or letter > "~" for letter in own + attendee):
            return None
        return await ask_outbox(opened.dav, home.outbox, (own, attendee), (start, end))

    async def _objects(self, subject: str, calendar: str) -> CalDavObjects:
        return (await self._find(subject, calendar))[1]

    async def _find(self, subject: str, calendar: str) -> tuple[_Opened, CalDavObjects]:
        """The calendar of that name; the server is asked again when it is not known, for it may be new."""
        account, _, _ = calendar.partition("/")
        for opened in self._of(subject):
            if opened.dav.account.name == account:
                if calendar in opened.calendars and self._is_fresh(opened):
                    return opened, opened.calendars[calendar]
                await self._look(opened)
                if calendar in opened.calendars:
                    return opened, opened.calendars[calendar]
        names = ", ".join(name for opened in self._of(subject) for name in opened.calendars)
        raise NotFound(
            f"There is no calendar {visible_line(calendar)[:80]!r}. {f'There are: {names}.' if names else ''}"
        )

    def _of(self, subject: str) -> Iterator[_Opened]:
        for account in self._accounts(subject):
            if account.caldav and account.owner == subject:
                key = (subject, account.name)
                if key not in self._opened:
                    self._opened[key] = _Opened(DavHttp(account, self._bounds))
                yield self._opened[key]

    async def _home(self, opened: _Opened) -> Home:
        if opened.home is None or not self._is_fresh(opened):
            await self._look(opened)
        assert opened.home is not None
        return opened.home

    def _is_fresh(self, opened: _Opened) -> bool:
        return opened.home is not None and self._clock() - opened.found_at < KEPT_SECONDS

    async def _look(self, opened: _Opened) -> None:
        """List the calendars; what is known of the objects in those that are still there stays."""
        async with opened.lock:
            if opened.home is None or not self._is_fresh(opened):
                opened.home = await find_home(opened.dav)
                opened.found_at = self._clock()
            known = {same_place(each.collection.url): each for each in opened.calendars.values()}
            listed = await list_calendars(opened.dav, opened.home)
            opened.calendars = {}
            for name, collection in named(opened.dav.account.name, listed):
                objects = known.get(same_place(collection.url)) or CalDavObjects(opened.dav, name, collection)
                objects.name, objects.collection = name, collection
                opened.calendars[name] = objects


async def _scheduled(objects: CalDavObjects, uid: str, text: str, own: frozenset[str], *, new: bool) -> str:
    """The text with the people of a new event left to the client, and those of an old one as it was before."""
    if new:
        return await to_thread.run_sync(sent_by_client, text, own)
    try:
        before = await objects.get(uid)
    except NotFound:
        return text  # which is for `put` to say
    told = sent_by_server if await to_thread.run_sync(is_sent_by_server, before.text, own) else sent_by_client
    return await to_thread.run_sync(told, text, own)


def _info(objects: CalDavObjects) -> CalendarInfo:
    collection = objects.collection
    title = visible_line(collection.title)[:LONGEST_TITLE]
    return CalendarInfo(objects.name, title, collection.colour, collection.writable, collection.sync_token)


def _own(opened: _Opened) -> frozenset[str]:
    known = opened.home.addresses if opened.home is not None else frozenset[str]()
    return known | {opened.dav.account.address.email.lower()}


def _check(uid: str, text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(f"An event has {MAX_CHARACTERS:,} characters at most.")
    if {text_of(event, "UID") for event in events_of(read(text))} != {uid}:
        raise InvalidInput(f"The text is not a calendar with the one UID {uid[:120]!r}.")
