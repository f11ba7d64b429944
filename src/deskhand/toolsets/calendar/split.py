"""A series cut in two: what was before stays under its UID, the tail is a series of its own."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Component
from icalendar.prop import vRecur

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.ics import (
    Written,
    date_of,
    dates_of,
    events_of,
    same,
    set_date,
    set_dates,
    set_text,
    text_of,
    utc,
    values,
)
from deskhand.toolsets.calendar.moment import instant_of
from deskhand.toolsets.calendar.occurrences import difference
from deskhand.toolsets.calendar.one_of_series import Target, like, stamp
from deskhand.toolsets.calendar.reading import in_zone, later, rule_text
from deskhand.toolsets.calendar.recur import occurrences_before
from deskhand.toolsets.calendar.rule import DAY, Rule, read_rule, until_wall


def split(target: Target, new_uid: str) -> Calendar:
    """End the target's series before the named occurrence and give the rest, as a calendar of the UID `new_uid`.

    Exceptions, EXDATEs and RDATEs go where their occurrence goes. A COUNT is divided; else the old rule gets an UNTIL,
    in UTC, or a date for days (RFC 5545 §3.3.10).

    Raises:
        InvalidInput: there is no rule to end, or no name for the tail.
    """
    master = target.master
    if master is None or not new_uid or new_uid == target.uid:
        raise InvalidInput("The series cannot be cut there: its master is not in the file, or the rest has no new UID.")
    calendar = type(target.calendar).from_ical(target.calendar.to_ical())
    tail = _tail(target, master, new_uid)
    calendar.subcomponents[:] = [same(each) for each in target.calendar.subcomponents if each.name == "VTIMEZONE"]
    calendar.add_component(tail)
    _divide_rules(target, master, tail)
    _divide_dates(target, master, tail)
    for component in _exceptions_from(target):
        target.calendar.subcomponents[:] = [each for each in target.calendar.subcomponents if each is not component]
        set_text(component, "UID", new_uid)
        set_text(component, "SEQUENCE", 0)
        calendar.add_component(component)
    stamp(master, target.now, grow=True)
    return calendar


def _tail(target: Target, master: Component, new_uid: str) -> Component:
    tail, written, span = same(master), target.recurrence_id_written(), target.span()
    set_text(tail, "UID", new_uid)
    set_text(tail, "SEQUENCE", 0)
    set_date(tail, "CREATED", utc(target.now))
    stamp(tail, target.now, grow=False)
    length = difference(span.end, span.start)
    begin = in_zone(written, target.zones)
    set_date(tail, "DTSTART", written)
    tail.pop("DURATION", None)
    set_date(tail, "DTEND", like(written, later(begin, length) if length else begin))
    return tail


def _divide_rules(target: Target, master: Component, tail: Component) -> None:
    if not values(master, "RRULE"):
        return
    rule = read_rule(rule_text(values(master, "RRULE")[0]))
    old, new = _divided(target, rule)
    master["RRULE"] = vRecur.from_ical(old.text())
    if new is None:
        tail.pop("RRULE", None)
    else:
        tail["RRULE"] = vRecur.from_ical(new.text())


def _divided(target: Target, rule: Rule) -> tuple[Rule, Rule | None]:
    span, cut = target.span(), in_zone(target.recurrence_id_written(), target.zones)
    if rule.count is None:
        return replace(rule, until=_last_before(cut)), rule
    zone = span.zone or target.zone
    until = until_wall(rule, lambda moment: moment.astimezone(zone.tz).replace(tzinfo=None))
    before = occurrences_before(rule, _wall(span.start), until, _wall(cut))
    through = occurrences_before(rule, _wall(span.start), until, _wall(cut) + timedelta(seconds=1))
    by_date = (
        through == before
    )  # the occurrence is an RDATE: the tail's DTSTART counts, the rule's share does not shrink
    left = rule.count - before + (1 if by_date else 0)
    return replace(rule, count=max(before, 1)), replace(rule, count=left) if left > 1 else None


def _last_before(cut: date | datetime) -> date | datetime:
    return cut.astimezone(UTC) - timedelta(seconds=1) if isinstance(cut, datetime) else cut - DAY


def _divide_dates(target: Target, master: Component, tail: Component) -> None:
    for name in ("EXDATE", "RDATE"):
        if every := dates_of(master, name):
            set_dates(master, name, [each for each in every if not _from_cut(target, each)])
            set_dates(tail, name, [each for each in every if _from_cut(target, each)])


def _exceptions_from(target: Target) -> list[Component]:
    named = ((component, date_of(component, "RECURRENCE-ID")) for component in target.exceptions)
    return [component for component, written in named if written is not None and _from_cut(target, written)]


def _from_cut(target: Target, written: Written) -> bool:
    cut = in_zone(target.recurrence_id_written(), target.zones)
    return instant_of(in_zone(written, target.zones), target.zone) >= instant_of(cut, target.zone)


def _wall(value: date | datetime) -> datetime:
    return value.replace(tzinfo=None, fold=0) if isinstance(value, datetime) else datetime.combine(value, time.min)


def uid_of_tail(calendar: Calendar) -> str:
    """The UID of what `split` gave."""
    return text_of(events_of(calendar)[0], "UID")
