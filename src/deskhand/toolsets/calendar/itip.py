"""Invitations and answers as iTIP calendars (RFC 5546): made from events, and read from what arrives by mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from icalendar import Calendar, Component

from deskhand.errors import InvalidInput, LimitExceeded, NotFound
from deskhand.toolsets.calendar.edit import answer
from deskhand.toolsets.calendar.event import Attendee, Status
from deskhand.toolsets.calendar.ics import (
    date_of,
    events_of,
    new_calendar,
    number_of,
    read,
    same,
    set_date,
    set_text,
    text_of,
    utc,
    values,
    write,
)
from deskhand.toolsets.calendar.moment import bounded
from deskhand.toolsets.calendar.one_of_series import Target, exception_for
from deskhand.toolsets.calendar.reading import attendee_of, email_of, in_zone
from deskhand.toolsets.calendar.vtimezone import add_timezones

Method = Literal["REQUEST", "REPLY", "CANCEL", "COUNTER"]
MAX_MESSAGE = 256_000
"""Characters of a message: an invitation to 2,000 people is shorter."""
_METHODS = ("REQUEST", "REPLY", "CANCEL", "COUNTER")
_REPLIED = "X-DESKHAND-REPLIED"
"""Parameter of an ATTENDEE: the DTSTAMP of the answer that counts, so that an older one that comes late does not."""

_OF_THE_SERVER = ("SCHEDULE-AGENT", "SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND")
"""Parameters between a client and its CalDAV server, which must not be sent to others (RFC 6638 §7)."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What arrived: the method, and the events of one UID."""

    method: Method
    uid: str
    calendar: Calendar

    @property
    def events(self) -> list[Component]:
        """The VEVENTs."""
        return events_of(self.calendar)


@dataclass(frozen=True, slots=True)
class Applied:
    """Whether an answer changed something, and if not, why not."""

    changed: bool
    why: str = ""
    attendee: Attendee | None = None


def request(target: Target) -> str:
    """The REQUEST that invites to the event, or tells of its new state: all of it, or the named occurrence alone."""
    return _message("REQUEST", _chosen(target), target.calendar)


def cancellation(target: Target, attendees: Iterable[str] | None = None) -> str:
    """The CANCEL of the event or the named occurrence, from its state before; for these addresses only, if given.

    An end of a series from some occurrence on is told by a `request` of the shortened series: more programs know it.
    """
    only = None if attendees is None else {email.lower() for email in attendees}
    components = [same(component) for component in _chosen(target)]
    for component in components:
        set_text(component, "SEQUENCE", number_of(component, "SEQUENCE") + 1)
        set_date(component, "DTSTAMP", utc(target.now))
        if only is None:
            set_text(component, "STATUS", "CANCELLED")
        else:
            _keep_attendees(component, only)
    return _message("CANCEL", components, target.calendar)


def reply(target: Target, email: str) -> str:
    """The REPLY of one attendee to the organizer, with the answer the event now holds.

    Raises:
        NotFound: they are not among the attendees.
        InvalidInput: the event has no organizer to answer.
    """
    components = [same(component) for component in _chosen(target)]
    for component in components:
        if not values(component, "ORGANIZER"):
            raise InvalidInput("The event has no organizer to send an answer to.")
        _keep_attendees(component, {email.strip().lower()})
        set_date(component, "DTSTAMP", utc(target.now))
    if not any(values(component, "ATTENDEE") for component in components):
        raise NotFound(f"{email} is not among the attendees of this event.")
    return _message("REPLY", components, target.calendar)


def read_itip(text: str | bytes) -> Incoming:
    """What a text/calendar part says.

    Raises:
        InvalidInput: it is no REQUEST, REPLY, CANCEL or COUNTER of one event.
        LimitExceeded: it is longer than any of them.
    """
    if len(text) > MAX_MESSAGE:
        raise LimitExceeded(f"The calendar part has {len(text):,} characters; {MAX_MESSAGE:,} are read at most.")
    calendar = read(text)
    method = text_of(calendar, "METHOD").upper()
    if method not in _METHODS:
        raise InvalidInput(f"The calendar part has the method {method[:40] or 'none'!r}, not one of {_METHODS}.")
    uids = {text_of(event, "UID") for event in events_of(calendar)}
    if len(uids) != 1 or "" in uids:
        raise InvalidInput("The calendar part is not of one event with a UID.")
    return Incoming(method, uids.pop(), calendar)


def apply_reply(target: Target, incoming: Incoming, sender: str) -> Applied:
    """Take the answers of `sender` (the address the mail is really from) into the event; `target` names no occurrence.

    Only their own answer counts, and only to the present revision of the event, the newest first (RFC 5546 §2.1.5).
    """
    if incoming.method != "REPLY":
        return Applied(False, f"It is a {incoming.method}, not an answer.")
    if incoming.uid != target.uid:
        return Applied(False, "It answers another event.")
    applied = [_apply_one(target, event, sender.strip().lower(), incoming) for event in incoming.events]
    return next((each for each in applied if each.changed), applied[0])


