"""A series cut in two: what was before stays under its UID, the tail is a series of its own."""

from datetime import date, datetime

from icalendar import Calendar, Component
from icalendar.prop import vRecur

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.change_in_force import ChangeInForce, change_in_force
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
from deskhand.toolsets.calendar.one_of_series import Target, length_of, like, stamp
from deskhand.toolsets.calendar.reading import in_zone, later, rule_text
from deskhand.toolsets.calendar.rule import Rule, read_rule
from deskhand.toolsets.calendar.split_rule import Cut


def split(target: Target, new_uid: str, *, settled: bool = False, new_rule: bool = False) -> Calendar:
    """End the target's series before the named occurrence and give the rest, as a calendar of the UID `new_uid`.

    Exceptions, EXDATEs and RDATEs go where their occurrence goes. Each rule is divided (`Cut.divided`). A change that
    holds from an earlier occurrence on (RANGE=THISANDFUTURE) holds in the rest too; where the times are to change next
    it is `settled`, the rest beginning where the change had moved it. With a `new_rule` to come the rule need not move.

    Raises:
        InvalidInput: there is no rule to end, no name for the tail, or the rule cannot go on from there.
    """
    master = target.master
    if master is None or not new_uid or new_uid == target.uid:
        raise InvalidInput("The series cannot be cut there: its master is not in the file, or the rest has no new UID.")
    if _instant(target, target.span().start) > _instant(target, _cut(target)):
        raise InvalidInput(
            "The series cannot be cut there: the occurrence is before its DTSTART. Change 'this' or 'all'."
        )
    divided = _divided(target, master)
    changed = change_in_force(target, _cut(target))
    calendar = type(target.calendar).from_ical(target.calendar.to_ical())
    tail = _tail(target, master, changed, new_uid)
    calendar.subcomponents[:] = [same(each) for each in target.calendar.subcomponents if each.name == "VTIMEZONE"]
    calendar.add_component(tail)
    _set_rules(master, [old for old, _ in divided])
    _set_rules(tail, [rest for _, rest in divided if rest is not None])
    _divide_dates(target, master, tail)
    for component in _exceptions_from(target):
        target.calendar.subcomponents[:] = [each for each in target.calendar.subcomponents if each is not component]
        set_text(component, "UID", new_uid)
        set_text(component, "SEQUENCE", 0)
        calendar.add_component(component)
    if changed is not None:
        rest = Target(calendar, new_uid, None, target.zone, target.now)
        changed.settle(rest, new_rule=new_rule) if settled else changed.carry(rest)
    _join_lone(tail, calendar)
    stamp(master, target.now, grow=True)
    return calendar


def _join_lone(tail: Component, calendar: Calendar) -> None:
    """Where the rest is one occurrence with an exception of its own, that is the event: it would be shown twice."""
    own = [each for each in events_of(calendar) if each is not tail]
    if own and not (values(tail, "RRULE") or values(tail, "RDATE")):
        calendar.subcomponents[:] = [each for each in calendar.subcomponents if each is not tail]
        own[0].pop("RECURRENCE-ID", None)


def _tail(target: Target, master: Component, changed: ChangeInForce | None, new_uid: str) -> Component:
    tail = changed.as_master(master) if changed is not None else same(master)
    set_text(tail, "UID", new_uid)
    set_text(tail, "SEQUENCE", 0)
    set_date(tail, "CREATED", utc(target.now))
    stamp(tail, target.now, grow=False)
    length = changed.length if changed is not None else length_of(target.span())
    written, begin = target.recurrence_id_written(), _cut(target)
    set_date(tail, "DTSTART", written)
    tail.pop("DURATION", None)
    set_date(tail, "DTEND", like(written, later(begin, length) if length else begin))
    return tail


def _cut(target: Target) -> date | datetime:
    return in_zone(target.recurrence_id_written(), target.zones)


def _divided(target: Target, master: Component) -> list[tuple[Rule, Rule | None]]:
    span = target.span()
    place = Cut(span.start, _cut(target), span.zone or target.zone)
    return [place.divided(read_rule(rule_text(value))) for value in values(master, "RRULE")]


def _set_rules(component: Component, rules: list[Rule]) -> None:
    component.pop("RRULE", None)
    if rules:
        component["RRULE"] = [vRecur.from_ical(rule.text()) for rule in rules]


def _divide_dates(target: Target, master: Component, tail: Component) -> None:
    for name in ("EXDATE", "RDATE"):
        if every := dates_of(master, name):
            set_dates(master, name, [each for each in every if not _from_cut(target, each)])
            set_dates(tail, name, [each for each in every if _from_cut(target, each)])


def _exceptions_from(target: Target) -> list[Component]:
    named = ((component, date_of(component, "RECURRENCE-ID")) for component in target.exceptions)
    return [component for component, written in named if written is not None and _from_cut(target, written)]


def _from_cut(target: Target, written: Written) -> bool:
    """Whether an occurrence so named is in the rest. A day names the time of that day in a series of times."""
    cut, value = _cut(target), in_zone(written, target.zones)
    if isinstance(cut, datetime) and not isinstance(value, datetime):
        return value >= cut.date()
    return _instant(target, value) >= _instant(target, cut)


def _instant(target: Target, value: date | datetime) -> datetime:
    return instant_of(value, target.zone)


def uid_of_tail(calendar: Calendar) -> str:
    """The UID of what `split` gave."""
    return text_of(events_of(calendar)[0], "UID")
