"""What a TZID in a calendar means: a zone everybody knows, or the one the calendar defines in a VTIMEZONE."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Any, cast
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, Timezone

from deskhand.errors import DeskhandError, InvalidInput
from deskhand.toolsets.calendar.ics import Written, dates_of, events_of, every, names_of, text_of, values
from deskhand.toolsets.calendar.moment import bounded
from deskhand.toolsets.calendar.recur import wall_times
from deskhand.toolsets.calendar.rule import Rule, read_rule, until_wall
from deskhand.toolsets.calendar.zone_definition import definition
from deskhand.toolsets.calendar.zones import UTC_ZONE, Zone, find_zone

_WINDOW = (datetime(1970, 1, 1), datetime(2100, 1, 1))
_MOST_CHANGES = 1_000
_MOST_RULES = 5
_MOST_READ = 10_000
"""Changes read of all observances; the newest `_MOST_CHANGES` of them count."""


class ZonesOf:
    """The zones of one calendar file; `own` is the person's, for floating times and zones nobody can find."""

    def __init__(self, calendar: Calendar, own: Zone) -> None:
        self.own = own
        self._defined = {text_of(each, "TZID"): each for each in calendar.subcomponents if each.name == "VTIMEZONE"}
        self._found: dict[str, tuple[Zone, str]] = {}

    def zone(self, tzid: str) -> tuple[Zone, str]:
        """The zone, and what must be said when it is not the one that was meant for sure."""
        if tzid not in self._found:
            self._found[tzid] = self._find(tzid)
        return self._found[tzid]

    def zone_of(self, written: Written) -> tuple[Zone | None, str]:
        """The zone of a time; None for days."""
        if not isinstance(written.value, datetime):
            return None, ""
        if written.value.tzinfo:
            return UTC_ZONE, ""
        return self.zone(written.tzid) if written.tzid else (self.own, "")

    def _find(self, tzid: str) -> tuple[Zone, str]:
        if known := find_zone(tzid):
            return known, ""
        if tzid in self._defined and (changes := _changes(self._defined[tzid])):
            return Zone(tzid[:80], DefinedZone(tzid[:80], changes)), ""
        return self.own, f"its time zone {tzid[:80]!r} is unknown: {self.own.name} is assumed"


class DefinedZone(tzinfo):
    """A zone of (instant in UTC, naive; offset from then on), as a VTIMEZONE lists or computes them."""

    def __init__(self, name: str, changes: list[tuple[datetime, timedelta, timedelta]]) -> None:
        self._name = name
        self._before = changes[0][1]
        self._at = [at for at, _, _ in changes]
        self._offsets = [offset for _, _, offset in changes]
        pairs = list(zip([self._before, *self._offsets], self._offsets, strict=False))
        self._first = [at + max(pair) for at, pair in zip(self._at, pairs, strict=True)]
        self._second = [at + min(pair) for at, pair in zip(self._at, pairs, strict=True)]

    def utcoffset(self, dt: datetime | None) -> timedelta:
        """The offset of a wall time; of one that comes twice by its `fold`, of a skipped one as before the gap."""
        if dt is None:
            return self._before
        known = self._second if dt.fold else self._first
        place = bisect_right(known, dt.replace(tzinfo=None, fold=0))
        return self._offsets[place - 1] if place else self._before

    def dst(self, dt: datetime | None) -> timedelta:
        """Not told: nobody needs it."""
        return timedelta()

    def tzname(self, dt: datetime | None) -> str:
        """The name the calendar gave it."""
        return self._name

    def fromutc(self, dt: datetime) -> datetime:
        """The wall time of an instant."""
        place = bisect_right(self._at, dt.replace(tzinfo=None))
        offset = self._offsets[place - 1] if place else self._before
        wall = (dt + offset).replace(fold=0)
        return wall if wall.utcoffset() == offset else wall.replace(fold=1)


def add_timezones(calendar: Calendar) -> None:
    """Define each zone that the calendar's times name, is not defined in it, and is known (RFC 5545 §3.2.19)."""
    defined = {text_of(each, "TZID") for each in calendar.subcomponents if each.name == "VTIMEZONE"}
    year = min((each.value.year for event in events_of(calendar) for each in dates_of(event, "DTSTART")), default=1970)
    for tzid in sorted(_named(calendar) - defined):
        zone = find_zone(tzid)
        if zone is not None and isinstance(zone.tz, ZoneInfo):
            text = definition(zone.tz.key, tzid, min(max(year, 1970), 2100))
            calendar.subcomponents.insert(0, Timezone.from_ical(text))


def _named(calendar: Calendar) -> set[str]:
    components = [each for each in every(calendar) if each.name not in ("VTIMEZONE", "STANDARD", "DAYLIGHT")]
    properties = (value for each in components for name in names_of(each) for value in values(each, name))
    return {str(tzid) for value in properties if (tzid := cast("Any", getattr(value, "params", {})).get("TZID"))}


def _changes(timezone: Component) -> list[tuple[datetime, timedelta, timedelta]]:
    """When the offset changes, from and to what; none if it cannot be read."""
    changes: list[tuple[datetime, timedelta, timedelta]] = []
    for observance in timezone.subcomponents:
        if len(changes) >= _MOST_READ:
            break
        before, after = _offset(observance, "TZOFFSETFROM"), _offset(observance, "TZOFFSETTO")
        if before is not None and after is not None:
            changes += [(wall - before, before, after) for wall in _onsets(observance, before)]
    return sorted(changes)[-_MOST_CHANGES:]


def _offset(observance: Component, name: str) -> timedelta | None:
    found = values(observance, name)
    offset = getattr(found[0], "td", None) if found else None
    return offset if isinstance(offset, timedelta) and abs(offset) < timedelta(hours=24) else None


def _onsets(observance: Component, before: timedelta) -> Iterator[datetime]:
    start = next((each.value for each in dates_of(observance, "DTSTART") if isinstance(each.value, datetime)), None)
    if start is None:
        return
    start = bounded(start.replace(tzinfo=None))
    yield start
    for each in dates_of(observance, "RDATE"):
        if isinstance(each.value, datetime):
            yield bounded(each.value.replace(tzinfo=None))
    for value in values(observance, "RRULE")[:_MOST_RULES]:
        try:
            rule = _rule(value.to_ical().decode())
            until = until_wall(rule, lambda moment: moment.replace(tzinfo=None) + before)
            for number, wall in enumerate(wall_times(rule, start, until, _WINDOW)):
                if number >= _MOST_CHANGES:
                    return
                yield wall
        except DeskhandError:
            continue


def _rule(text: str) -> Rule:
    """The rule of an observance: clocks change on some days of a year, not by the hour.

    Raises:
        InvalidInput: it is no such rule.
    """
    rule = read_rule(text)
    if rule.freq not in ("YEARLY", "MONTHLY") or rule.byhour or rule.byminute or rule.bysecond:
        raise InvalidInput("A time zone's rule names days of a year.")
    return rule
