"""A time as a browser's control has it, without a zone, and the zone beside it."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from deskhand.errors import InvalidInput

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)?")
_EXPECTED = "Write UTC, an offset such as +02:00, or a place such as Europe/Berlin."


def split_time(text: str) -> tuple[str, str] | None:
    """The local time for `datetime-local`, and its zone; None where that control cannot hold it (WHATWG HTML)."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.tzinfo is None or at.microsecond % 1_000:
        return None
    zone = at.isoformat()[len(at.replace(tzinfo=None).isoformat()) :]
    local = at.replace(tzinfo=None).isoformat(timespec="milliseconds" if at.microsecond else "seconds")
    return local, "UTC" if zone == "+00:00" else zone


def joined_time(local: str, zone: str) -> str:
    """The time with its offset, as RFC 3339 writes it.

    Raises:
        InvalidInput: one of them cannot be read; says what can.
    """
    try:
        at = datetime.fromisoformat(local)
    except ValueError:
        raise InvalidInput(f"{local!r} is no time. Write one such as 2026-01-31T09:00.") from None
    return (at if at.tzinfo else at.replace(tzinfo=_zone(zone.strip()))).isoformat()


def _zone(name: str) -> tzinfo:
    if name.upper() in ("UTC", "Z", "GMT"):
        return UTC
    if found := _OFFSET.fullmatch(name):
        sign = -1 if found[1] == "-" else 1
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        if minutes < 24 * 60:
            return timezone(sign * timedelta(minutes=minutes))
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # ZoneInfoNotFoundError is a KeyError; a folder's name an OSError
        problem = f"{name!r} is no time zone." if name else "The zone is missing."
        raise InvalidInput(f"{problem} {_EXPECTED}") from None
