"""The text of .ics files as a tree of components, and back, with everything in it that Deskhand does not know.

In a tree read here every time is as it was written: a date, a UTC time, or a naive wall time whose TZID is a parameter.
The library's own idea of a TZID is dropped: it is shared between all files of a process, and computed from rules of
unbounded length. `vtimezone.ZonesOf` says what a TZID means.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol, cast

from icalendar import Calendar, Component
from icalendar.prop import vDDDLists, vDDDTypes

from deskhand.errors import InvalidInput, LimitExceeded

PRODID = "-//Deskhand//Deskhand//EN"
MAX_CHARACTERS = 4_000_000
MAX_COMPONENTS = 20_000
MAX_DEPTH = 8
_FRAME = re.compile(rb"^(BEGIN|END):", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Written:
    """A time as a file has it: a date, an aware UTC time, or a naive wall time of the zone `tzid` (empty: floating)."""

    value: date | datetime
    tzid: str = ""

    @property
    def all_day(self) -> bool:
        """Whether it is a date."""
        return not isinstance(self.value, datetime)


class _Dated(Protocol):
    dt: object
    params: dict[str, Any]


def read(text: str | bytes) -> Calendar:
    """The tree of a file, as one VCALENDAR. Lines that cannot be read are left out (`component.errors` names them).

    A file may hold several (RFC 5545 §3.4): the first then takes in what is in the others.

    Raises:
        InvalidInput: it is no calendar, or several that do not go together.
        LimitExceeded: it is too large.
    """
    if len(text) > MAX_CHARACTERS:
        raise LimitExceeded(f"The calendar text has {len(text):,} characters; {MAX_CHARACTERS:,} are read at most.")
    data = text.encode(errors="replace") if isinstance(text, str) else text
    _check_frames(data)
    try:
        calendars = Calendar.from_ical(data.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\r\n \t"), multiple=True)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise InvalidInput(f"The text is not an iCalendar (.ics) file: {str(error)[:200]}") from None
    found = [each for each in calendars if each.name == "VCALENDAR"]
    if not found:
        raise InvalidInput("The text is not an iCalendar (.ics) file: it has no VCALENDAR.")
    for calendar in found:
        for component in every(calendar):
            _as_written(component)
    for other in found[1:]:
        _take_in(found[0], other)
    return found[0]


def _take_in(calendar: Calendar, other: Calendar) -> None:
    """Add all that is in another calendar of the same file; a time zone both define alike stays once."""
    if text_of(calendar, "METHOD").upper() != text_of(other, "METHOD").upper():
        raise InvalidInput("The file holds calendars of different METHODs. Give them one by one.")
    zones = {text_of(each, "TZID"): each.to_ical() for each in calendar.subcomponents if each.name == "VTIMEZONE"}
    for component in other.subcomponents:
        known = zones.get(text_of(component, "TZID")) if component.name == "VTIMEZONE" else None
        if known is None:
            calendar.add_component(component)
        elif known != component.to_ical():
            tzid = text_of(component, "TZID")[:80]
            raise InvalidInput(f"The file holds calendars that differ in the time zone {tzid!r}. Give them one by one.")
    for name in names_of(other):
        if name not in calendar:
            calendar[name] = other[name]


def _check_frames(data: bytes) -> None:
    depth = components = 0
    for frame in _FRAME.finditer(data):
        begins = frame[1].upper() == b"BEGIN"
        components += begins
        depth += 1 if begins else -1
        if components > MAX_COMPONENTS or depth > MAX_DEPTH:
            raise LimitExceeded(
                f"The calendar has over {MAX_COMPONENTS:,} components, or over {MAX_DEPTH} in each other."
            )


def write(calendar: Calendar) -> str:
    """The text of a tree, lines folded and ended as RFC 5545 §3.1 wants."""
    return calendar.to_ical().decode()


def new_calendar() -> Calendar:
    """An empty VCALENDAR of ours."""
    calendar = Calendar()
    add(calendar, "PRODID", PRODID)
    add(calendar, "VERSION", "2.0")
    return calendar


def same(component: Component) -> Component:
    """A copy to be changed; the original stays."""
    copy = type(component).from_ical(component.to_ical())
    for each in every(copy):
        _as_written(each)
    return copy


def every(component: Component) -> Iterator[Component]:
    """The component and all within it."""
    yield component
    for each in component.subcomponents:
        yield from every(each)


def names_of(component: Component) -> list[str]:
    """The names of its properties."""
    return list(cast("dict[str, object]", component))


def add(component: Component, name: str, value: object) -> None:
    """Add a value to a property; what it has already stays."""
    cast("Any", component).add(name, value)


def events_of(calendar: Calendar) -> list[Component]:
    """The VEVENTs."""
    return [component for component in calendar.subcomponents if component.name == "VEVENT"]


def values(component: Component, name: str) -> list[Any]:
    """All values of a property, those that could not be read left out."""
    found = cast("object", component.get(name))
    every = cast("list[Any]", found) if isinstance(found, list) else [found]
    return [value for value in every if value is not None and type(value).__name__ != "vBroken"]


def text_of(component: Component, name: str) -> str:
    """The first value of a text property, or empty."""
    found = values(component, name)
    return str(found[0]) if found else ""


def number_of(component: Component, name: str) -> int:
    """The first value of a whole-number property; 0 if there is none."""
    try:
        return int(text_of(component, name) or 0)
    except ValueError:
        return 0


def set_text(component: Component, name: str, value: str | int | None) -> None:
    """Set a property to one value without parameters; None or empty takes it away."""
    component.pop(name, None)
    if value not in (None, ""):
        add(component, name, value)


def date_of(component: Component, name: str) -> Written | None:
    """The first value of a date property; None if it has none that can be read."""
    return next(iter(dates_of(component, name)), None)


def dates_of(component: Component, name: str) -> list[Written]:
    """All dates of a property, also of a list (EXDATE, RDATE); of a period its begin."""
    return [written for value in values(component, name) for written in _dates_in(value)]


def set_date(component: Component, name: str, written: Written) -> None:
    """Set a property to one date."""
    component.pop(name, None)
    add(component, name, _property(written))


def set_dates(component: Component, name: str, every: Sequence[Written]) -> None:
    """Set a property to these dates, one line each; none takes it away."""
    component.pop(name, None)
    for written in every:
        listed = vDDDLists([_property(written)])
        if written.all_day:
            listed.params["VALUE"] = "DATE"
        add(component, name, listed)


def utc(moment: datetime) -> Written:
    """An instant, to the second, as it is written in UTC."""
    return Written(moment.astimezone(UTC).replace(microsecond=0))


def duration_of(component: Component) -> timedelta | None:
    """The value of DURATION."""
    found = [value.dt for value in values(component, "DURATION") if isinstance(getattr(value, "dt", None), timedelta)]
    return found[0] if found else None


def _property(written: Written) -> vDDDTypes:
    made = vDDDTypes(written.value)
    if written.tzid and isinstance(written.value, datetime):
        made.params["TZID"] = written.tzid
    return made


def _dates_in(value: Any) -> Iterable[Written]:
    params = cast("dict[str, Any]", getattr(value, "params", {}))
    for each in cast("list[_Dated]", getattr(value, "dts", [value])):
        moment = getattr(each, "dt", None)
        first = cast("tuple[object, ...]", moment)[0] if isinstance(moment, tuple) else moment
        if isinstance(first, datetime):
            yield Written(first, "" if first.tzinfo else str(params.get("TZID", "")))
        elif isinstance(first, date):
            yield Written(first)


def _as_written(component: Component) -> None:
    """Take off the zones the library put on wall times."""
    for name in names_of(component):
        for value in values(component, name):
            tzid = str(cast("dict[str, Any]", getattr(value, "params", {})).get("TZID", ""))
            for each in cast("list[_Dated]", getattr(value, "dts", [value])):
                moment = cast("object", getattr(each, "dt", None))
                if isinstance(moment, tuple) and tzid and hasattr(value, "dts"):
                    each.dt = tuple(_bare(part, tzid) for part in cast("tuple[object, ...]", moment))
                elif isinstance(moment, datetime):
                    each.dt = _bare(moment, tzid)


def _bare(moment: object, tzid: str) -> object:
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        return moment
    if tzid and tzid.upper() not in ("UTC", "Z"):
        return moment.replace(tzinfo=None)
    return moment.replace(tzinfo=UTC)
