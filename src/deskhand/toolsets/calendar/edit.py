"""Changes to an event or a series: one occurrence, this and all that follow, or all of them.

Each function changes the tree it is given, so that what Deskhand does not know of stays, whatever it is.
SEQUENCE grows where RFC 5546 §2.1.4 wants it: when the time, the rule, the place or the state of the event changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from icalendar import Calendar, Component
from icalendar.prop import vRecur

from deskhand.errors import InvalidInput, NotFound
from deskhand.toolsets.calendar.build import rule_of, set_link, set_people, set_reminders, written_of
from deskhand.toolsets.calendar.event import Attendee, Recurrence, Scope, Status
from deskhand.toolsets.calendar.ics import date_of, dates_of, set_date, set_dates, set_text, values
from deskhand.toolsets.calendar.moment import Moment, instant_of
from deskhand.toolsets.calendar.occurrences import difference
from deskhand.toolsets.calendar.one_of_series import Target, exception_for, in_time, stamp
from deskhand.toolsets.calendar.reading import email_of, event_of, later, span_of
from deskhand.toolsets.calendar.shift import shift_series
from deskhand.toolsets.calendar.split import split, uid_of_tail
from deskhand.toolsets.calendar.vtimezone import add_timezones
from deskhand.toolsets.calendar.zones import UTC_ZONE


@dataclass(frozen=True, slots=True)
class Change:
    """What to change; None leaves it as it is, empty takes it away. `start` without `end` keeps the length."""

    title: str | None = None
    start: Moment | None = None
    end: Moment | None = None
    location: str | None = None
    link: str | None = None
    description: str | None = None
    attendees: Sequence[Attendee] | None = None
    reminders: Sequence[int] | None = None
    recurrence: Recurrence | None = None
    busy: bool | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit made of the calendar. `tail` is the new series of a split, to be stored beside the old one."""

    calendar: Calendar
    tail: Calendar | None = None


def change(target: Target, scope: Scope, wanted: Change, *, new_uid: str = "") -> Edited:
    """Make the change. `new_uid` names the tail when a series is split.

    Raises:
        InvalidInput: the change cannot be made, such as a rule for one occurrence.
        NotFound: the series has no occurrence then.
    """
    if scope == "this" and wanted.recurrence is not None and target.recurring:
        raise InvalidInput("One occurrence has no recurrence of its own. Change 'following' or 'all'.")
    if not target.recurring or scope == "all":
        return _change_all(target, wanted)
    if scope == "following" and not target.is_first:
        return _change_rest(target, wanted, new_uid)
    if scope == "following":
        return _change_all(target, wanted)
    component = exception_for(target)
    _apply(component, target, wanted)
    stamp(component, target.now, grow=_grows(wanted))
    add_timezones(target.calendar)
    return Edited(target.calendar)


def cancel(target: Target, scope: Scope) -> Edited:
    """Cancel: one occurrence by an EXDATE, the following by ending the series before, all by STATUS:CANCELLED.

    The caller deletes the object after an `all`; the tree is what the CANCEL message is made from.

    Raises:
        NotFound: the series has no occurrence then.
    """
    if not target.recurring or scope == "all" or (scope == "following" and target.is_first):
        for component in target.components:
            set_text(component, "STATUS", "CANCELLED")
            stamp(component, target.now, grow=True)
        return Edited(target.calendar)
    master = target.master
    if scope == "following":
        split(target, f"{target.uid}-cancelled")  # the tail is let go
        return Edited(target.calendar)
    written = target.recurrence_id_written()
    if master is None:
        component = exception_for(target)
        set_text(component, "STATUS", "CANCELLED")
        stamp(component, target.now, grow=True)
        return Edited(target.calendar)
    target.drop_exception()
    set_dates(master, "EXDATE", [*dates_of(master, "EXDATE"), written])
    stamp(master, target.now, grow=True)
    return Edited(target.calendar)


def respond(target: Target, scope: Scope, email: str, status: Status) -> Edited:
    """Set the answer of one attendee, for one occurrence or all; SEQUENCE stays (RFC 5546 §2.1.4).

    Raises:
        InvalidInput: for the following only: an answer is for one or for all.
        NotFound: they are not invited.
    """
    if scope == "following" and target.recurring and not target.is_first:
        raise InvalidInput("An answer is for 'this' occurrence or for 'all'.")
    one = target.recurring and scope == "this"
    components = [exception_for(target)] if one else target.components
    found = [answer(component, email, status) for component in components]
    if not any(found):
        raise NotFound(f"{email} is not among the attendees of this event.")
    for component in components:
        stamp(component, target.now, grow=False)
    return Edited(target.calendar)


def answer(component: Component, email: str, status: Status) -> bool:
    """Set the PARTSTAT of the attendee with that address; whether there is one."""
    found = [value for value in values(component, "ATTENDEE") if email_of(value) == email.strip().lower()]
    for value in found:
        value.params["PARTSTAT"] = status.upper()
        value.params.pop("RSVP", None)
    return bool(found)


def _change_rest(target: Target, wanted: Change, new_uid: str) -> Edited:
    new_rule = wanted.recurrence is not None
    settled = new_rule or wanted.start is not None or wanted.end is not None
    tail = split(target, new_uid, settled=settled, new_rule=new_rule)
    rest = Target(tail, uid_of_tail(tail), None, target.zone, target.now)
    return Edited(target.calendar, _change_all(replace(rest, recurrence_id=rest.span().start), wanted).calendar)


