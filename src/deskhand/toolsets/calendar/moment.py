"""Times in and out: ISO 8601 with offset and zone name (RFC 9557), and what happens where the clocks change."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.zones import Zone, zone_named, zone_of

_T = TypeVar("_T")
_D = TypeVar("_D", date, datetime, date | datetime)

_FORM = re.compile(
    r"^(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?"
    r"\s*(?P<offset>[Zz]|[+-]\d{2}:?\d{2})?"
    r"\s*(?:\[!?(?P<zone>[^\]]+)\]|(?P<tail>\(?[A-Za-z/].*))?$"
)
FIRST_YEAR, LAST_YEAR = 1900, 9000
"""What may be asked for: whatever is reckoned from it stays a date."""
_EARLIEST, _LATEST = datetime(2, 1, 1), datetime(9997, 12, 31)
_EXPECTED = (
    "Give a date (2026-03-29), a time (2026-03-29T10:00) or a time with offset or zone "
    "(2026-03-29T10:00:00+02:00, 2026-03-29T10:00 Europe/Berlin)."
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A day (`value` is a date, `zone` None: all-day, no zone), or an aware time together with the zone it is said in.

    `note` is what must be said about how it was understood, such as that the time does not exist that day.
    """

    value: date | datetime
    zone: Zone | None = None
    note: str = ""

    @property
    def all_day(self) -> bool:
        """Whether this is a day, not a time."""
        return not isinstance(self.value, datetime)

    def instant(self, zone: Zone) -> datetime:
        """The instant in UTC; a day begins at its midnight in `zone`."""
        return instant_of(self.value, zone)

    def text(self) -> str:
        """Such as `2026-03-29T10:00:00+02:00 Europe/Berlin`; a day is `2026-03-29`."""
        return shown(self.value, self.zone)


def read_moment(text: str, zone: Zone) -> Moment:
    """What `text` means; without offset and zone name it is a wall time in `zone`.

    A wall time the clocks skip moves forward by as much as they do; one that comes twice is the first of the two.
    Both are said in the note.

    Raises:
        InvalidInput: this is no time or too far away, there is no such zone, or it has another offset then.
    """
    match = _FORM.match(text.strip())
    if not match:
        raise InvalidInput(f"{text[:80]!r} is not a time. {_EXPECTED}")
    said_zone = (match["zone"] or match["tail"] or "").strip()
    spoken = zone_named(said_zone) if said_zone else zone
    day = askable(_parsed(text, date.fromisoformat, match["day"]))
    if not match["time"]:
        return Moment(day)
    wall = datetime.combine(day, _parsed(text, time.fromisoformat, match["time"])).replace(microsecond=0)
    if not match["offset"]:
        return place(wall, spoken)
    aware = _parsed(text, datetime.fromisoformat, f"{wall.isoformat()}{match['offset'].upper()}")
    return _at_offset(aware, spoken, match["offset"], named=bool(said_zone))


def naive_note(text: str, zone: Zone, whose: str) -> str:
    """What to say of a time given without offset and zone, which was taken in `zone`; else nothing."""
    match = _FORM.match(text.strip())
    if match is None or not match["time"] or match["offset"] or match["zone"] or match["tail"]:
        return ""
    return f"{match['time']} was taken in {zone.name}, {whose}"


def place(wall: datetime, zone: Zone) -> Moment:
    """The instant a wall time (naive) names in `zone`, by the rule of RFC 5545 §3.3.5 for gaps and overlaps."""
    first, second = (wall.replace(tzinfo=zone.tz, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset() or timedelta(), second.utcoffset() or timedelta()
    if before == after:
        return Moment(first, zone)
    if before < after:
        moved = first.astimezone(UTC).astimezone(zone.tz)
        note = f"{wall:%H:%M} does not exist on {wall:%Y-%m-%d} in {zone.name} (clocks go forward): it is {moved:%H:%M}"
        return Moment(moved, zone, note)
    note = (
        f"{wall:%H:%M} comes twice on {wall:%Y-%m-%d} in {zone.name} (clocks go back): the first is meant, at "
        f"{offset_text(before)}; the second is at {offset_text(after)}"
    )
    return Moment(first, zone, note)


def placed(wall: datetime, zone: Zone) -> datetime:
    """As `place`, the time alone."""
    value = place(wall, zone).value
    assert isinstance(value, datetime)
    return value


def shown(value: date | datetime, zone: Zone | None) -> str:
    """The one way a time is said: ISO 8601 with its offset, then the zone's name; a date alone for a day."""
    if not isinstance(value, datetime):
        return value.isoformat()
    if zone is None:
        return value.isoformat(timespec="seconds")
    return f"{value.astimezone(zone.tz).isoformat(timespec='seconds')} {zone.name}"


def instant_of(value: date | datetime, zone: Zone) -> datetime:
    """The instant in UTC; a day begins at its midnight in `zone`, and so is a naive time a wall time there."""
    value = bounded(value)
    if not isinstance(value, datetime):
        return placed(datetime.combine(value, time.min), zone).astimezone(UTC)
    return (value if value.tzinfo else placed(value, zone)).astimezone(UTC)


def bounded(value: _D) -> _D:
    """The nearest time with which can be reckoned: in the years 1 and 9999 an offset or a day more is no date.

    Calendars of other programs use them for "always".
    """
    if _EARLIEST.year <= value.year <= _LATEST.year:
        return value
    edge = _EARLIEST if value.year < _EARLIEST.year else _LATEST
    return value.replace(year=edge.year, month=edge.month, day=edge.day)


def moved(value: _D, by: timedelta) -> _D:
    """`value` and `by` later, or as far as can be reckoned."""
    try:
        return bounded(value + by)
    except OverflowError:
        edge = _LATEST if by > timedelta() else _EARLIEST
        return value.replace(year=edge.year, month=edge.month, day=edge.day)


def askable(day: date) -> date:
    """The day, if somebody may ask for it.

    Raises:
        InvalidInput: it is too far away.
    """
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidInput(f"{day.isoformat()} is too far away. Give a day from {FIRST_YEAR} to {LAST_YEAR}.")
    return day


def offset_text(offset: timedelta) -> str:
    """Such as `+02:00`."""
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def in_zone(moment: Moment, zone: Zone) -> Moment:
    """The same instant said in `zone`; a day stays the day it is."""
    if not isinstance(moment.value, datetime):
        return moment
    return replace(moment, value=moment.value.astimezone(zone.tz), zone=zone)


def _at_offset(aware: datetime, zone: Zone, written: str, *, named: bool) -> Moment:
    local = aware.astimezone(zone.tz)
    if written in ("Z", "z") or local.utcoffset() == aware.utcoffset():
        return Moment(local, zone)
    if named:
        raise InvalidInput(
            f"{zone.name} is at {offset_text(local.utcoffset() or timedelta())} then, not at {written}. "
            "Give the right offset, or leave it out."
        )
    assert aware.tzinfo is not None
    return Moment(local, zone, f"{shown(aware, zone_of(aware.tzinfo))} is {local:%Y-%m-%d %H:%M} in {zone.name}")


def _parsed(text: str, parse: Callable[[str], _T], part: str) -> _T:
    try:
        return parse(part)
    except ValueError as error:
        raise InvalidInput(f"{text[:80]!r} is not a time: {error}. {_EXPECTED}") from None
