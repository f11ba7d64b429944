"""The occurrences of events in a window: rules expanded, exceptions and moved ones in their place, bounded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from icalendar import Calendar, Component

from deskhand.errors import DeskhandError, LimitExceeded
from deskhand.toolsets.calendar.event import Event
from deskhand.toolsets.calendar.ics import Written, date_of, dates_of, events_of, number_of, text_of, values
from deskhand.toolsets.calendar.moment import bounded, instant_of, moved, placed
from deskhand.toolsets.calendar.reading import Span, event_of, in_zone, later, rule_text, span_of
from deskhand.toolsets.calendar.recur import wall_times
from deskhand.toolsets.calendar.rule import DAY, read_rule, until_wall
from deskhand.toolsets.calendar.vtimezone import ZonesOf
from deskhand.toolsets.calendar.zones import UTC_ZONE, Zone

MOST = 1_000
"""Occurrences given for one window."""
_MOST_RULES = 10
"""Rules of one event that are followed; RFC 5545 §3.8.5.3 wants one."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` until before `end`, both aware; `zone` is the person's, for days and floating times."""

    start: datetime
    end: datetime
    zone: Zone

    def holds(self, start: date | datetime, end: date | datetime) -> bool:
        """Whether some of it is in the window; what has no length counts where it starts."""
        first, last = instant_of(start, self.zone), instant_of(end, self.zone)
        return first < self.end and (last > self.start or (first == last and first >= self.start))


@dataclass(frozen=True, slots=True)
class Expanded:
    """Occurrences by start. `cut`: there are more, because there were too many."""

    events: tuple[Event, ...]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """The components of one UID: the master (None when only single occurrences were sent) and the exceptions."""

    master: Component | None
    exceptions: tuple[Component, ...]


def series_of(calendar: Calendar) -> dict[str, Series]:
    """The events of a calendar by UID. Of two masters the one with the greater SEQUENCE counts, else the later one."""
    masters: dict[str, Component] = {}
    exceptions: dict[str, list[Component]] = {}
    for component in events_of(calendar):
        uid = text_of(component, "UID")
        exceptions.setdefault(uid, [])
        if date_of(component, "RECURRENCE-ID") is not None:
            exceptions[uid].append(component)
        elif uid not in masters or number_of(component, "SEQUENCE") >= number_of(masters[uid], "SEQUENCE"):
            masters[uid] = component
    return {uid: Series(masters.get(uid), tuple(own)) for uid, own in exceptions.items()}


def expand(calendar: Calendar, window: Window, *, most: int = MOST) -> Expanded:
    """The occurrences of all events of a calendar in the window, by start; cancelled ones are among them."""
    zones = ZonesOf(calendar, window.zone)
    found: list[Event] = []
    cut = False
    for series in series_of(calendar).values():
        given = _bounded(occurrences(series, zones, window), most)
        found += given.events
        cut = cut or given.cut
    found.sort(key=lambda event: (instant_of(event.start, window.zone), event.title, event.uid))
    return Expanded(tuple(found[:most]), cut or len(found) > most)


def occurrences(series: Series, zones: ZonesOf, window: Window) -> Iterator[Event]:
    """The occurrences of one series in the window, in no order.

    Raises:
        LimitExceeded: after those given, its rule is too costly to follow.
    """
    exceptions = {_key(named, zones): each for each in series.exceptions if (named := date_of(each, "RECURRENCE-ID"))}
    for component in exceptions.values():
        span = span_of(component, zones)
        if span and window.holds(span.start, span.end):
            yield _with_rule(event_of(component, zones), series, zones)
    if series.master is not None:
        yield from _regular(series.master, zones, window, exceptions)


