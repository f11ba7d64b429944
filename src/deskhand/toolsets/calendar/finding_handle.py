"""Handles of events: `work/stand-up@example.org#20260329T080000Z`, which people can read and models can copy."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import quote, unquote

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.moment import askable
from deskhand.visible import visible_line

SCHEME = "calendar://"
_EXPECTED = "Give the id of an event as calendar_events shows it."


@dataclass(frozen=True, slots=True)
class Handle:
    """An event, or with `named` one occurrence, by the start its rule gives it. `calendar` is empty for a bare UID."""

    calendar: str
    uid: str
    named: date | datetime | None = None

    def __str__(self) -> str:
        place = f"{quote(self.calendar, safe='')}/{quote(self.uid, safe='@')}"
        return f"{place}#{_stamp(self.named)}" if self.named is not None else place

    @property
    def uri(self) -> str:
        """Where the event can be read as a resource."""
        return f"{SCHEME}{quote(self.calendar, safe='')}/{quote(self.uid, safe='')}"


def day_uri(calendar: str, day: date) -> str:
    """Where the agenda of a day can be read."""
    return f"{SCHEME}{quote(calendar, safe='')}/day/{day.isoformat()}"


def parse_handle(text: str) -> Handle:
    """What somebody wrote for an event: its handle, its URI, or its UID alone.

    Raises:
        InvalidInput: it is none of them.
    """
    given = text.strip()
    place, mark, stamp = given.removeprefix(SCHEME).rpartition("#")
    if not mark:
        place, stamp = stamp, ""
    calendar, slash, uid = place.rpartition("/")
    if not uid or (slash and not calendar) or "/" in calendar:
        raise InvalidInput(f"{visible_line(text)[:120]!r} is no event. {_EXPECTED}")
    return Handle(unquote(calendar), unquote(uid), _read_stamp(stamp, text))


def _stamp(named: date | datetime) -> str:
    if isinstance(named, datetime):
        return f"{named.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{named:%Y%m%d}"


def _read_stamp(stamp: str, text: str) -> date | datetime | None:
    if not stamp:
        return None
    try:
        named = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ" if "T" in stamp else "%Y%m%d").replace(tzinfo=UTC)
        askable(named.date())
        return named if "T" in stamp else named.date()
    except (ValueError, InvalidInput):
        raise InvalidInput(f"{visible_line(text)[:120]!r} names no occurrence. {_EXPECTED}") from None
