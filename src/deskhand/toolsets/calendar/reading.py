"""A VEVENT as a value: what people need to know of it, with what is odd about it said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from icalendar import Component

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.event import Attendee, Event, EventStatus, Person, Role, Status
from deskhand.toolsets.calendar.ics import Written, date_of, duration_of, number_of, text_of, values
from deskhand.toolsets.calendar.moment import bounded, moved, placed
from deskhand.toolsets.calendar.rule import DAY, read_rule
from deskhand.toolsets.calendar.rule_words import words_of
from deskhand.toolsets.calendar.vtimezone import ZonesOf
from deskhand.toolsets.calendar.zones import Zone

_STATUSES: Mapping[str, Status] = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentative",
    "DELEGATED": "delegated",
}
_ROLES: Mapping[str, Role] = {"CHAIR": "chair", "OPT-PARTICIPANT": "optional", "NON-PARTICIPANT": "informed"}
_EVENT_STATUSES: Mapping[str, EventStatus] = {"CANCELLED": "cancelled", "TENTATIVE": "tentative"}
_LINKS = ("CONFERENCE", "X-GOOGLE-CONFERENCE", "URL")


@dataclass(frozen=True, slots=True)
class Span:
    """When an event is: `end` is exclusive, never before `start`."""

    start: date | datetime
    end: date | datetime
    zone: Zone | None
    floating: bool
    notes: tuple[str, ...] = ()


def span_of(component: Component, zones: ZonesOf) -> Span | None:
    """When the event is; None where DTSTART is missing or cannot be read.

    Without DTEND and DURATION a day lasts one day and a time no time (RFC 5545 §3.6.1).
    """
    written = date_of(component, "DTSTART")
    if written is None:
        return None
    zone, note = zones.zone_of(written)
    start = in_zone(written, zones)
    notes = [note] if note else []
    end = _end(component, start, zones)
    if _before(end, start):
        notes.append("its end is before its start: it is taken as having no length")
        end = start + DAY if not isinstance(start, datetime) else start
    floating = isinstance(written.value, datetime) and not written.value.tzinfo and not written.tzid
    return Span(start, end, zone, floating, tuple(notes))


def in_zone(written: Written, zones: ZonesOf) -> date | datetime:
    """A time of the tree as an aware time in the zone it was written in; a date stays one.

    One with which cannot be reckoned becomes the nearest with which can be.
    """
    zone, _ = zones.zone_of(written)
    value = bounded(written.value)
    if zone is None or not isinstance(value, datetime):
        return value
    return value.astimezone(zone.tz) if value.tzinfo else placed(value, zone)


def event_of(component: Component, zones: ZonesOf, span: Span | None = None) -> Event:
    """The event, at `span` if another time than its own is given (an occurrence).

    Raises:
        InvalidInput: it has no readable DTSTART.
    """
    span = span or span_of(component, zones)
    if span is None:
        raise InvalidInput("The event has no DTSTART that can be read.")
    named = date_of(component, "RECURRENCE-ID")
    rule, recurrence, notes = _recurrence(component, span.zone or zones.own)
    return Event(
        uid=text_of(component, "UID"),
        start=span.start,
        end=span.end,
        title=text_of(component, "SUMMARY"),
        zone=span.zone,
        recurrence_id=in_zone(named, zones) if named else None,
        floating=span.floating,
        location=text_of(component, "LOCATION"),
        link=next((link for name in _LINKS if (link := text_of(component, name))), ""),
        description=text_of(component, "DESCRIPTION"),
        organizer=_organizer(component),
        attendees=tuple(attendee_of(value) for value in values(component, "ATTENDEE")),
        status=_EVENT_STATUSES.get(text_of(component, "STATUS").upper(), "confirmed"),
        rule=rule,
        recurrence=recurrence,
        reminders=_reminders(component),
        sequence=number_of(component, "SEQUENCE"),
        busy=text_of(component, "TRANSP").upper() != "TRANSPARENT",
        notes=(*span.notes, *notes),
    )


def email_of(address: object) -> str:
    """The address of an ATTENDEE or ORGANIZER, lower-case, without `mailto:`."""
    text = str(address).strip()
    return (text[7:] if text[:7].lower() == "mailto:" else text).strip().lower()


def attendee_of(value: Any) -> Attendee:
    """An ATTENDEE as a value; what is not said is as RFC 5545 §3.2 has it by default."""
    params = cast("dict[str, Any]", value.params)
    return Attendee(
        email=email_of(value),
        name=str(params.get("CN", "")),
        status=_STATUSES.get(str(params.get("PARTSTAT", "")).upper(), "needs-action"),
        role=_ROLES.get(str(params.get("ROLE", "")).upper(), "required"),
        kind=str(params.get("CUTYPE", "INDIVIDUAL")).lower(),
    )


def _organizer(component: Component) -> Person | None:
    found = values(component, "ORGANIZER")
    return Person(email_of(found[0]), str(found[0].params.get("CN", ""))) if found else None


def _end(component: Component, start: date | datetime, zones: ZonesOf) -> date | datetime:
    written = date_of(component, "DTEND")
    if written is not None:
        return _like(start, in_zone(written, zones), zones.own)
    length = duration_of(component)
    if length is None:
        return start if isinstance(start, datetime) else start + DAY
    return later(start, length)


def later(start: date | datetime, length: timedelta) -> date | datetime:
    """`length` after `start`: as many instants later, its whole days as days of the calendar (RFC 5545 §3.3.6).

    It ends at the last time with which can be reckoned.
    """
    if not isinstance(start, datetime):
        return moved(start, max(length, DAY) // DAY * DAY)
    days = length // DAY * DAY if length >= DAY else timedelta()
    wall = moved(start.replace(tzinfo=None), days)
    zone = start.tzinfo
    begin = placed(wall, Zone("", zone)) if days and zone else start
    return moved(begin.astimezone(UTC), length - days).astimezone(zone)


def _like(start: date | datetime, end: date | datetime, own: Zone) -> date | datetime:
    """A date where the start is a time, or the other way round, is made what the start is."""
    if isinstance(start, datetime) and not isinstance(end, datetime):
        return placed(datetime.combine(end, time.min), Zone("", start.tzinfo or own.tz))
    if not isinstance(start, datetime) and isinstance(end, datetime):
        return end.date()
    return end


def _before(end: date | datetime, start: date | datetime) -> bool:
    if isinstance(end, datetime) and isinstance(start, datetime):
        return end.timestamp() < start.timestamp()
    return end <= start


def _recurrence(component: Component, zone: Zone) -> tuple[str, str, tuple[str, ...]]:
    """The rule's text, the same in words with its last day in the event's `zone`, and what must be said of it."""
    found = cast("object", component.get("RRULE"))
    if found is None:
        return "", "on further dates" if values(component, "RDATE") else "", ()
    text = rule_text(found)
    try:
        return text, words_of(read_rule(text), zone.tz), ()
    except InvalidInput:
        return text, "", ("its recurrence rule cannot be understood: only its first time is known",)


def rule_text(value: object) -> str:
    """The text of an RRULE property, also of one the library could not read."""
    first = cast("list[Any]", value)[0] if isinstance(value, list) else cast("Any", value)
    to_ical = first.to_ical()
    return to_ical.decode(errors="replace") if isinstance(to_ical, bytes) else str(to_ical)


def _reminders(component: Component) -> tuple[int, ...]:
    """Minutes before the start, of the alarms that are relative to it."""
    alarms = (each for each in component.subcomponents if each.name == "VALARM")
    triggers = (value for alarm in alarms for value in values(alarm, "TRIGGER")[:1])
    starts = (t for t in triggers if str(t.params.get("RELATED", "START")).upper() == "START")
    spans = (t.dt for t in starts if isinstance(getattr(t, "dt", None), timedelta))
    return tuple(sorted({round(-span.total_seconds() / 60) for span in spans}))
