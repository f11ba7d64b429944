"""Which event of a file a change is for: a single one, a series, or one occurrence of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Component

from deskhand.errors import NotFound
from deskhand.toolsets.calendar.ics import (
    Written,
    date_of,
    number_of,
    same,
    set_date,
    set_text,
    utc,
    values,
)
from deskhand.toolsets.calendar.moment import Moment, instant_of, placed, shown
from deskhand.toolsets.calendar.occurrences import Series, Window, difference, series_of, starts
from deskhand.toolsets.calendar.reading import Span, in_zone, later, span_of
from deskhand.toolsets.calendar.rule import DAY
from deskhand.toolsets.calendar.vtimezone import ZonesOf
from deskhand.toolsets.calendar.zones import UTC_ZONE, Zone

_NEAR = timedelta(days=1)


@dataclass(frozen=True)
class Target:
    """The event `uid` of `calendar`; `recurrence_id` names one occurrence by the start its rule gives it.

    `zone` is the person's, `now` is aware: it becomes DTSTAMP and LAST-MODIFIED.
    """

    calendar: Calendar
    uid: str
    recurrence_id: date | datetime | None
    zone: Zone
    now: datetime

    def __post_init__(self) -> None:
        if self.uid not in series_of(self.calendar):
            raise NotFound(f"The file holds no event of UID {self.uid[:80]!r}.")
        if self.recurrence_id is not None and self.recurring and not self._exists():
            raise NotFound(f"The series has no occurrence at {shown(self.recurrence_id, self.zone)}.")

    @property
    def zones(self) -> ZonesOf:
        """What the TZIDs of the file mean."""
        return ZonesOf(self.calendar, self.zone)

    @property
    def _series(self) -> Series:
        return series_of(self.calendar)[self.uid]

    @property
    def master(self) -> Component | None:
        """The component with the rule, or the only one."""
        return self._series.master

    @property
    def exceptions(self) -> tuple[Component, ...]:
        """The components of single occurrences."""
        return self._series.exceptions

    @property
    def components(self) -> list[Component]:
        """All of them."""
        return [*([self.master] if self.master is not None else []), *self.exceptions]

    @property
    def recurring(self) -> bool:
        """Whether there is more than one occurrence to speak of."""
        master = self.master
        return bool(self.exceptions) or (
            master is not None and bool(values(master, "RRULE") or values(master, "RDATE"))
        )

    @property
    def is_first(self) -> bool:
        """Whether the occurrence is the one the series begins with, or none is named."""
        span = span_of(self.master, self.zones) if self.master is not None else None
        return self.recurrence_id is None or (span is not None and _same(span.start, self.recurrence_id))

    def recurrence_id_written(self) -> Written:
        """The occurrence's name as the file must have it: of the kind and in the zone of its DTSTART."""
        named = self._named()
        written = date_of(self.master, "DTSTART") if self.master is not None else None
        zone, _ = self.zones.zone_of(written) if written else (None, "")
        if not isinstance(named, datetime):
            return Written(named)
        if written is None or zone is None or not isinstance(written.value, datetime) or written.value.tzinfo:
            return Written(named.astimezone(UTC))
        return Written(named.astimezone(zone.tz).replace(tzinfo=None, fold=0), written.tzid)

    def exception(self) -> Component | None:
        """The component of this very occurrence, if it has one."""
        named = self._named()
        for component in self.exceptions:
            written = date_of(component, "RECURRENCE-ID")
            if written is not None and _same(in_zone(written, self.zones), named):
                return component
        return None

    def drop_exception(self) -> None:
        """Take the occurrence's own component out of the file."""
        own = self.exception()
        self.calendar.subcomponents[:] = [each for each in self.calendar.subcomponents if each is not own]

    def first_start(self, start: Moment | None) -> Moment | None:
        """Where the series must begin for the named occurrence to start at `start`."""
        span = self._span() if self.master is not None else None
        if start is None or span is None or self.is_first or self.recurrence_id is None:
            return start
        if start.all_day or not isinstance(span.start, datetime):
            return start if start.all_day != (span.zone is None) else Moment(_moved_days(span, start, self._named()))
        assert start.zone is not None
        assert isinstance(start.value, datetime)
        named = self._named()
        local = named.astimezone(span.start.tzinfo) if isinstance(named, datetime) else span.start
        moved = start.value.replace(tzinfo=None, fold=0) - local.replace(tzinfo=None, fold=0)
        return Moment(placed(span.start.replace(tzinfo=None, fold=0) + moved, start.zone), start.zone)

    def first_end(self, start: Moment | None, end: Moment | None) -> Moment | None:
        """Where the first occurrence ends for the named one to end at `end`."""
        if end is None or self.is_first or self.recurrence_id is None or self.master is None:
            return end
        span = self._span()
        named = self._named()
        begin = start or Moment(in_time(named, span), span.zone)
        first = self.first_start(begin) or begin
        length = difference(end.value, begin.value)
        return Moment(later(first.value, length) if length else first.value, first.zone)

    def span(self) -> Span:
        """When the master is."""
        return self._span()

    def _span(self) -> Span:
        span = span_of(self.master, self.zones) if self.master is not None else None
        if span is None:
            raise NotFound("The series has no start that can be read.")
        return span

    def _named(self) -> date | datetime:
        if self.recurrence_id is not None:
            return self.recurrence_id
        if self.master is None:
            raise NotFound("Say which occurrence is meant: recurrence_id is missing.")
        return self._span().start

    def _exists(self) -> bool:
        if self.exception() is not None:
            return True
        named = self._named()
        if self.master is None:
            return False
        instant = instant_of(named, self.zone)
        window = Window(instant - _NEAR, instant + _NEAR, self.zone)
        return any(_same(start, named) for start in starts(self.master, self.zones, window))


