"""Finding events and free times in a person's calendars."""

import base64
import binascii
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from anyio import to_thread

from deskhand.errors import DeskhandError, InvalidInput, Unavailable
from deskhand.mail.recipients import parse_addresses
from deskhand.toolsets.calendar.backend import Busy, Listed, Stored
from deskhand.toolsets.calendar.event import Event
from deskhand.toolsets.calendar.finding_places import Places, Tree
from deskhand.toolsets.calendar.finding_window import window_of
from deskhand.toolsets.calendar.free_busy import busy_from_events
from deskhand.toolsets.calendar.ics import read
from deskhand.toolsets.calendar.moment import instant_of, shown
from deskhand.toolsets.calendar.occurrences import Window, expand, series_of
from deskhand.toolsets.calendar.reading import event_of
from deskhand.toolsets.calendar.results import Events, Time, Times, shown_event, shown_person
from deskhand.toolsets.calendar.slots import Participant, Slot, Wishes, find_slots
from deskhand.toolsets.calendar.vtimezone import ZonesOf
from deskhand.toolsets.calendar.zones import Zone, zone_named
from deskhand.visible import visible_line

logger = logging.getLogger(__name__)
_DEFAULT_DAYS = 7
_MOST_TIMES = 10
_MOST_TROUBLES = 5
_WEEKEND = "The window holds weekend days only, which are outside working hours. Give other days for usual times."
_LONGEST = 60 * 24 * 365
"""Minutes of a meeting for which a time is looked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What `calendar_events` was asked."""

    start: str = ""
    end: str = ""
    calendar: str = ""
    query: str = ""
    limit: int = 20
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What `calendar_find_times` was asked; `duration` in minutes."""

    attendees: str
    duration: int
    start: str = ""
    end: str = ""
    hours: str = ""
    zone: str = ""
    limit: int = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """The occurrences in a window; `cut`: not all; `troubles` are silent calendars, and events left out."""

    events: tuple[Event, ...]
    cut: bool = False
    troubles: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    """Of the troubles, which calendars could not be asked."""


class Finding:
    """Looks into the calendars of one person at a time."""

    def __init__(self, places: Places, now: Callable[[], datetime], zone: Zone, hours: str) -> None:
        self._places = places
        self._now = now
        self._zone = zone
        self._hours = hours

    async def events(self, subject: str, asked: Asked) -> Events:
        """What is in the window, by start.

        Raises:
            InvalidInput: the window or the cursor cannot be read.
            NotFound: there is no such calendar.
        """
        window = window_of(asked.start, asked.end, self._zone, self._now())
        seen = await self.seen(subject, window, asked.calendar)
        words = asked.query.casefold().split()
        found = [event for event in seen.events if all(word in _searched(event) for word in words)]
        offset = _offset(asked.cursor)
        page = found[offset : offset + asked.limit]
        following = offset + len(page)
        zone = self._zone
        return Events(
            events=tuple(shown_event(event) for event in page),
            total=len(found),
            at_least=seen.cut,
            window=f"{shown(window.start, zone)} to {shown(window.end, zone)}",
            next_cursor=_cursor(following) if following < len(found) else "",
            notes=seen.troubles,
        )

    async def seen(self, subject: str, window: Window, calendar: str = "") -> Seen:
        """All occurrences in the window, of one calendar or of all that answer.

        Raises:
            Unavailable: none of them answers.
        """
        if calendar:
            listed = Listed((await self._places.named(subject, calendar),))
        else:
            listed = await self._places.listed(subject)
        names = [info.name for info in listed.calendars]
        found: list[Event] = []
        silent = list(listed.troubles)
        troubles: list[str] = []
        cut = False
        for name in names:
            try:
                trees = await self._places.trees(subject, name, window.start, window.end)
            except Unavailable as error:
                silent.append(_missing(name, error.message))
                continue
            shown = await to_thread.run_sync(_expanded, trees, window)
            found += shown.events
            troubles += shown.troubles
            cut = cut or shown.cut
        if silent and len(silent) == len(names) + len(listed.troubles):
            raise Unavailable(" ".join(silent))
        found.sort(key=lambda event: (instant_of(event.start, window.zone), event.title, event.uid))
        return Seen(tuple(found), cut, (*silent, *troubles), tuple(silent))

    def master_of(self, stored: Stored) -> Event:
        """The event, or the series by its first occurrence; of single occurrences alone, the first of them."""
        tree = read(stored.text)
        series = series_of(tree).get(stored.uid)
        components = [] if series is None else [series.master, *series.exceptions]
        found = [event_of(each, ZonesOf(tree, self._zone)) for each in components if each is not None]
        if not found:
            raise InvalidInput("The calendar holds something under this UID that is no event.")
        return replace(found[0], calendar=stored.calendar, etag=stored.etag, href=stored.href)

    def _busy(self, subject: str, seen: Seen) -> list[Busy]:
        """When the person is taken, with what."""
        own = self._places.own(subject)
        busy = [
            each for event in seen.events for each in busy_from_events([event], self._zone, _address_in(event, own))
        ]
        return sorted(busy, key=lambda each: each.start)

    async def times(self, subject: str, wish: Wish) -> Times:
        """The best times to meet.

        Raises:
            InvalidInput: something in the wish cannot be read.
        """
        if wish.duration > _LONGEST:
            raise InvalidInput(f"A meeting lasts {_LONGEST:,} minutes at most.")
        zone = zone_named(wish.zone) if wish.zone else self._zone
        window = self._window(wish, zone)
        hours = hours_of(wish.hours or self._hours)
        seen = await self.seen(subject, window)
        people = [Participant("you", zone, self._busy(subject, seen), hours=hours)]
        troubles = list(seen.silent)
        for address in parse_addresses(wish.attendees) if wish.attendees.strip() else ():
            busy = None
            if address.key not in self._places.own(subject):
                try:
                    busy = await self._places.free_busy(subject, address.key, window.start, window.end)
                except DeskhandError as error:
                    troubles.append(f"{address.email}: {error.message}")
                people.append(Participant(visible_line(str(address)), zone, busy, hours=hours))
        wishes = Wishes(timedelta(minutes=wish.duration), window.start, window.end, zone, most=wish.limit)
        slots = await to_thread.run_sync(find_slots, wishes, people)
        return Times(
            times=_times(slots.slots, zone),
            nearest=_times(slots.nearest, zone),
            unknown=slots.unknown,
            notes=(*([_WEEKEND] if slots.weekend else []), *troubles),
        )

    def _window(self, wish: Wish, zone: Zone) -> Window:
        now = self._now()
        if not wish.end and not wish.start:
            return Window(now, now + timedelta(days=_DEFAULT_DAYS), zone)
        window = window_of(wish.start, wish.end, zone, now)
        if window.end <= now:
            raise InvalidInput(f"The window ends in the past, at {shown(window.end, zone)}. Give a later one.")
        return replace(window, start=max(window.start, now))


def hours_of(text: str) -> tuple[time, time]:
    """`09:00-17:00` as two times.

    Raises:
        InvalidInput: it is not that.
    """
    opens, _, closes = text.replace("–", "-").partition("-")
    try:
        found = time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())
    except ValueError:
        found = (time.max, time.min)
    if found[0] >= found[1]:
        raise InvalidInput(f"{text[:40]!r} are no working hours. Give them as 09:00-17:00.")
    return found


def _missing(name: str, why: str) -> str:
    """What is said of a calendar that does not answer."""
    account, slash, _ = name.partition("/")
    step = f" Test it: deskhand accounts test {account}" if slash else ""
    return f"{visible_line(name)} is missing here: {why}{step}"


def people_of(event: Event) -> str:
    """Everybody in it, for a search."""
    everyone = [*event.attendees, *([event.organizer] if event.organizer else [])]
    return " ".join(shown_person(each) for each in everyone)


def _expanded(trees: Sequence[Tree], window: Window) -> Seen:
    """The occurrences of all of them; an object whose times nobody can reckon with is left out, and said."""
    found: list[Event] = []
    troubles: list[str] = []
    cut = False
    for tree in trees:
        stored = tree.stored
        try:
            given = expand(tree.calendar, window)
        except (DeskhandError, ArithmeticError, ValueError):
            logger.info("the times of an event cannot be reckoned with: %s", stored.href, exc_info=True)
            troubles.append(f"{visible_line(stored.uid)[:120]} in {stored.calendar} is left out: its times are broken.")
            continue
        found += [
            replace(event, calendar=stored.calendar, etag=stored.etag, href=stored.href) for event in given.events
        ]
        cut = cut or given.cut
    return Seen(tuple(found), cut, tuple(troubles[:_MOST_TROUBLES]))


def _searched(event: Event) -> str:
    return f"{event.title} {event.location} {event.description} {people_of(event)}".casefold()


def _address_in(event: Event, own: Collection[str]) -> str:
    return next((each.email for each in event.attendees if each.email in own), "")


def _times(slots: Sequence[Slot], zone: Zone) -> tuple[Time, ...]:
    return tuple(
        Time(
            start=shown(slot.start, zone),
            end=shown(slot.end, zone),
            reasons=tuple(visible_line(reason) for reason in slot.reasons),
            conflicts=tuple(visible_line(conflict) for conflict in slot.conflicts),
        )
        for slot in slots[:_MOST_TIMES]
    )


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"e{offset}".encode()).decode().rstrip("=")


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    if not text.startswith("e") or not text[1:7].isdigit():
        raise InvalidInput(f"{cursor[:40]!r} is no cursor. Give next_cursor of the answer before.")
    return int(text[1:7])