def _change_all(target: Target, wanted: Change) -> Edited:
    master = target.master
    if master is None:
        for component in target.components:
            _apply(component, target, wanted)
            stamp(component, target.now, grow=_grows(wanted))
        return Edited(target.calendar)
    before = span_of(master, target.zones)
    if before is None:
        raise InvalidInput("The event has no DTSTART that can be read.")
    by_rule = _set_own_times(target, wanted)
    wanted_start = target.first_start(by_rule.start)
    _apply(master, target, replace(by_rule, start=wanted_start, end=target.first_end(by_rule.start, by_rule.end)))
    after = span_of(master, target.zones)
    if after is not None and target.recurring and (wanted.start or wanted.end):
        shift_series(target, before, after, new_rule=wanted.recurrence is not None)
    for component in target.exceptions:
        _apply(component, target, replace(wanted, start=None, end=None, recurrence=None))
    for component in target.components:
        stamp(component, target.now, grow=_grows(wanted))
    add_timezones(target.calendar)
    return Edited(target.calendar)


def _set_own_times(target: Target, wanted: Change) -> Change:
    """Set the times of the named occurrence's own exception; the change for the occurrence as its rule has it."""
    own = target.exception() if target.recurrence_id is not None and (wanted.start or wanted.end) else None
    span = span_of(own, target.zones) if own is not None else None
    if own is None or span is None or target.recurrence_id is None:
        return wanted
    _set_times(own, target, wanted.start, wanted.end)
    if wanted.start is not None or wanted.end is None or wanted.end.all_day:
        return wanted
    named = in_time(target.recurrence_id, target.span())
    end = later(named, difference(wanted.end.value, span.start))
    return replace(wanted, end=Moment(end, target.span().zone))


def _grows(wanted: Change) -> bool:
    """Whether attendees must answer anew or at least hear of a new revision."""
    return any(each is not None for each in (wanted.start, wanted.end, wanted.location, wanted.link, wanted.recurrence))


def _apply(component: Component, target: Target, wanted: Change) -> None:
    if wanted.start or wanted.end:
        _set_times(component, target, wanted.start, wanted.end)
    for name, text in (("SUMMARY", wanted.title), ("LOCATION", wanted.location), ("DESCRIPTION", wanted.description)):
        if text is not None:
            set_text(component, name, text)
    if wanted.link is not None:
        set_link(component, wanted.link)
    if wanted.attendees is not None:
        _set_attendees(component, target, wanted.attendees)
    if wanted.reminders is not None:
        set_reminders(component, wanted.reminders, wanted.title or event_of(component, target.zones).title)
    if wanted.busy is not None:
        set_text(component, "TRANSP", "" if wanted.busy else "TRANSPARENT")
    if wanted.recurrence is not None:
        start = _moment_of(component, target)
        component["RRULE"] = vRecur.from_ical(rule_of(wanted.recurrence, start).text())


def _set_times(component: Component, target: Target, start: Moment | None, end: Moment | None) -> None:
    span = span_of(component, target.zones)
    if span is None:
        raise InvalidInput("The event has no DTSTART that can be read.")
    begin = start or Moment(span.start, span.zone)
    if end is None:
        end = Moment(_kept_end(span.start, span.end, begin), begin.zone)
    if begin.all_day != end.all_day or _instant(end) < _instant(begin) or (begin.all_day and end.value <= begin.value):
        raise InvalidInput(f"The end {end.text()} is not after the start {begin.text()}.")
    component.pop("DURATION", None)
    set_date(component, "DTSTART", written_of(begin))
    set_date(component, "DTEND", written_of(end))


def _kept_end(start: date | datetime, end: date | datetime, begin: Moment) -> date | datetime:
    if begin.all_day == (not isinstance(start, datetime)):
        return later(begin.value, timedelta(seconds=(_seconds(end) - _seconds(start))))
    return later(begin.value, timedelta(days=1) if begin.all_day else timedelta(hours=1))


def _seconds(value: date | datetime) -> float:
    return instant_of(value, UTC_ZONE).timestamp()


def _instant(moment: Moment) -> datetime:
    return moment.instant(moment.zone or UTC_ZONE)


def _moment_of(component: Component, target: Target) -> Moment:
    span = span_of(component, target.zones)
    if span is None or date_of(component, "DTSTART") is None:
        raise InvalidInput("The event has no DTSTART that can be read.")
    return Moment(span.start, span.zone)


def _set_attendees(component: Component, target: Target, wanted: Sequence[Attendee]) -> None:
    """Who stays keeps their answer, and every parameter others wrote."""
    known = {email_of(value): value for value in values(component, "ATTENDEE")}
    organizer = event_of(component, target.zones).organizer
    kept_organizer = values(component, "ORGANIZER")
    set_people(component, organizer, [each for each in wanted if each.email not in known])
    if kept_organizer:
        component["ORGANIZER"] = kept_organizer[0]
    stay = [known[each.email] for each in wanted if each.email in known]
    component["ATTENDEE"] = [*stay, *values(component, "ATTENDEE")]
    if not component["ATTENDEE"]:
        component.pop("ATTENDEE")
