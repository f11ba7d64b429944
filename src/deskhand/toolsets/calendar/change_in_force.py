"""A change that holds for one occurrence and all after it: an exception with RANGE=THISANDFUTURE (RFC 5545 §3.2.13)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice

from icalendar import Component

from deskhand.toolsets.calendar.ics import date_of, same, set_date, values
from deskhand.toolsets.calendar.moment import instant_of
from deskhand.toolsets.calendar.occurrences import Window, difference, moved_by, starts
from deskhand.toolsets.calendar.one_of_series import Target, length_of, like
from deskhand.toolsets.calendar.reading import in_zone, later, span_of
from deskhand.toolsets.calendar.shift import shift_series

_RECURRENCE = ("RRULE", "RDATE", "EXDATE", "EXRULE")
_SEARCHED = timedelta(days=366 * 3)


@dataclass(frozen=True, slots=True)
class ChangeInForce:
    """What holds from the RECURRENCE-ID of `component` on: its text and length, and its step away from the rule."""

    component: Component
    moved: timedelta
    length: timedelta

    def as_master(self, master: Component) -> Component:
        """A master of the change's text and the series' recurrence; its times are still to be set."""
        made, recurrence = same(self.component), same(master)
        made.pop("RECURRENCE-ID", None)
        for name in _RECURRENCE:
            made.pop(name, None)
            if name in recurrence:
                made[name] = recurrence[name]
        return made

    def carry(self, rest: Target) -> None:
        """Let the step hold in the rest of a series that was cut after the change began."""
        master, begin = rest.master, rest.span().start
        taken = {_begin(rest, each): each for each in rest.exceptions}
        first = instant_of(begin, rest.zone)
        if master is None or not self.moved or (first in taken and _holds_on(taken[first])):
            return
        window = Window(first, first + _SEARCHED, rest.zone)
        free = (each for each in starts(master, rest.zones, window) if instant_of(each, rest.zone) not in taken)
        for named in islice(free, 1):
            rest.calendar.add_component(self._exception(master, named))

    def settle(self, rest: Target, *, new_rule: bool) -> None:
        """Let the rest begin where the change had moved it, and be named so by its rule: the change is over.

        Raises:
            InvalidInput: the rule cannot take that step, and is not to be replaced by a `new_rule`.
        """
        master, span = rest.master, rest.span()
        for component in rest.exceptions:
            if _holds_on(component) and _begin(rest, component) == instant_of(span.start, rest.zone):
                component["RECURRENCE-ID"].params.pop("RANGE", None)
        if master is None or not self.moved:
            return
        written, begin = date_of(master, "DTSTART"), moved_by(span.start, self.moved)
        end = later(begin, self.length) if self.length else begin
        assert written is not None
        set_date(master, "DTSTART", like(written, begin))
        set_date(master, "DTEND", like(written, end))
        shift_series(rest, span, replace(span, start=begin, end=end), new_rule=new_rule, names_only=True)

    def _exception(self, master: Component, named: date | datetime) -> Component:
        made, written = same(self.component), date_of(master, "DTSTART")
        assert written is not None
        for name in ("UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED"):
            made[name] = master[name]
        begin = moved_by(named, self.moved)
        made.pop("DURATION", None)
        set_date(made, "RECURRENCE-ID", like(written, named))
        made["RECURRENCE-ID"].params["RANGE"] = "THISANDFUTURE"
        set_date(made, "DTSTART", like(written, begin))
        set_date(made, "DTEND", like(written, later(begin, self.length) if self.length else begin))
        return made


def change_in_force(target: Target, moment: date | datetime) -> ChangeInForce | None:
    """The latest change for an occurrence and all after it that began at `moment` or before."""
    last = instant_of(moment, target.zone)
    began = {begin: each for each in target.exceptions if _holds_on(each) and (begin := _begin(target, each)) <= last}
    if not began:
        return None
    component = began[max(began)]
    span, named = span_of(component, target.zones), date_of(component, "RECURRENCE-ID")
    if span is None or named is None:
        return None
    return ChangeInForce(component, difference(span.start, in_zone(named, target.zones)), length_of(span))


def _holds_on(component: Component) -> bool:
    named = values(component, "RECURRENCE-ID")
    return bool(named) and str(named[0].params.get("RANGE", "")).upper() == "THISANDFUTURE"


def _begin(target: Target, component: Component) -> datetime:
    named = date_of(component, "RECURRENCE-ID")
    assert named is not None
    return instant_of(in_zone(named, target.zones), target.zone)
