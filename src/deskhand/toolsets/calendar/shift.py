"""When a whole series moves, what names its occurrences moves with it: exceptions, EXDATEs, RDATEs, UNTIL, weekdays."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from icalendar import Component
from icalendar.prop import vRecur

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.build import until_for, written_of
from deskhand.toolsets.calendar.ics import Written, date_of, dates_of, set_date, set_dates, values
from deskhand.toolsets.calendar.moment import Moment, placed
from deskhand.toolsets.calendar.one_of_series import Target, length_of
from deskhand.toolsets.calendar.reading import Span, in_zone, later, rule_text, span_of
from deskhand.toolsets.calendar.rule import Rule, read_rule
from deskhand.toolsets.calendar.vtimezone import ZonesOf

_WHAT_TO_DO = "Give the new recurrence together with the new start."


def shift_series(target: Target, before: Span, after: Span, *, new_rule: bool, names_only: bool = False) -> None:
    """Move what names occurrences from the clock of `before` to that of `after`; the master has moved already.

    An exception that only had another text moves with its series; one that had a time of its own keeps it,
    one that had a length of its own keeps that. With `names_only` all exceptions keep their times.

    Raises:
        InvalidInput: the rule names days or hours, and it is not plain how they should move.
    """
    master, zones = target.master, target.zones
    assert master is not None
    shift = _Shift(before, after)
    for name in ("EXDATE", "RDATE"):
        if dated := dates_of(master, name):
            set_dates(master, name, [shift.written(each, zones) for each in dated])
    if values(master, "RRULE") and not new_rule:
        moved = [shift.rule(read_rule(rule_text(each))) for each in values(master, "RRULE")]
        master["RRULE"] = [vRecur.from_ical(rule.text()) for rule in moved]
    for component in target.exceptions:
        _shift_exception(component, shift, zones, names_only=names_only)


def _shift_exception(component: Component, shift: "_Shift", zones: ZonesOf, *, names_only: bool) -> None:
    named, span = date_of(component, "RECURRENCE-ID"), span_of(component, zones)
    if named is None or span is None:
        return
    unmoved = in_zone(named, zones) == span.start
    params = dict(values(component, "RECURRENCE-ID")[0].params)
    set_date(component, "RECURRENCE-ID", shift.written(named, zones))
    if "RANGE" in params:
        component["RECURRENCE-ID"].params["RANGE"] = params["RANGE"]
    if unmoved and not names_only:
        component.pop("DURATION", None)
        start = shift.moved(span.start)
        set_date(component, "DTSTART", written_of(start))
        set_date(component, "DTEND", written_of(shift.end_for(start, span)))


class _Shift:
    """From one wall clock to another: the same step for every occurrence, whatever the offsets of their days are."""

    def __init__(self, before: Span, after: Span) -> None:
        self._before, self._after = before, after
        self._step = _wall(after.start) - _wall(before.start)

    def moved(self, value: date | datetime) -> Moment:
        """The occurrence of the old series, `value`, in the new one."""
        old = value
        if isinstance(value, datetime) and isinstance(self._before.start, datetime):
            old = value.astimezone(self._before.start.tzinfo)
        return self._at(_wall(old) + self._step)

    def written(self, written: Written, zones: ZonesOf) -> Written:
        """The same of a time as it is written."""
        return written_of(self.moved(in_zone(written, zones)))

    def end_for(self, start: Moment, own: Span) -> Moment:
        """Where an occurrence of the new series ends that was `own`: after its own length if that was another."""
        length = length_of(own)
        if length == length_of(self._before) or start.all_day != (own.zone is None):
            length = length_of(self._after)
        return Moment(later(start.value, length) if length else start.value, start.zone)

    def rule(self, rule: Rule) -> Rule:
        """The rule of the new series."""
        days = _wall(self._after.start).date() - _wall(self._before.start).date()
        if days and (rule.bymonthday or rule.byyearday or rule.byweekno or rule.bymonth or rule.bysetpos):
            raise InvalidInput(
                f"The series repeats by {rule.text()} and cannot just move to another day. {_WHAT_TO_DO}"
            )
        if days and rule.freq != "WEEKLY" and rule.byday:
            raise InvalidInput(
                f"The series repeats by {rule.text()} and cannot just move to another day. {_WHAT_TO_DO}"
            )
        if self._step % timedelta(days=1) and (rule.byhour or rule.byminute or rule.bysecond):
            raise InvalidInput(
                f"The series repeats by {rule.text()} and cannot just move to another hour. {_WHAT_TO_DO}"
            )
        turned = tuple((nth, (day + days.days) % 7) for nth, day in rule.byday)
        wkst = (rule.wkst + days.days) % 7 if rule.interval > 1 and days else rule.wkst
        return replace(rule, byday=turned, wkst=wkst, until=self._until(rule.until))

    def _until(self, until: date | datetime | None) -> date | datetime | None:
        if until is None:
            return None
        start = Moment(self._after.start, self._after.zone)
        if isinstance(until, datetime) and until.tzinfo and isinstance(self._before.start, datetime):
            until = until.astimezone(self._before.start.tzinfo).replace(tzinfo=None)
        return until_for(_wall(until) + self._step if isinstance(until, datetime) else until + self._step, start)

    def _at(self, wall: datetime) -> Moment:
        zone = self._after.zone
        return Moment(placed(wall, zone), zone) if zone is not None else Moment(wall.date())


def _wall(value: date | datetime) -> datetime:
    return value.replace(tzinfo=None, fold=0) if isinstance(value, datetime) else datetime.combine(value, time.min)
