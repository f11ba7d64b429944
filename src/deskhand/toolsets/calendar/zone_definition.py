"""A VTIMEZONE (RFC 5545 §3.6.5) for a zone of the tz database, for programs that do not know its name.

The library's own writes the onset of summer time as the wall time after the change; the standard wants the one before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo

from deskhand.toolsets.calendar.moment import offset_text
from deskhand.toolsets.calendar.rule import DAY, WEEKDAYS

_YEARS = 12
"""How many years must follow one rule for it to be written as one."""
_LAST = 2037


@dataclass(frozen=True, slots=True)
class _Change:
    wall: datetime
    """When, as the clock showed it before."""
    before: timedelta
    after: timedelta
    name: str
    summer: bool


@cache
def definition(key: str, tzid: str, year: int) -> str:
    """The text of the VTIMEZONE that calls the zone `key` of the tz database `tzid`, right from `year` on."""
    zone = ZoneInfo(key)
    changes = [change for each in range(year - 1, max(year + _YEARS, _LAST)) for change in _changes(zone, each)]
    lines = ["BEGIN:VTIMEZONE", f"TZID:{tzid}", *_observance(_standing(zone, year - 1), [])]
    for _, group in groupby(sorted(changes, key=_kind), key=_kind):
        alike = sorted(group, key=lambda change: change.wall)
        lines += _yearly(alike) or _observance(alike[0], [f"RDATE:{change.wall:%Y%m%dT%H%M%S}" for change in alike[1:]])
    return "\r\n".join([*lines, "END:VTIMEZONE", ""])


def _kind(change: _Change) -> tuple[bool, timedelta, timedelta, str, int]:
    """Summer time begins once a year; what changes in another month is another kind."""
    return change.summer, change.before, change.after, change.name, change.wall.month


def _yearly(alike: Sequence[_Change]) -> list[str]:
    """One observance with an RRULE where they come each year on the same weekday of the month; else nothing."""
    years = [change.wall.year for change in alike]
    if len(alike) < _YEARS or years != list(range(years[0], years[0] + len(years))):
        return []
    walls = [change.wall for change in alike]
    ordinals = {(wall.day - 1) // 7 + 1 for wall in walls}
    from_end = {(wall + 7 * DAY).month != wall.month for wall in walls}
    same = len({(wall.weekday(), wall.time()) for wall in walls}) == 1
    if not same or (from_end != {True} and len(ordinals) != 1):
        return []
    nth = -1 if from_end == {True} else ordinals.pop()
    rule = f"RRULE:FREQ=YEARLY;BYMONTH={walls[0].month};BYDAY={nth}{WEEKDAYS[walls[0].weekday()]}"
    return _observance(alike[0], [rule])


def _observance(change: _Change, more: list[str]) -> list[str]:
    name = "DAYLIGHT" if change.summer else "STANDARD"
    return [
        f"BEGIN:{name}",
        f"DTSTART:{change.wall:%Y%m%dT%H%M%S}",
        *more,
        f"TZNAME:{change.name}",
        f"TZOFFSETFROM:{offset_text(change.before).replace(':', '')}",
        f"TZOFFSETTO:{offset_text(change.after).replace(':', '')}",
        f"END:{name}",
    ]


def _standing(zone: ZoneInfo, year: int) -> _Change:
    """What holds when the year begins."""
    begin = datetime(year, 1, 1, tzinfo=zone)
    offset = begin.utcoffset() or timedelta()
    return _Change(begin.replace(tzinfo=None), offset, offset, begin.tzname() or "", bool(begin.dst()))


def _changes(zone: ZoneInfo, year: int) -> list[_Change]:
    found: list[_Change] = []
    moment = datetime(year, 1, 1, tzinfo=UTC)
    while moment.year == year:
        later = moment + DAY
        if moment.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            found.append(_change(zone, moment, later))
        moment = later
    return found


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> _Change:
    """The change between two instants, to the second."""
    before = low.astimezone(zone).utcoffset() or timedelta()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    local = high.astimezone(zone)
    wall = (high + before).replace(tzinfo=None)
    return _Change(wall, before, local.utcoffset() or timedelta(), local.tzname() or "", bool(local.dst()))
