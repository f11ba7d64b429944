"""When people are taken: from their events, or from a VFREEBUSY (RFC 5545 §3.6.4)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from icalendar import Calendar

from deskhand.toolsets.calendar.backend import Busy
from deskhand.toolsets.calendar.event import Event
from deskhand.toolsets.calendar.ics import values
from deskhand.toolsets.calendar.moment import instant_of
from deskhand.toolsets.calendar.zones import Zone


def busy_from_events(events: Iterable[Event], zone: Zone, email: str = "") -> list[Busy]:
    """The times the events take from the person of that address, by start, in UTC.

    What is cancelled, marked as free or declined by the person takes none; what is tentative, or not answered yet by
    them, counts as tentative.
    """
    found = (_busy(event, zone, email.strip().lower()) for event in events)
    return sorted((each for each in found if each is not None), key=lambda busy: busy.start)


def busy_from_calendar(calendar: Calendar) -> list[Busy]:
    """The periods of all VFREEBUSY components that are not FBTYPE=FREE, by start, in UTC."""
    periods = (
        busy
        for component in calendar.subcomponents
        if component.name == "VFREEBUSY"
        for value in values(component, "FREEBUSY")
        for busy in _periods(value)
    )
    return sorted(periods, key=lambda busy: busy.start)


def merged(busy: Iterable[Busy]) -> list[Busy]:
    """Times that touch or overlap as one, without titles: what may be told to others. Firm ones stay firm."""
    found: list[Busy] = []
    for each in sorted(busy, key=lambda one: (one.tentative, one.start)):
        same = [one for one in found if one.tentative == each.tentative]
        if same and each.start <= same[-1].end:
            found[found.index(same[-1])] = Busy(same[-1].start, max(same[-1].end, each.end), each.tentative)
        else:
            found.append(Busy(each.start, each.end, each.tentative))
    return sorted(found, key=lambda one: (one.start, one.tentative))


def _busy(event: Event, zone: Zone, email: str) -> Busy | None:
    own = next((each.status for each in event.attendees if each.email == email), None)
    if not event.busy or event.status == "cancelled" or own == "declined":
        return None
    start, end = instant_of(event.start, zone), instant_of(event.end, zone)
    if end <= start:
        return None
    tentative = event.status == "tentative" or own in ("tentative", "needs-action")
    return Busy(start, end, tentative, event.title)


def _periods(value: Any) -> Sequence[Busy]:
    params = cast("dict[str, Any]", value.params)
    kind = str(params.get("FBTYPE", "BUSY")).upper()
    if kind == "FREE":
        return ()
    every = cast("list[Any]", getattr(value, "dts", None) or [value])
    return [busy for each in every if (busy := _period(each, tentative=kind == "BUSY-TENTATIVE"))]


def _period(value: Any, *, tentative: bool) -> Busy | None:
    pair = getattr(value, "dt", None) or (getattr(value, "start", None), getattr(value, "end", None))
    if not isinstance(pair, tuple):
        return None
    start, end = cast("tuple[object, object]", pair)
    if isinstance(start, datetime) and isinstance(end, timedelta):
        end = start + end
    if not (isinstance(start, datetime) and isinstance(end, datetime)):
        return None
    start, end = (each if each.tzinfo else each.replace(tzinfo=UTC) for each in (start, end))
    return Busy(start.astimezone(UTC), end.astimezone(UTC), tentative) if end > start else None
