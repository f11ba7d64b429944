"""The wall times a recurrence rule names: bounded work, whatever the rule says.

A rule is followed period by period (a year, a month, a week, a day, an hour…): in each the days that pass every BY
part, times the times of day, less what BYSETPOS leaves out (RFC 5545 §3.3.10). Nothing after the window is
looked at, and without a COUNT nothing long before it.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import count

from deskhand.errors import LimitExceeded
from deskhand.toolsets.calendar.rule import DAY, Rule
from deskhand.toolsets.calendar.rule_days import Days

MAX_PERIODS = 50_000
"""Periods looked at for one rule and window: 136 years of days, or 5 of hours."""

_SPANS = {"YEARLY": 366 * DAY, "MONTHLY": 31 * DAY, "WEEKLY": 7 * DAY, "DAILY": DAY}
_STEPS = {"HOURLY": timedelta(hours=1), "MINUTELY": timedelta(minutes=1), "SECONDLY": timedelta(seconds=1)}
_LAST_YEAR = 9998


def wall_times(
    rule: Rule, start: datetime, until: datetime | None, window: tuple[datetime, datetime]
) -> Iterator[datetime]:
    """The wall times (naive) of a series that begins at `start`, in order, from the window's begin to before its end.

    `start` is the first whether or not the rule names it, and counts. `until` is the rule's end as a wall time.

    Raises:
        LimitExceeded: after those given so far, there is more to look at than `MAX_PERIODS`.
    """
    begin, end = window
    last = min(until, end - timedelta(seconds=1)) if until is not None else end - timedelta(seconds=1)
    if begin <= start <= last or (until is not None and until < start and begin <= start < end):
        yield start
    given = 1
    for wall in _named(rule, start, begin if rule.count is None else start, last):
        if wall <= start:
            continue
        given += 1
        if wall > last or (rule.count is not None and given > rule.count):
            return
        if wall >= begin:
            yield wall


def _named(rule: Rule, start: datetime, begin: datetime, last: datetime) -> Iterator[datetime]:
    """What the rule names, from a little before `begin` on."""
    days, at = Days(rule, start.date()), _Times(rule, start)
    span = _SPANS.get(rule.freq) or _STEPS[rule.freq]
    first = max(0, (begin - start) // span // rule.interval - 1)
    for looked, number in enumerate(count(first)):
        if looked >= MAX_PERIODS:
            raise LimitExceeded(f"The rule {rule.text()[:120]} names too many times to list them all.")
        period = _period(rule, start, number)
        if period is None or period > last:
            return
        yield from _chosen(rule, _in_period(rule, period, days, at))


def _in_period(rule: Rule, period: datetime, days: Days, at: "_Times") -> list[datetime]:
    if rule.freq in _STEPS:
        return at.within(rule.freq, period) if days.has(period.date()) else []
    return [datetime.combine(day, moment) for day in days.of_period(period.date()) for moment in at.of_day]


def _period(rule: Rule, start: datetime, number: int) -> datetime | None:
    """When the period of that number begins; None beyond what a date can be."""
    steps = number * rule.interval
    try:
        if rule.freq == "YEARLY":
            return datetime(start.year + steps, 1, 1) if start.year + steps <= _LAST_YEAR else None
        if rule.freq == "MONTHLY":
            years, month = divmod(start.month - 1 + steps, 12)
            return datetime(start.year + years, month + 1, 1) if start.year + years <= _LAST_YEAR else None
        if rule.freq in _STEPS:
            return start + steps * _STEPS[rule.freq]
        midnight = datetime.combine(start.date(), time.min)
        into_week = (start.weekday() - rule.wkst) % 7 * DAY if rule.freq == "WEEKLY" else 0 * DAY
        moment = midnight - into_week + steps * _SPANS[rule.freq]
    except OverflowError:
        return None
    return moment if moment.year <= _LAST_YEAR else None


def _chosen(rule: Rule, walls: list[datetime]) -> list[datetime]:
    if not rule.bysetpos:
        return walls
    places = {place - 1 if place > 0 else len(walls) + place for place in rule.bysetpos}
    return [wall for place, wall in enumerate(walls) if place in places]


class _Times:
    """The times of day a rule names; what it leaves open is as in the start."""

    def __init__(self, rule: Rule, start: datetime) -> None:
        self._hours = set(rule.byhour) or ({start.hour} if rule.freq in _SPANS else set(range(24)))
        self._minutes = set(rule.byminute) or ({start.minute} if rule.freq in {*_SPANS, "HOURLY"} else set(range(60)))
        own_second = rule.freq != "SECONDLY"
        self._seconds = {min(s, 59) for s in rule.bysecond} or ({start.second} if own_second else set(range(60)))
        self.of_day = self._times(self._hours, self._minutes) if rule.freq in _SPANS else []

    def within(self, freq: str, period: datetime) -> list[datetime]:
        """The times of the hour, minute or second that `period` is in."""
        hours = self._hours & {period.hour}
        minutes = self._minutes if freq == "HOURLY" else self._minutes & {period.minute}
        times = self._times(hours, minutes)
        if freq == "SECONDLY":
            times = [moment for moment in times if moment.second == period.second]
        return [datetime.combine(period.date(), moment) for moment in times]

    def _times(self, hours: set[int], minutes: set[int]) -> list[time]:
        seconds = sorted(self._seconds)
        return [
            time(hour, minute, second) for hour in sorted(hours) for minute in sorted(minutes) for second in seconds
        ]


def occurrences_before(rule: Rule, start: datetime, until: datetime | None, moment: datetime) -> int:
    """How many the series has before `moment`; `start` counts."""
    return sum(1 for _ in wall_times(rule, start, until, (start, moment)))
