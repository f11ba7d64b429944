"""Which event a change or an answer is about: one in a calendar, or an invitation that came by mail."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from icalendar import Calendar, Component

from deskhand.errors import Denied, InvalidInput, NotFound
from deskhand.toolsets.calendar.backend import Stored
from deskhand.toolsets.calendar.event import Event
from deskhand.toolsets.calendar.finding_handle import parse_handle
from deskhand.toolsets.calendar.finding_places import Places
from deskhand.toolsets.calendar.ics import date_of, events_of, number_of, read, values, write
from deskhand.toolsets.calendar.inviting_mail import Arrived, CalendarMail
from deskhand.toolsets.calendar.itip import named_occurrence
from deskhand.toolsets.calendar.one_of_series import Target
from deskhand.toolsets.calendar.reading import email_of, event_of
from deskhand.toolsets.calendar.zones import Zone
from deskhand.visible import visible_line


@dataclass(frozen=True, slots=True)
class Subject:
    """The event: `text` is what the calendar holds, or will once the invitation is in it; `etag` is empty if new."""

    stored: Stored
    named: date | datetime | None
    zone: Zone
    now: datetime
    notes: tuple[str, ...] = ()

    def target(self, *, whole: bool = False) -> Target:
        """A tree of its own to be changed: the named occurrence, or with `whole` the series."""
        named = None if whole else self.named
        return Target(read(self.stored.text), self.stored.uid, named, self.zone, self.now)

    @property
    def event(self) -> Event:
        """How it is now."""
        return event_at(self.target(), self.stored.calendar)


class Subjects:
    """Finds what somebody means."""

    def __init__(self, places: Places, mail: CalendarMail, now: Callable[[], datetime], zone: Zone) -> None:
        self._places = places
        self._mail = mail
        self._now = now
        self._zone = zone

    async def find(self, subject: str, text: str, *, answers: bool) -> Subject:
        """The event of a handle or UID; for an answer also the invitation in a mail.

        Raises:
            NotFound: there is no such event.
            InvalidInput: it is no handle.
        """
        if self._mail.is_mail(text) and not await self._is_calendar(subject, text):
            if not answers:
                raise InvalidInput(
                    "A mail can be answered with accept, decline or tentative. To change, give the event."
                )
            return await self._invited(subject, await self._mail.invitation(subject, text))
        if self._mail.is_mail(text):
            calendar, _, uid = text.strip().rpartition("/")
            stored, named = await self._places.find(subject, uid, calendar), None
            return Subject(stored, named, self._zone, self._now())
        handle = parse_handle(text)
        try:
            stored = await self._places.find(subject, handle.uid, handle.calendar)
        except NotFound:
            arrived = await self._mail.invitation_to(subject, handle.uid) if answers else None
            if arrived is None:
                raise
            return await self._invited(subject, arrived)
        return Subject(stored, handle.named, self._zone, self._now())

    async def _is_calendar(self, subject: str, text: str) -> bool:
        """Whether `work/Team/uid` was written for `work%2FTeam/uid`."""
        name = text.strip().rpartition("/")[0]
        return self._places.has_remote(subject) and any(
            info.name == name for info in await self._places.calendars(subject)
        )

    async def _invited(self, subject: str, arrived: Arrived) -> Subject:
        """The event as the calendar will hold it with the invitation."""
        incoming = arrived.incoming
        fresh = read(write(incoming.calendar))
        fresh.pop("METHOD", None)
        for component in events_of(fresh):  # reminders are the invited person's own affair
            component.subcomponents[:] = [each for each in component.subcomponents if each.name != "VALARM"]
        lone = Target(fresh, incoming.uid, None, self._zone, self._now())
        named = named_occurrence(incoming, lone)
        try:
            stored = await self._places.find(subject, incoming.uid)
        except NotFound:
            info = await self._places.named(subject, "")
            stored = Stored(info.name, incoming.uid, "", write(fresh))
        else:
            _check_organizer(stored.text, fresh)
            stored = Stored(stored.calendar, stored.uid, stored.etag, _merged(stored.text, write(fresh)), stored.href)
        event = event_at(lone, stored.calendar)
        notes: tuple[str, ...] = ()
        if event.organizer and event.organizer.email.lower() != arrived.sender:
            notes = (f"the invitation came from {arrived.sender or 'nobody in particular'}, not from the organizer",)
        return Subject(stored, named, self._zone, self._now(), notes)


def event_at(target: Target, calendar: str) -> Event:
    """The event, or the named occurrence as far as it differs from its series, as a value.

    Raises:
        InvalidInput: its start cannot be read.
    """
    own = target.exception() if target.recurrence_id is not None and target.recurring else None
    component = own if own is not None else target.master or target.exceptions[0]
    return replace(event_of(component, target.zones), calendar=calendar)


def _check_organizer(known: str, fresh: Calendar) -> None:
    """An invitation changes the event of its own organizer only, whatever UID it names."""
    before, after = (
        {email_of(value) for event in events_of(tree) for value in values(event, "ORGANIZER")}
        for tree in (read(known), fresh)
    )
    if before != after:
        raise Denied(
            f"Your calendar has this event, organized by {visible_line(', '.join(sorted(before)) or 'you')}, not "
            f"by {visible_line(', '.join(sorted(after)) or 'nobody')}: the invitation is not taken in."
        )


def _merged(known: str, fresh: str) -> str:
    """What is known with the components of an invitation in it that are no older (RFC 5546 §2.1.5)."""
    calendar, news = read(known), read(fresh)
    for component in events_of(news):
        same = [each for each in events_of(calendar) if _name(each) == _name(component)]
        if any(number_of(each, "SEQUENCE") > number_of(component, "SEQUENCE") for each in same):
            continue
        calendar.subcomponents[:] = [each for each in calendar.subcomponents if each not in same]
        calendar.add_component(component)
    zones = {str(each.get("TZID")) for each in calendar.subcomponents if each.name == "VTIMEZONE"}
    for zone in [each for each in news.subcomponents if each.name == "VTIMEZONE"]:
        if str(zone.get("TZID")) not in zones:
            calendar.subcomponents.insert(0, zone)
    return write(calendar)


def _name(component: Component) -> str:
    written = date_of(component, "RECURRENCE-ID")
    return str(written) if written else ""
