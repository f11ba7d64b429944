"""Recurrence rules (RFC 5545 §3.3.10) as values: read from an RRULE's text, checked, and written back."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.moment import bounded

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
_LONGEST = 2_000
_DAY = re.compile(r"^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$")
_RANGES = {
    "BYSECOND": (0, 60, False),
    "BYMINUTE": (0, 59, False),
    "BYHOUR": (0, 23, False),
    "BYMONTHDAY": (1, 31, True),
    "BYYEARDAY": (1, 366, True),
    "BYWEEKNO": (1, 53, True),
    "BYMONTH": (1, 12, False),
    "BYSETPOS": (1, 366, True),
}
"""Least, most, and whether it may count from the end with a minus."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One RRULE. `until` is inclusive: a date, a naive wall time, or an aware time in UTC.

    `byday` holds (ordinal or 0, weekday from Monday 0); `wkst` is the first day of the week.
    """

    freq: str
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    byday: tuple[tuple[int, int], ...] = ()
    bymonth: tuple[int, ...] = ()
    bymonthday: tuple[int, ...] = ()
    byyearday: tuple[int, ...] = ()
    byweekno: tuple[int, ...] = ()
    byhour: tuple[int, ...] = ()
    byminute: tuple[int, ...] = ()
    bysecond: tuple[int, ...] = ()
    bysetpos: tuple[int, ...] = ()
    wkst: int = 0

    def text(self) -> str:
        """The value of the RRULE property."""
        parts = [f"FREQ={self.freq}"]
        if self.until is not None:
            parts.append(f"UNTIL={_stamp(self.until)}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.byday:
            parts.append("BYDAY=" + ",".join(f"{nth or ''}{WEEKDAYS[day]}" for nth, day in self.byday))
        for name in _RANGES:
            if numbers := getattr(self, name.lower()):
                parts.append(f"{name}=" + ",".join(str(number) for number in numbers))
        if self.wkst:
            parts.append(f"WKST={WEEKDAYS[self.wkst]}")
        return ";".join(parts)


def read_rule(text: str) -> Rule:
    """The rule an RRULE's value states.

    Raises:
        InvalidInput: it is not a rule of RFC 5545; the message names the part.
    """
    text = text.strip().upper().removeprefix("RRULE:")
    if len(text) > _LONGEST:
        raise InvalidInput(f"The recurrence rule is longer than {_LONGEST} characters.")
    pairs = [part.partition("=") for part in text.split(";") if part]
    parts = {name: value for name, _, value in pairs}
    unknown = [name for name in parts if name not in _READERS]
    if unknown or len(parts) != len(pairs):
        raise _wrong(text, f"{unknown[0]} is unknown" if unknown else "a part comes twice")
    if parts.get("FREQ") not in FREQUENCIES:
        raise _wrong(text, f"FREQ must be one of {', '.join(FREQUENCIES)}")
    return Rule(**{name.lower(): _READERS[name](name, value) for name, value in parts.items()})


def checked(rule: Rule) -> Rule:
    """The rule, if it may be written into a new event.

    Raises:
        InvalidInput: both an end and a count, an ordinal where none may be, or more often than hourly.
    """
    if rule.freq in ("MINUTELY", "SECONDLY"):
        raise InvalidInput(f"An event cannot repeat {rule.freq.lower()}. HOURLY is the most often.")
    if rule.count is not None and rule.until is not None:
        raise InvalidInput("A series ends after a count or at a time, not both. Give COUNT or UNTIL.")
    if rule.freq not in ("MONTHLY", "YEARLY") and any(nth for nth, _ in rule.byday):
        raise InvalidInput(f"{rule.text()!r}: an ordinal weekday such as 1MO needs FREQ=MONTHLY or YEARLY.")
    if rule.byweekno and rule.freq != "YEARLY":
        raise InvalidInput(f"{rule.text()!r}: BYWEEKNO needs FREQ=YEARLY.")
    if rule.bysetpos and not (rule.byday or any(getattr(rule, n.lower()) for n in _RANGES if n != "BYSETPOS")):
        raise InvalidInput(f"{rule.text()!r}: BYSETPOS needs another BY part to choose from.")
    return rule


def read_weekday(text: str) -> tuple[int, int]:
    """`MO` or `-1FR` as (ordinal or 0, weekday).

    Raises:
        InvalidInput: it is neither.
    """
    match = _DAY.match(text.strip().upper())
    if not match or match[1] in ("0", "00", "+0", "-0") or abs(int(match[1] or 0)) > 53:
        raise InvalidInput(f"{text[:40]!r} is not a weekday. Give MO, TU, WE, TH, FR, SA or SU, or such as 1MO, -1FR.")
    return int(match[1] or 0), WEEKDAYS.index(match[2])


def until_wall(rule: Rule, to_wall: Callable[[datetime], datetime]) -> datetime | None:
    """The last wall time the rule allows, in the zone of the event, to which `to_wall` takes an aware time."""
    if rule.until is None:
        return None
    if not isinstance(rule.until, datetime):
        return datetime.combine(rule.until, datetime.max.time()).replace(microsecond=0)
    return to_wall(rule.until) if rule.until.tzinfo else rule.until


def _wrong(text: str, why: str) -> InvalidInput:
    return InvalidInput(f"{text[:120]!r} is not a recurrence rule: {why}. Such as FREQ=WEEKLY;BYDAY=MO;COUNT=10.")


def _stamp(value: date | datetime) -> str:
    if not isinstance(value, datetime):
        return f"{value.year:04d}{value:%m%d}"
    return f"{value.year:04d}{value:%m%dT%H%M%S}{'Z' if value.tzinfo else ''}"


def _word(name: str, value: str) -> str:
    return value


def _positive(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value[:9]) > 0 and len(value) <= 9):
        raise _wrong(f"{name}={value}", f"{name} must be a whole number from 1")
    return int(value)


def _numbers(name: str, value: str) -> tuple[int, ...]:
    least, most, signed = _RANGES[name]
    try:
        numbers = tuple(dict.fromkeys(int(part) for part in value.split(",")))
    except ValueError:
        raise _wrong(f"{name}={value}", f"{name} takes numbers") from None
    if any(not least <= (abs(number) if signed else number) <= most for number in numbers):
        raise _wrong(f"{name}={value}", f"{name} is from {least} to {most}")
    return numbers


def _weekdays(name: str, value: str) -> tuple[tuple[int, int], ...]:
    return tuple(dict.fromkeys(read_weekday(part) for part in value.split(",")))


def _weekday(name: str, value: str) -> int:
    return read_weekday(value)[1]


def _end(name: str, value: str) -> date | datetime:
    try:
        if len(value) == 8:
            return bounded(datetime.strptime(value, "%Y%m%d").date())
        wall = bounded(datetime.strptime(value.removesuffix("Z"), "%Y%m%dT%H%M%S"))
    except ValueError:
        raise _wrong(f"{name}={value}", "UNTIL is such as 20261231 or 20261231T090000Z") from None
    return wall.replace(tzinfo=UTC) if value.endswith("Z") else wall


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "FREQ": _word,
    "INTERVAL": _positive,
    "COUNT": _positive,
    "UNTIL": _end,
    "BYDAY": _weekdays,
    "WKST": _weekday,
    **dict.fromkeys(_RANGES, _numbers),
}

DAY = timedelta(days=1)