def starts(master: Component, zones: ZonesOf, window: Window) -> Iterator[date | datetime]:
    """When the occurrences of a master start by its rules and dates, less its EXDATEs; those in the window, in order.

    Raises:
        LimitExceeded: after those given, the rule is too costly to follow.
    """
    span = span_of(master, zones)
    if span is None:
        return
    gone = {_key(each, zones) for each in dates_of(master, "EXDATE")}
    gone_days = {each.value for each in dates_of(master, "EXDATE") if each.all_day}
    seen: set[date | datetime] = set()
    merged, stopped = _merged(master, span, zones, window)
    for start in merged:
        key = instant_of(start, UTC_ZONE) if isinstance(start, datetime) else start
        day = start.date() if isinstance(start, datetime) else start
        if key not in seen and key not in gone and day not in gone_days:
            seen.add(key)
            yield start
    if stopped is not None:
        raise stopped


def _regular(
    master: Component, zones: ZonesOf, window: Window, exceptions: dict[date | datetime, Component]
) -> Iterator[Event]:
    span = span_of(master, zones)
    if span is None:
        return
    if not (values(master, "RRULE") or values(master, "RDATE")):
        if window.holds(span.start, span.end):
            yield event_of(master, zones)
        return
    base = event_of(master, zones)
    length = _length(span)
    later_changes = _ranges(exceptions, zones)
    begin = moved(moved(window.start, -length - 2 * DAY), -_widest(later_changes))
    wide = replace(window, start=begin, end=moved(window.end, 2 * DAY))
    for start in starts(master, zones, wide):
        key = instant_of(start, UTC_ZONE) if isinstance(start, datetime) else start
        if key in exceptions:
            continue
        event = _occurrence(base, start, length)
        for change in later_changes:
            event = change.applied(event, start)
        if window.holds(event.start, event.end):
            yield event


def _occurrence(base: Event, start: date | datetime, length: timedelta) -> Event:
    return replace(base, start=start, end=_ended(start, length), recurrence_id=start)


def _ended(start: date | datetime, length: timedelta) -> date | datetime:
    return later(start, length) if length else start


def _merged(
    master: Component, span: Span, zones: ZonesOf, window: Window
) -> tuple[list[date | datetime], LimitExceeded | None]:
    """Starts by all rules and RDATEs, and why that is not all; the master's own is always one (RFC 5545 §3.8.5.3)."""
    found: list[date | datetime] = [span.start]
    stopped: LimitExceeded | None = None
    rules = values(master, "RRULE")
    for value in rules[:_MOST_RULES]:
        try:
            for given, start in enumerate(_by_rule(rule_text(value), span, zones, window)):
                if given > 20 * MOST:
                    raise LimitExceeded("The series has too many occurrences in this time to list them all.")
                found.append(start)
        except LimitExceeded as error:
            stopped = error
        except DeskhandError:
            continue  # a rule nobody understands: the event's notes say so
    found += [_as(span.start, in_zone(each, zones)) for each in dates_of(master, "RDATE")]
    kept = {s: None for s in found if window.start <= instant_of(s, window.zone) < window.end}
    return sorted(kept, key=lambda start: instant_of(start, window.zone)), stopped


def _by_rule(text: str, span: Span, zones: ZonesOf, window: Window) -> Iterator[date | datetime]:
    rule = read_rule(text)
    zone = span.zone or window.zone
    begin, end = (_wall(moment, zone) for moment in (window.start, window.end))
    if isinstance(span.start, datetime):
        until = until_wall(rule, lambda moment: _wall(moment, zone))
        for wall in wall_times(rule, span.start.replace(tzinfo=None, fold=0), until, (begin - DAY, end + DAY)):
            yield placed(wall, zone)
        return
    until = until_wall(rule, lambda moment: moment.replace(tzinfo=None))
    for wall in wall_times(rule, datetime.combine(span.start, time.min), until, (begin - DAY, end + DAY)):
        yield wall.date()


def _wall(moment: datetime, zone: Zone) -> datetime:
    return bounded(moment).astimezone(zone.tz).replace(tzinfo=None, fold=0)


