"""Which days of a period a recurrence rule names: those that pass each of its BY parts (RFC 5545 §3.3.10)."""

from calendar import isleap, monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from deskhand.toolsets.calendar.rule import DAY, Rule


class Days:
    """The days of a rule that begins on `start`; what no BY part settles is as in the start."""

    def __init__(self, rule: Rule, start: date) -> None:
        self._freq = rule.freq
        self._wkst = rule.wkst
        self._months = set(rule.bymonth)
        self._month_days = set(rule.bymonthday)
        self._year_days = set(rule.byyearday)
        self._weeks = set(rule.byweekno)
        ordinals = rule.freq in ("MONTHLY", "YEARLY") and not rule.byweekno
        self._weekdays = {day for nth, day in rule.byday if not (nth and ordinals)}
        self._nth = {(nth, day) for nth, day in rule.byday if nth and ordinals}
        self._nth_of_month = rule.freq == "MONTHLY" or bool(rule.bymonth)
        self._settle(start)

    def _settle(self, start: date) -> None:
        if self._month_days or self._year_days or self._weekdays or self._nth:
            return
        if self._weeks or self._freq == "WEEKLY":
            self._weekdays = {start.weekday()}
        elif self._freq in ("YEARLY", "MONTHLY"):
            self._month_days = {start.day}
            if self._freq == "YEARLY":
                self._months = self._months or {start.month}

    def of_period(self, first: date) -> Iterator[date]:
        """The days named in the year, month, week or day that begins on `first`, in order."""
        if self._freq == "YEARLY" and self._months:
            for month in sorted(self._months):
                yield from self._among(date(first.year, month, 1), monthrange(first.year, month)[1])
            return
        lengths = {"YEARLY": 366 if isleap(first.year) else 365, "WEEKLY": 7, "DAILY": 1}
        yield from self._among(first, lengths.get(self._freq) or monthrange(first.year, first.month)[1])

    def _among(self, first: date, length: int) -> Iterator[date]:
        return (day for number in range(length) if self.has(day := first + number * DAY))

    def has(self, day: date) -> bool:
        """Whether the day passes every BY part."""
        if self._months and day.month not in self._months:
            return False
        if self._month_days and not self._month_days & {day.day, day.day - _days_of_month(day) - 1}:
            return False
        if self._year_days:
            number = day.timetuple().tm_yday
            if not self._year_days & {number, number - (366 if isleap(day.year) else 365) - 1}:
                return False
        if self._weeks and not self._weeks & _weeks_of(day, self._wkst):
            return False
        return self._passes_weekday(day)

    def _passes_weekday(self, day: date) -> bool:
        if not (self._weekdays or self._nth):
            return True
        if day.weekday() in self._weekdays:
            return True
        return any(weekday == day.weekday() and nth in self._ordinals(day) for nth, weekday in self._nth)

    def _ordinals(self, day: date) -> tuple[int, int]:
        """Which one of its weekday the day is in its month or year, from the begin and (negative) from the end."""
        if self._nth_of_month:
            number, length = day.day, _days_of_month(day)
        else:
            number, length = day.timetuple().tm_yday, 366 if isleap(day.year) else 365
        return (number - 1) // 7 + 1, -((length - number) // 7 + 1)


def _days_of_month(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _weeks_of(day: date, wkst: int) -> set[int]:
    """The number of the day's week, and the same from the end; week 1 has four days or more in its year."""
    middle = day - timedelta(days=(day.weekday() - wkst) % 7) + 3 * DAY  # the fourth day decides the year
    number = (middle.timetuple().tm_yday - 1) // 7 + 1
    last = date(middle.year, 12, 31)
    last_middle = last - timedelta(days=(last.weekday() - wkst) % 7) + 3 * DAY
    weeks = (last_middle.timetuple().tm_yday - 1) // 7 + 1
    if last_middle.year != middle.year:
        weeks = ((last_middle - 7 * DAY).timetuple().tm_yday - 1) // 7 + 1
    return {number, number - weeks - 1}
