"""Which event a change or an answer is about: one in a calendar, or an invitation that came by mail."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from anyio import to_thread
from icalendar import Calendar, Component

from deskhand.errors import Denied, InvalidInput, NotFound
from deskhand.toolsets.calendar.backend import Stored
from deskhand.toolsets.calendar.event import Event
from deskhand.toolsets.calendar.finding_handle import parse_handle
from deskhand.toolsets.calendar.finding_places import Places
from deskhand.toolsets.calendar.ics import date_of, events_of, number_of, read, values, write
from deskhand.toolsets.calendar.inviting_mail import Arrived, CalendarMail
from deskhand.toolsets.calendar.itip import named_occurrence
from deskhand.toolsets.calendar.moment import instant_of
from deskhand.toolsets.calendar.occurrences import Window, occurrences, series_of
from deskhand.toolsets.calendar.one_of_series import Target, in_time, length_of
from deskhand.toolsets.calendar.reading import email_of, event_of, later
from deskhand.toolsets.calendar.zones import Zone
from deskhand.visible import visible_line

_NEAR = timedelta(days=2)
"""Around the start an occurrence has by its rule, where it is looked for."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The event: `text` is what the calendar holds, or will once the invitation is in it; `etag` is empty if new."""

    stored: Stored
    named: date | datetime | None
    zone: Zone
    now: datetime
    event: Event
    """How it is now."""
    recurring: bool
    notes: tuple[str, ...] = ()

    def target(self, *, whole: bool = False) -> Target:
        """A tree of its own to be changed: the named occurrence, or with `whole` the series."""
        named = None if whole else self.named
        return Target(read(self.stored.text), self.stored.uid, named, self.zone, self.now)


def subject_of(
    stored: Stored, named: date | datetime | None, zone: Zone, now: datetime, notes: tuple[str, ...] = ()
) -> Subject:
    """What is meant, its text read once. It blocks: texts of others may be long.

    Raises:
        NotFound: there is no such occurrence.
        InvalidInput: it cannot be read.
    """
    target = Target(read(stored.text), stored.uid, named, zone, now)
    return Subject(stored, named, zone, now, event_at(target, stored.calendar), target.recurring, notes)


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
            return await self._read(stored, named)
        handle = parse_handle(text)
        try:
            stored = await self._places.find(subject, handle.uid, handle.calendar)
        except NotFound:
            arrived = await self._mail.invitation_to(subject, handle.uid) if answers else None
            if arrived is None:
                raise
            return await self._invited(subject, arrived)
        return await self._read(stored, handle.named)

    async def _read(self, stored: Stored, named: date | datetime | None) -> Subject:
        return await to_thread.run_sync(subject_of, stored, named, self._zone, self._now())

    async def _is_calendar(self, subject: str, text: str) -> bool:
        """Whether `work/Team/uid` was written for `work%2FTeam/uid`."""
        name = text.strip().rpartition("/")[0]
        return self._places.has_remote(subject) and any(
            info.name == name for info in await self._places.calendars(subject)
        )

    async def _invited(self, subject: str, arrived: Arrived) -> Subject:
        """The event as the calendar will hold it with the invitation."""
        try:
            known = await self._places.find(subject, arrived.incoming.uid)
        except NotFound:
            info = await self._places.named(subject, "")
            return await to_thread.run_sync(_new, arrived, info.name, self._zone, self._now())
        return await to_thread.run_sync(_renewed, arrived, known, self._zone, self._now())


def _new(arrived: Arrived, calendar: str, zone: Zone, now: datetime) -> Subject:
    """An invitation to an event that no calendar holds yet."""
    fresh = _fresh(arrived)
    lone = Target(fresh, arrived.incoming.uid, None, zone, now)
    organizer = event_at(lone, calendar).organizer
    notes: tuple[str, ...] = ()
    if organizer and organizer.email.lower() != arrived.sender:
        notes = (f"the invitation came from {arrived.sender or 'nobody in particular'}, not from the organizer",)
    stored = Stored(calendar, arrived.incoming.uid, "", write(fresh))
    return subject_of(stored, named_occurrence(arrived.incoming, lone), zone, now, notes)


def _renewed(arrived: Arrived, known: Stored, zone: Zone, now: datetime) -> Subject:
    """An invitation to an event that a calendar holds, in a later state.

    Raises:
        Denied: it is not from the organizer of what is known.
    """
    fresh = _fresh(arrived)
    check_organizer(known.text, fresh, arrived.sender)
    lone = Target(fresh, arrived.incoming.uid, None, zone, now)
    stored = replace(known, text=_merged(known.text, write(fresh)))
    return subject_of(stored, named_occurrence(arrived.incoming, lone), zone, now)


def _fresh(arrived: Arrived) -> Calendar:
    """The event of an invitation as a calendar holds it; reminders are the invited person's own affair."""
    fresh = read(write(arrived.incoming.calendar))
    fresh.pop("METHOD", None)
    for component in events_of(fresh):
        component.subcomponents[:] = [each for each in component.subcomponents if each.name != "VALARM"]
    return fresh


def event_at(target: Target, calendar: str) -> Event:
    """The event, or the named occurrence at its own time, as a value.

    Raises:
        InvalidInput: its start cannot be read.
    """
    named = target.recurrence_id if target.recurring else None
    own = target.exception() if named is not None else None
    component = own if own is not None else target.master or target.exceptions[0]
    event = replace(event_of(component, target.zones), calendar=calendar)
    if named is None or own is not None or target.master is None:
        return event
    for each in occurrences(series_of(target.calendar)[target.uid], target.zones, _around(named, target.zone)):
        if each.recurrence_id is not None and instant_of(each.recurrence_id, target.zone) == instant_of(
            named, target.zone
        ):
            return replace(each, calendar=calendar)
    span = target.span()  # a change of the rest has moved it far away
    start, length = in_time(named, span), length_of(span)
    return replace(event, start=start, end=later(start, length) if length else start, recurrence_id=start)


def _around(named: date | datetime, zone: Zone) -> Window:
    instant = instant_of(named, zone)
    return Window(instant - _NEAR, instant + _NEAR, zone)


def check_organizer(known: str, fresh: Calendar, sender: str) -> None:
    """An invitation changes the event of its own organizer only, whatever UID and organizer it names."""
    before, after = (
        {email_of(value) for event in events_of(tree) for value in values(event, "ORGANIZER")}
        for tree in (read(known), fresh)
    )
    if before != after:
        raise Denied(
            f"Your calendar has this event, organized by {visible_line(', '.join(sorted(before)) or 'you')}, not "
            f"by {visible_line(', '.join(sorted(after)) or 'nobody')}: the invitation is not taken in."
        )
    if before - {sender}:
        raise Denied(
            f"Your calendar has this event, organized by {visible_line(', '.join(sorted(before)))}, and the mail is "
            f"from {visible_line(sender) or 'nobody in particular'}: it is not taken in. Answer the event itself."
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
