"""What a relative date means: from the moment it was said to the date that is written beside it.

A date is as exact as the words: "yesterday" is a day, "last week" a week (named by its Monday, ISO 8601), "last month"
a month, "last year" a year, "in 10 minutes" a minute. Minutes and hours are counted in UTC, so they stay true when
the clocks change; days are days of the calendar of the person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["minute", "hour", "day", "week", "month", "year"]
Tense: TypeAlias = Literal["past", "future", "habit", "unknown"]
"""What the sentence is about: what was, what will be, what happens again and again."""


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase that was found: when it was said, its number, unit and weekday (Monday is 0) if it has them."""

    at: datetime
    tense: Tense
    count: float = 1
    unit: Unit = "day"
    weekday: int = 0


Meaning: TypeAlias = Callable[[Said], str | None]
"""The date of a phrase as it is written beside it; None when nobody can know."""


def day(offset: int) -> Meaning:
    """So many days from today."""
    return lambda said: _day(said, offset)


def week(offset: int) -> Meaning:
    """So many weeks from this one."""
    return lambda said: _week(said, offset)


def weekend(offset: int) -> Meaning:
    """The Saturday of a week, so many from this one: on a Sunday "this weekend" is not over."""
    return lambda said: f"weekend of {_of_week(said, offset, 5)}"


def month(offset: int) -> Meaning:
    """So many months from this one."""
    return lambda said: _month(said, offset)


def year(offset: int) -> Meaning:
    """So many years from this one."""
    return lambda said: f"{_year(said.at.year + offset):04}"


def day_of_week(offset: int) -> Meaning:
    """The weekday of a week, so many from this one: "Friday next week"."""
    return lambda said: _of_week(said, offset, said.weekday)


def ago(said: Said) -> str | None:
    """So many units before."""
    return _shifted(said, -said.count)


def ahead(said: Said) -> str | None:
    """So many units after."""
    return _shifted(said, said.count)


def ahead_unless_past(said: Said) -> str | None:
    """As `ahead`; "I read it in two days" tells how long it took."""
    return _shifted(said, said.count) if said.tense in ("future", "unknown") else None


def last_weekday(said: Said) -> str:
    """The latest such day before today."""
    return _day(said, -((said.at.weekday() - said.weekday - 1) % 7 + 1))


def coming_weekday(said: Said) -> str:
    """The first such day after today."""
    return _day(said, (said.weekday - said.at.weekday() - 1) % 7 + 1)


def this_weekday(said: Said) -> str:
    """Such a day not before today; in a sentence about what was, not after it."""
    back = (said.at.weekday() - said.weekday) % 7
    return _day(said, -back if said.tense == "past" else -back % 7)


def next_weekday(said: Said) -> str:
    """The day of next week; while this week's is still ahead people mean either, so both are written."""
    following = _of_week(said, 1, said.weekday)
    return f"{coming_weekday(said)} or {following}" if said.weekday > said.at.weekday() else following


def bare_weekday(said: Said) -> str | None:
    """ "On Monday": the latest one in a sentence about what was, the coming one about what will be, else unknown."""
    if said.tense == "past":
        return last_weekday(said)
    return coming_weekday(said) if said.tense == "future" else None


def _day(said: Said, offset: int) -> str:
    return (said.at.date() + timedelta(days=offset)).isoformat()


def _week(said: Said, offset: int) -> str:
    return f"week of {_of_week(said, offset, 0)}"


def _of_week(said: Said, offset: int, weekday: int) -> str:
    return _day(said, 7 * offset + weekday - said.at.weekday())


def _month(said: Said, offset: int) -> str:
    years, month_of_year = divmod(said.at.month - 1 + offset, 12)
    return f"{_year(said.at.year + years):04}-{month_of_year + 1:02}"


def _year(number: int) -> int:
    """Raises ValueError outside the calendar, as `date` does."""
    if not MINYEAR <= number <= MAXYEAR:
        raise ValueError(f"year {number} is out of range")
    return number


def _shifted(said: Said, count: float) -> str | None:
    if said.unit == "minute" or said.unit == "hour":
        span = timedelta(minutes=count * (60 if said.unit == "hour" else 1))
        return (said.at.astimezone(UTC) + span).astimezone(said.at.tzinfo).isoformat(timespec="minutes")
    if count != int(count):
        return _month(said, int(count * 12)) if said.unit == "year" else None
    by_unit = {"day": day, "week": week, "month": month, "year": year}
    return by_unit[said.unit](int(count))(said)
