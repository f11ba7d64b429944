"""A recurrence rule cut in two: what it says before a moment, and what it says from then on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.moment import placed, shown
from deskhand.toolsets.calendar.recur import wall_times
from deskhand.toolsets.calendar.rule import DAY, Rule, until_wall
from deskhand.toolsets.calendar.zones import Zone

_NEAR = 2 * DAY
_HORIZON = 36_525 * DAY
_COMPARED = 60
_BY_CLOCK = ("HOURLY", "MINUTELY", "SECONDLY")


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a series that begins at `start` is cut: before its occurrence `at`. Both are days, or aware times."""

    start: date | datetime
    at: date | datetime
    zone: Zone

    def divided(self, rule: Rule) -> tuple[Rule, Rule | None]:
        """The rule of what was before, and of the rest; None if the rest has no other occurrence by it.

        A COUNT is divided; else the old rule ends before the cut. What the rule leaves to DTSTART (the weekday, the
        day, the hour) is written out for the rest where it begins otherwise: at an RDATE, or by another rule.

        Raises:
            InvalidInput: no rule that begins there says the same, such as every second week from a week between.
            LimitExceeded: the rule is too costly to follow.
        """
        old = self._before(rule)
        found = list(islice(self._after(rule, _wall(self.start)), _COMPARED))
        if not found:
            return old, None
        rest = self._rest(rule)
        if list(islice(self._after(rest, _wall(self.at)), _COMPARED)) != found or self._differs(rule, old):
            raise InvalidInput(
                f"The series cannot be cut at {shown(self.at, self.zone)}: that is no time of its rule {rule.text()}, "
                f"and the rule cannot begin there. Cut it at {shown(found[0], self.zone)}, or change 'this' or 'all'."
            )
        return old, rest

    def _before(self, rule: Rule) -> Rule:
        if rule.count is not None:
            return replace(rule, count=max(self._number_before(rule), 1))
        until = self._until(rule)
        if until is not None and self._value(until) < self.at:
            return rule
        return replace(rule, until=self._last_before(rule))

    def _rest(self, rule: Rule) -> Rule:
        spelled = _spelled_out(rule, _wall(self.start), _wall(self.at))
        if rule.count is None:
            return spelled
        by_rule = self._named(rule) is not None  # else DTSTART counts, and the rule's share does not shrink
        return replace(spelled, count=rule.count - self._number_before(rule) + (0 if by_rule else 1))

    def _last_before(self, rule: Rule) -> date | datetime:
        if not isinstance(self.at, datetime):
            return self.at - DAY
        skipped = _wall(self.at) - (self._named(rule) or _wall(self.at))
        return self.at.astimezone(UTC) - skipped - timedelta(seconds=1)

    def _number_before(self, rule: Rule) -> int:
        begin = _wall(self.start)
        walls = wall_times(rule, begin, self._until(rule), (begin, _wall(self.at) + DAY))
        return sum(1 for wall in walls if self._value(wall) < self.at)

    def _named(self, rule: Rule) -> datetime | None:
        """The wall time by which the rule names the occurrence; None if it does not."""
        return next((wall for wall in self._near(rule) if self._value(wall) == self.at), None)

    def _near(self, rule: Rule) -> Iterator[datetime]:
        around = (_wall(self.at) - _NEAR, _wall(self.at) + _NEAR)
        return wall_times(rule, _wall(self.start), self._until(rule), around)

    def _after(self, rule: Rule, begin: datetime) -> Iterator[date | datetime]:
        wall = _wall(self.at)
        last = wall + min(_HORIZON, datetime.max - wall)
        values = (self._value(each) for each in wall_times(rule, begin, self._until(rule), (wall - DAY, last)))
        return (value for value in values if value > self.at)

    def _differs(self, rule: Rule, old: Rule) -> bool:
        """Whether the old rule does not end where it should."""
        wanted = [wall for wall in self._near(rule) if self._value(wall) < self.at]
        return list(self._near(old)) != wanted

    def _until(self, rule: Rule) -> datetime | None:
        return until_wall(rule, lambda moment: moment.astimezone(self.zone.tz).replace(tzinfo=None, fold=0))

    def _value(self, wall: datetime) -> date | datetime:
        """The time a wall time names, in UTC where it is one: two of them compare as instants."""
        return placed(wall, self.zone).astimezone(UTC) if isinstance(self.start, datetime) else wall.date()


def _spelled_out(rule: Rule, start: datetime, first: datetime) -> Rule:
    """The rule with those parts written out that are left to its start, and would be others at `first`."""
    if rule.freq not in _BY_CLOCK and not rule.byhour and start.hour != first.hour:
        rule = replace(rule, byhour=(start.hour,))
    if rule.freq not in _BY_CLOCK[1:] and not rule.byminute and start.minute != first.minute:
        rule = replace(rule, byminute=(start.minute,))
    if rule.freq != "SECONDLY" and not rule.bysecond and start.second != first.second:
        rule = replace(rule, bysecond=(start.second,))
    if rule.byday or rule.bymonthday or rule.byyearday:
        return rule
    if rule.freq == "WEEKLY" or rule.byweekno:
        return replace(rule, byday=((0, start.weekday()),)) if start.weekday() != first.weekday() else rule
    if rule.freq == "YEARLY" and (start.month, start.day) != (first.month, first.day):
        return replace(rule, bymonth=rule.bymonth or (start.month,), bymonthday=(start.day,))
    return replace(rule, bymonthday=(start.day,)) if rule.freq == "MONTHLY" and start.day != first.day else rule


def _wall(value: date | datetime) -> datetime:
    return value.replace(tzinfo=None, fold=0) if isinstance(value, datetime) else datetime.combine(value, time.min)
