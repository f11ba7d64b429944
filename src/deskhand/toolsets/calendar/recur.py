"""The wall times a recurrence rule names: bounded work, whatever the rule says.

A rule is followed period by period (a year, a month, a week, a day, an hour…): in each the days that pass every BY
part, times the times of day, less what BYSETPOS leaves out (RFC 5545 §3.3.10). Nothing after the window is
looked at, and without a COUNT nothing long before it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from itertools import count

from deskhand.errors import LimitExceeded
from deskhand.toolsets.calendar.rule import DAY, Rule
from deskhand.toolsets.calendar.rule_days import Days

MAX_LOOKED = 100_000
"""Days and times looked at for one rule and window: 136 years of a time each day, or 5 of hours."""

_SPANS = {"YEARLY": 366 * DAY, "MONTHLY": 31 * DAY, "WEEKLY": 7 * DAY, "DAILY": DAY}
_STEPS = {"HOURLY": timedelta(hours=1), "MINUTELY": timedelta(minutes=1), "SECONDLY": timedelta(seconds=1)}
_DAYS = {"YEARLY": 366, "MONTHLY": 31, "WEEKLY": 7}
"""Days looked at in a period; of what is shorter, one."""
_LAST_YEAR = 9998


def wall_times(
    rule: Rule, start: datetime, until: datetime | None, window: tuple[datetime, datetime]
) -> Iterator[datetime]:
    """The wall times (naive) of a series that begins at `start`, in order, from the window's begin to before its end.

    `start` is the first whether or not the rule names it, and counts. `until` is the rule's end as a wall time.

    Raises:
        LimitExceeded: after those given so far, there is more to look at than `MAX_LOOKED`.
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
    days, at, budget = Days(rule, start.date()), _Times(rule, start), _Budget(rule)
    span = _SPANS.get(rule.freq) or _STEPS[rule.freq]
    first = max(0, (begin - start) // span // rule.interval - 1)
    for number in count(first):
        period = _period(rule, start, number)
        if period is None or period > last:
            return
        budget.spend(_DAYS.get(rule.freq, 1))
        yield from _chosen(rule, budget.counted(_in_period(rule, period, days, at, begin)))


class _Budget:
    """What may still be looked at for a rule that others wrote."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._left = MAX_LOOKED

    def spend(self, looked: int) -> None:
        """Take some of it.

        Raises:
            LimitExceeded: there is none left.
        """
        self._left -= looked
        if self._left < 0:
            raise LimitExceeded(f"The rule {self._rule.text()[:120]} names too many times to list them all.")

    def counted(self, walls: Iterable[datetime]) -> Iterator[datetime]:
        """The same times, each of them taken from it."""
        for wall in walls:
            self.spend(1)
            yield wall


def _in_period(rule: Rule, period: datetime, days: Days, at: "_Times", begin: datetime) -> Iterator[datetime]:
    """The times of a period in order; days before `begin` are left out where nothing counts them."""
    if rule.freq in _STEPS:
        if days.has(period.date()):
            yield from at.within(rule.freq, period)
        return
    for day in days.of_period(period.date()):
        if rule.bysetpos or day >= begin.date():
            yield from (datetime.combine(day, moment) for moment in at.of_day())


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


def _chosen(rule: Rule, lazy: Iterable[datetime]) -> Iterable[datetime]:
    if not rule.bysetpos:
        return lazy
    walls = list(lazy)
    places = {place - 1 if place > 0 else len(walls) + place for place in rule.bysetpos}
    return [wall for place, wall in enumerate(walls) if place in places]


class _Times:
    """The times of day a rule names; what it leaves open is as in the start."""

    def __init__(self, rule: Rule, start: datetime) -> None:
        self._hours = set(rule.byhour) or ({start.hour} if rule.freq in _SPANS else set(range(24)))
        self._minutes = set(rule.byminute) or ({start.minute} if rule.freq in {*_SPANS, "HOURLY"} else set(range(60)))
        own_second = rule.freq != "SECONDLY"
        self._seconds = {min(s, 59) for s in rule.bysecond} or ({start.second} if own_second else set(range(60)))

    def of_day(self) -> Iterator[time]:
        """All of them, in order."""
        return self._times(self._hours, self._minutes)

    def within(self, freq: str, period: datetime) -> Iterator[datetime]:
        """The times of the hour, minute or second that `period` is in."""
        hours = self._hours & {period.hour}
        minutes = self._minutes if freq == "HOURLY" else self._minutes & {period.minute}
        for moment in self._times(hours, minutes):
            if freq != "SECONDLY" or moment.second == period.second:
                yield datetime.combine(period.date(), moment)

    def _times(self, hours: set[int], minutes: set[int]) -> Iterator[time]:
        seconds = sorted(self._seconds)
        return (
            time(hour, minute, second) for hour in sorted(hours) for minute in sorted(minutes) for second in seconds
        )


def occurrences_before(rule: Rule, start: datetime, until: datetime | None, moment: datetime) -> int:
    """How many the series has before `moment`; `start` counts."""
    return sum(1 for _ in wall_times(rule, start, until, (start, moment)))