def _as(like: date | datetime, value: date | datetime) -> date | datetime:
    """An RDATE of the other kind than the start is taken as what the start is."""
    if isinstance(like, datetime) and not isinstance(value, datetime):
        return placed(datetime.combine(value, like.time()), Zone("", like.tzinfo or UTC_ZONE.tz))
    return value.date() if isinstance(value, datetime) and not isinstance(like, datetime) else value


def _length(span: Span) -> timedelta:
    """How long it lasts: days by the calendar, what is shorter than a day by the clock."""
    if not (isinstance(span.start, datetime) and isinstance(span.end, datetime)):
        return difference(span.end, span.start)
    walls = difference(span.end, span.start)
    return walls if walls >= DAY else timedelta(seconds=span.end.timestamp() - span.start.timestamp())


def _key(written: Written, zones: ZonesOf) -> date | datetime:
    value = in_zone(written, zones)
    return instant_of(value, UTC_ZONE) if isinstance(value, datetime) else value


def _with_rule(event: Event, series: Series, zones: ZonesOf) -> Event:
    if series.master is None:
        return event
    master = event_of(series.master, zones) if span_of(series.master, zones) else event
    return replace(event, rule=master.rule, recurrence=master.recurrence)


def _bounded(events: Iterable[Event], most: int) -> Expanded:
    found: list[Event] = []
    try:
        for event in events:
            if len(found) >= most:
                return Expanded(tuple(found), cut=True)
            found.append(event)
    except LimitExceeded:
        return Expanded(tuple(found), cut=True)
    return Expanded(tuple(found))


@dataclass(frozen=True, slots=True)
class _LaterChange:
    """An exception with RANGE=THISANDFUTURE: from its RECURRENCE-ID on, all are as it is, moved as it was moved."""

    since: datetime
    moved: timedelta
    length: timedelta
    event: Event

    def applied(self, event: Event, start: date | datetime) -> Event:
        if instant_of(start, UTC_ZONE) <= self.since:
            return event
        begin = moved_by(start, self.moved)
        kept = {"start": begin, "end": _ended(begin, self.length), "recurrence_id": start}
        return replace(self.event, **kept, rule=event.rule, recurrence=event.recurrence)


def moved_by(start: date | datetime, by: timedelta) -> date | datetime:
    """`by` later on the clock of its zone."""
    if not isinstance(start, datetime) or start.tzinfo is None:
        return moved(start, by)
    return placed(moved(start.replace(tzinfo=None, fold=0), by), Zone("", start.tzinfo))


def _widest(changes: list[_LaterChange]) -> timedelta:
    return max((abs(change.moved) + change.length for change in changes), default=timedelta())


def _ranges(exceptions: dict[date | datetime, Component], zones: ZonesOf) -> list[_LaterChange]:
    """The changes of RANGE=THISANDFUTURE (RFC 5545 §3.2.13), oldest first."""
    found: list[_LaterChange] = []
    for component in exceptions.values():
        named, span = values(component, "RECURRENCE-ID")[0], span_of(component, zones)
        written = date_of(component, "RECURRENCE-ID")
        if str(named.params.get("RANGE", "")).upper() != "THISANDFUTURE" or span is None or written is None:
            continue
        old = in_zone(written, zones)
        moved = difference(span.start, old)
        found.append(_LaterChange(instant_of(old, UTC_ZONE), moved, _length(span), event_of(component, zones, span)))
    return sorted(found, key=lambda change: change.since)


def difference(new: date | datetime, old: date | datetime) -> timedelta:
    """How far apart two times are on the clocks of the zone of `new`; nothing where only one of them is a day."""
    if isinstance(new, datetime) and isinstance(old, datetime):
        local = old.astimezone(new.tzinfo)
        return new.replace(tzinfo=None, fold=0) - local.replace(tzinfo=None, fold=0)
    return timedelta() if isinstance(new, datetime) or isinstance(old, datetime) else new - old
