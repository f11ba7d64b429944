"""From when until when a file has occurrences, without listing them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Component

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.ics import dates_of, events_of, values
from deskhand.toolsets.calendar.moment import instant_of, moved
from deskhand.toolsets.calendar.reading import in_zone, rule_text, span_of
from deskhand.toolsets.calendar.rule import DAY, read_rule
from deskhand.toolsets.calendar.vtimezone import ZonesOf
from deskhand.toolsets.calendar.zones import Zone

_SLACK = 2 * DAY
"""Days and floating times mean other instants for readers in other zones."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The first and the last instant; None for no event at all, or no end."""

    first: datetime | None
    last: datetime | None

    def meets(self, start: datetime, end: datetime) -> bool:
        """Whether something of it may be between the two."""
        if self.first is None:
            return False
        return self.first - _SLACK < end and (self.last is None or self.last + _SLACK > start)


def extent_of(calendar: Calendar, zone: Zone) -> Extent:
    """The extent of all events of a file."""
    zones = ZonesOf(calendar, zone)
    ranges = [found for event in events_of(calendar) for found in _ranges(event, zones)]
    if not ranges:
        return Extent(None, None)
    lasts = [last for _, last in ranges if last is not None]
    return Extent(min(first for first, _ in ranges), max(lasts) if len(lasts) == len(ranges) else None)


def _ranges(event: Component, zones: ZonesOf) -> Iterator[tuple[datetime, datetime | None]]:
    span = span_of(event, zones)
    if span is None:
        return
    first, last = instant_of(span.start, zones.own), instant_of(span.end, zones.own)
    length = last - first
    yield first, last
    for written in dates_of(event, "RDATE"):
        moment = instant_of(in_zone(written, zones), zones.own)
        yield moment, moved(moment, length)
    if values(event, "RRULE"):
        yield first, _rule_end(event, length)
    named = values(event, "RECURRENCE-ID")
    if named and "RANGE" in named[0].params:
        yield first, None


def _rule_end(event: Component, length: timedelta) -> datetime | None:
    """When the rules end, as far as they say so by a time; a COUNT would have to be counted."""
    ends: list[datetime] = []
    for value in values(event, "RRULE"):
        try:
            until = read_rule(rule_text(value)).until
        except InvalidInput:
            continue
        if until is None:
            return None
        moment = until if isinstance(until, datetime) else datetime(until.year, until.month, until.day)
        ends.append(moved(moment if moment.tzinfo else moment.replace(tzinfo=UTC), length + DAY))
    return max(ends, default=datetime.min.replace(tzinfo=UTC) + 2 * _SLACK)