def exception_for(target: Target) -> Component:
    """The component of the named occurrence; made from the master if it has none yet (RFC 5545 §3.8.4.4)."""
    own = target.exception()
    if own is not None:
        return own
    master = target.master
    if master is None:
        raise NotFound("The file does not hold that occurrence.")
    made = same(master)
    for name in ("RRULE", "RDATE", "EXDATE", "EXRULE", "DURATION", "DTEND"):
        made.pop(name, None)
    span, written = target.span(), target.recurrence_id_written()
    set_date(made, "RECURRENCE-ID", written)
    set_date(made, "DTSTART", written)
    begin = in_zone(written, target.zones)
    length = length_of(span)
    ended = later(begin, length) if length else begin
    set_date(made, "DTEND", like(written, ended))
    target.calendar.add_component(made)
    return made


def like(written: Written, value: date | datetime) -> Written:
    """`value`, in the zone `written` is in, as it is written there."""
    if not isinstance(value, datetime) or not isinstance(written.value, datetime):
        return Written(value)
    if written.value.tzinfo:
        return Written(value.astimezone(UTC))
    return Written(value.replace(tzinfo=None, fold=0), written.tzid)


def length_of(span: Span) -> timedelta:
    """How long it lasts, as its occurrences do: days by the calendar, what is shorter than a day by the clock."""
    walls = difference(span.end, span.start)
    if walls >= DAY or not (isinstance(span.start, datetime) and isinstance(span.end, datetime)):
        return walls
    return timedelta(seconds=span.end.timestamp() - span.start.timestamp())


def in_time(named: date | datetime, span: Span) -> date | datetime:
    """The named occurrence in the zone of its series."""
    if isinstance(named, datetime) and isinstance(span.start, datetime):
        return named.astimezone(span.start.tzinfo)
    return named


def stamp(component: Component, now: datetime, *, grow: bool) -> None:
    """Say that the component changed: DTSTAMP, LAST-MODIFIED and, if `grow`, a greater SEQUENCE."""
    set_date(component, "DTSTAMP", utc(now))
    set_date(component, "LAST-MODIFIED", utc(now))
    if grow:
        set_text(component, "SEQUENCE", number_of(component, "SEQUENCE") + 1)


def _moved_days(span: Span, start: Moment, named: date | datetime) -> date:
    return span.start + difference(start.value, named)


def _same(one: date | datetime, other: date | datetime) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return instant_of(one, UTC_ZONE) == instant_of(other, UTC_ZONE)
    return (one.date() if isinstance(one, datetime) else one) == (
        other.date() if isinstance(other, datetime) else other
    )
