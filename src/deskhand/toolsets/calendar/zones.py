"""Names of time zones, as people, calendars and Windows write them."""

import re
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from deskhand.errors import InvalidInput

_OFFSET = re.compile(r"^(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?$", re.IGNORECASE)
_OUTLOOK = re.compile(r"^\((?:UTC|GMT)([+-]\d\d:?\d\d)?\)\s*(.+)$", re.IGNORECASE)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone by the name it is shown with: an IANA name, or `UTC+02:00`, or what a calendar calls its own."""

    name: str
    tz: tzinfo

    @property
    def is_iana(self) -> bool:
        """Whether every calendar program knows the zone by its name."""
        return isinstance(self.tz, ZoneInfo)


UTC_ZONE = Zone("UTC", UTC)


def zone_of(tz: tzinfo) -> Zone:
    """The zone of a tzinfo Python knows."""
    return UTC_ZONE if tz is UTC else Zone(getattr(tz, "key", None) or str(tz), tz)


def zone_named(name: str) -> Zone:
    """The zone of that name.

    Raises:
        InvalidInput: nobody knows it; the message names similar ones.
    """
    if found := find_zone(name):
        return found
    near = get_close_matches(name, available_timezones(), n=3)
    instead = f"Did you mean {' or '.join(near)}?" if near else "Give an IANA name such as Europe/Berlin."
    raise InvalidInput(f"There is no time zone {name[:80]!r}. {instead}")


def find_zone(name: str) -> Zone | None:
    """The zone of an IANA name in any case, behind any prefix (`/mozilla.org/…/Europe/Berlin`), a Windows or Outlook
    name (`W. Europe Standard Time`, `(UTC+01:00) Amsterdam, Berlin`) or an offset (`GMT+0200`); None if unknown.
    """
    name = name.strip().strip('"')
    if not name or len(name) > _LONGEST:
        return None
    key = _iana(name) or WINDOWS_TO_OLSON.get(name) or _outlook(name)
    if key:
        return UTC_ZONE if key == "UTC" else Zone(key, ZoneInfo(key))
    return _fixed(name)


def _iana(name: str) -> str | None:
    parts = name.replace(" ", "_").casefold().split("/")
    tails = ("/".join(parts[-count:]) for count in (len(parts), 3, 2, 1) if count <= len(parts))
    return next((key for tail in tails if (key := _keys().get(tail))), None)


def _outlook(name: str) -> str | None:
    """`(UTC+01:00) Amsterdam, Berlin, Bern` is the zone of the first of its cities that has one."""
    if not (match := _OUTLOOK.match(name)):
        return None
    cities = (city.strip().replace(" ", "_").casefold() for city in match[2].split(","))
    return next((key for city in cities if (key := _cities().get(city))), None)


def _fixed(name: str) -> Zone | None:
    match = _OFFSET.match(name) or (_OFFSET.match(outlook[1] or "+0") if (outlook := _OUTLOOK.match(name)) else None)
    if not match:
        return None
    hours, minutes = int(match[2]), int(match[3] or 0)
    if hours > 14 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if match[1] == "-" else 1)
    return Zone(f"UTC{match[1]}{hours:02d}:{minutes:02d}", timezone(offset)) if offset else UTC_ZONE


@lru_cache(maxsize=1)
def _keys() -> dict[str, str]:
    return {key.casefold(): key for key in available_timezones()} | {"z": "UTC", "etc/utc": "UTC"}


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    return {key.rpartition("/")[2].casefold(): key for key in sorted(available_timezones()) if "/" in key}
