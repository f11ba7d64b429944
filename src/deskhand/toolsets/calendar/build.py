"""A new event from what somebody asks to schedule."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Component
from icalendar import Event as VEvent
from icalendar.prop import vCalAddress, vDDDTypes, vRecur, vUri

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.event import Attendee, Draft, Person, Recurrence, Role
from deskhand.toolsets.calendar.ics import Written, add, new_calendar, set_date, set_text, utc
from deskhand.toolsets.calendar.moment import Moment, instant_of, placed
from deskhand.toolsets.calendar.rule import Rule, checked, read_rule, read_weekday, until_wall
from deskhand.toolsets.calendar.vtimezone import add_timezones
from deskhand.toolsets.calendar.zones import UTC_ZONE, Zone

MOST_ATTENDEES = 200
MOST_TEXT = 20_000
_ROLES: dict[Role, str] = {
    "chair": "CHAIR",
    "required": "REQ-PARTICIPANT",
    "optional": "OPT-PARTICIPANT",
    "informed": "NON-PARTICIPANT",
}


def build(draft: Draft, now: datetime) -> Calendar:
    """A calendar with the one event of the draft, its zone defined; `now` is aware.

    Raises:
        InvalidInput: the draft makes no event: its end is before its start, its recurrence is none…
    """
    _check(draft)
    event = VEvent()
    set_text(event, "UID", draft.uid)
    set_text(event, "SUMMARY", draft.title)
    set_date(event, "DTSTAMP", utc(now))
    set_date(event, "CREATED", utc(now))
    set_date(event, "LAST-MODIFIED", utc(now))
    set_text(event, "SEQUENCE", 0)
    set_date(event, "DTSTART", written_of(draft.start))
    set_date(event, "DTEND", written_of(draft.end))
    set_text(event, "LOCATION", draft.location)
    set_text(event, "DESCRIPTION", draft.description)
    set_link(event, draft.link)
    if not draft.busy:
        set_text(event, "TRANSP", "TRANSPARENT")
    if draft.recurrence:
        event["RRULE"] = vRecur.from_ical(rule_of(draft.recurrence, draft.start).text())
    set_people(event, draft.organizer, draft.attendees)
    set_reminders(event, draft.reminders, draft.title)
    calendar = new_calendar()
    calendar.add_component(event)
    add_timezones(calendar)
    return calendar


def written_of(moment: Moment) -> Written:
    """How a time is written: a day as a date, in a zone everybody knows with its TZID, in any other as UTC."""
    value, zone = moment.value, moment.zone
    if not isinstance(value, datetime):
        return Written(value)
    if zone is None or not zone.is_iana:
        return Written(value.astimezone(UTC))
    local = value.astimezone(zone.tz)
    if _comes_again(local, zone):
        return Written(value.astimezone(UTC))
    return Written(local.replace(tzinfo=None, fold=0), zone.name)


def rule_of(recurrence: Recurrence, start: Moment) -> Rule:
    """The rule of a recurrence that begins at `start`; UNTIL is of the kind RFC 5545 §3.3.10 wants.

    Raises:
        InvalidInput: it is no rule, it ends before it begins, or it never comes.
    """
    if recurrence.rule:
        rule = read_rule(recurrence.rule)
        rule = _until(rule, Moment(rule.until, start.zone), start) if rule.until is not None else rule
    elif recurrence.freq:
        rule = _plain(recurrence)
        rule = _until(rule, recurrence.until, start) if recurrence.until else rule
    else:
        raise InvalidInput("The recurrence says neither freq (daily, weekly, monthly, yearly) nor rule.")
    return checked(rule)


def set_link(event: Component, link: str) -> None:
    """Where people meet online: URL, which every program shows, and CONFERENCE (RFC 7986 §5.11)."""
    for name in ("URL", "CONFERENCE"):
        event.pop(name, None)
    if not link:
        return
    if not link.startswith(("https://", "http://", "tel:", "sip:", "xmpp:")) or any(c.isspace() for c in link):
        raise InvalidInput(f"{link[:80]!r} is not a link. Give one that begins with https://.")
    set_text(event, "URL", link)
    event["CONFERENCE"] = vUri(link, params={"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": "Join"})


def set_people(event: Component, organizer: Person | None, attendees: Iterable[Attendee]) -> None:
    """Write who organises and who is asked to come; the organizer, if among them, needs no answer."""
    event.pop("ORGANIZER", None)
    event.pop("ATTENDEE", None)
    if organizer:
        address = vCalAddress(f"mailto:{organizer.email}")
        if organizer.name:
            address.params["CN"] = organizer.name
        event["ORGANIZER"] = address
    for attendee in attendees:
        add(event, "ATTENDEE", _address(attendee, asked=not organizer or attendee.email != organizer.email.lower()))


def set_reminders(event: Component, minutes: Iterable[int], title: str) -> None:
    """Replace the alarms by one for each number of minutes before the start."""
    event.subcomponents[:] = [each for each in event.subcomponents if each.name != "VALARM"]
    for before in sorted(set(minutes)):
        if not 0 <= before <= 60 * 24 * 366:
            raise InvalidInput(f"A reminder is from 0 to {60 * 24 * 366} minutes before the start, not {before}.")
        alarm = Component.get_component_class("VALARM")()
        set_text(alarm, "ACTION", "DISPLAY")
        set_text(alarm, "DESCRIPTION", title or "Reminder")
        alarm["TRIGGER"] = vDDDTypes(timedelta(minutes=-before))
        event.add_component(alarm)


def _check(draft: Draft) -> None:
    if draft.start.all_day != draft.end.all_day:
        raise InvalidInput("The start and the end must both be days or both be times.")
    zone = draft.start.zone or UTC_ZONE
    first, last = draft.start.instant(zone), draft.end.instant(zone)
    if last < first or (draft.start.all_day and last == first):
        raise InvalidInput(f"The end {draft.end.text()} is not after the start {draft.start.text()}.")
    if len(draft.attendees) > MOST_ATTENDEES:
        raise InvalidInput(f"A meeting has {MOST_ATTENDEES} attendees at most, not {len(draft.attendees)}.")
    if max(len(text) for text in (draft.title, draft.location, draft.description)) > MOST_TEXT:
        raise InvalidInput(f"Title, location and description have {MOST_TEXT} characters at most.")
    if not draft.uid or not draft.title.strip():
        raise InvalidInput("An event needs a title.")


def _comes_again(local: datetime, zone: Zone) -> bool:
    """Whether it is the second of an hour that comes twice: a TZID cannot say that, UTC can."""
    return placed(local.replace(tzinfo=None, fold=0), zone).timestamp() != local.timestamp()


def _plain(recurrence: Recurrence) -> Rule:
    if recurrence.interval < 1 or (recurrence.count is not None and recurrence.count < 1):
        raise InvalidInput("interval and count are whole numbers from 1.")
    if recurrence.count is not None and recurrence.until is not None:
        raise InvalidInput("A series ends after a count or at a time, not both. Give count or until.")
    days = tuple(dict.fromkeys(read_weekday(day) for day in recurrence.weekdays))
    freq = (recurrence.freq or "weekly").upper()
    return Rule(freq, interval=recurrence.interval, count=recurrence.count, byday=days)


def _until(rule: Rule, until: Moment, start: Moment) -> Rule:
    end = until_for(until.value, start)
    rule = replace(rule, until=end)
    zone = start.zone or UTC_ZONE
    last = until_wall(rule, lambda moment: moment.astimezone(zone.tz).replace(tzinfo=None))
    first = start.instant(zone).astimezone(zone.tz).replace(tzinfo=None)
    if last is not None and last < first:
        raise InvalidInput(f"The series ends at {until.text()}, before it begins at {start.text()}.")
    return rule


def until_for(until: date | datetime, start: Moment) -> date | datetime:
    """UNTIL of the kind the start wants: a date for days, else UTC; a day given for times is meant to its end."""
    if start.all_day:
        return until.date() if isinstance(until, datetime) else until
    zone = start.zone or UTC_ZONE
    if not isinstance(until, datetime):
        return placed(datetime.combine(until, datetime.max.time()).replace(microsecond=0), zone).astimezone(UTC)
    return instant_of(until, zone)


def _address(attendee: Attendee, *, asked: bool) -> vCalAddress:
    address = vCalAddress(f"mailto:{attendee.email}")
    params = {
        "CUTYPE": attendee.kind.upper(),
        "ROLE": _ROLES[attendee.role],
        "PARTSTAT": attendee.status.upper() if asked else "ACCEPTED",
    }
    if asked:
        params["RSVP"] = "TRUE"
    if attendee.name:
        params["CN"] = attendee.name
    for name, value in params.items():
        address.params[name] = value
    return address