def _apply_one(target: Target, event: Component, sender: str, incoming: Incoming) -> Applied:
    answers = [attendee_of(value) for value in values(event, "ATTENDEE")]
    own = next((each for each in answers if each.email == sender), None)
    if own is None:
        return Applied(False, f"The mail is from {sender}, who does not answer for themselves in it.")
    named = date_of(event, "RECURRENCE-ID")
    occurrence = (
        in_zone(named, Target(incoming.calendar, incoming.uid, None, target.zone, target.now).zones) if named else None
    )
    try:
        one = Target(target.calendar, target.uid, occurrence, target.zone, target.now)
    except NotFound as error:
        return Applied(False, error.message, own)
    known = one.exception() if occurrence is not None else None
    component = known or one.master
    if component is None:
        return Applied(False, "The calendar does not hold the event that is answered.", own)
    if why := _refused(component, event, sender, target.now):
        return Applied(False, why, own)
    chosen = [exception_for(one)] if occurrence is not None and one.recurring else one.components
    return _taken(chosen, own, _stamp(event, target.now))


def _refused(component: Component, event: Component, sender: str, now: datetime) -> str:
    """Why the answer does not count; empty if it does."""
    invited = [value for value in values(component, "ATTENDEE") if email_of(value) == sender]
    if not invited:
        return f"{sender} is not invited."
    if number_of(event, "SEQUENCE") < number_of(component, "SEQUENCE"):
        return "It answers an older state of the event."
    if number_of(event, "SEQUENCE") > number_of(component, "SEQUENCE"):
        return "It answers a state of the event that there has not been."
    last = str(invited[0].params.get(_REPLIED, ""))
    return "A newer answer is known." if _stamp(event, now) < last <= _stamped(now) else ""


def _taken(components: list[Component], own: Attendee, stamp: str) -> Applied:
    changed = False
    for component in components:
        for value in values(component, "ATTENDEE"):
            if email_of(value) == own.email:
                changed = changed or attendee_of(value).status != own.status
                value.params[_REPLIED] = stamp
        answer(component, own.email, own.status)
    return Applied(changed, "" if changed else "The answer was known already.", own)


def _stamp(event: Component, now: datetime) -> str:
    """When the answer was made; a time that has not been yet is taken as now, or no later answer would ever count."""
    written = date_of(event, "DTSTAMP")
    moment = bounded(written.value) if written and isinstance(written.value, datetime) else datetime.min
    return _stamped(min(moment if moment.tzinfo else moment.replace(tzinfo=UTC), now))


def _stamped(moment: datetime) -> str:
    utc_moment = moment.astimezone(UTC)
    return f"{utc_moment.year:04d}{utc_moment:%m%dT%H%M%SZ}"


def status_of(target: Target, email: str) -> Status | None:
    """The answer the event holds of somebody; None if they are not invited."""
    component = target.exception() if target.recurrence_id is not None else None
    component = component or target.master
    found = [attendee_of(value) for value in values(component, "ATTENDEE")] if component is not None else []
    return next((each.status for each in found if each.email == email.strip().lower()), None)


def _chosen(target: Target) -> list[Component]:
    if target.recurrence_id is None or not target.recurring:
        return target.components
    own = target.exception()
    if own is not None:
        return [own]
    copy = type(target.calendar).from_ical(target.calendar.to_ical())
    lone = Target(read(copy.to_ical()), target.uid, target.recurrence_id, target.zone, target.now)
    return [exception_for(lone)]


def _keep_attendees(component: Component, only: set[str]) -> None:
    kept = [value for value in values(component, "ATTENDEE") if email_of(value) in only]
    component.pop("ATTENDEE", None)
    if kept:
        component["ATTENDEE"] = kept


def _message(method: Method, components: Iterable[Component], source: Calendar) -> str:
    """The calendar to send: without alarms, which are nobody else's, and without our own notes."""
    calendar = new_calendar()
    set_text(calendar, "METHOD", method)
    for zone in source.subcomponents:
        if zone.name == "VTIMEZONE":
            calendar.add_component(zone)
    for component in components:
        copy = same(component)
        copy.subcomponents[:] = [each for each in copy.subcomponents if each.name != "VALARM"]
        for value in (*values(copy, "ATTENDEE"), *values(copy, "ORGANIZER")):
            for ours in (_REPLIED, *_OF_THE_SERVER):
                value.params.pop(ours, None)
        calendar.add_component(copy)
    add_timezones(calendar)
    return write(calendar)


def named_occurrence(incoming: Incoming, target: Target) -> date | datetime | None:
    """The occurrence the first event of a message is for; None for all of them."""
    named = date_of(incoming.events[0], "RECURRENCE-ID")
    return in_zone(named, target.zones) if named else None
