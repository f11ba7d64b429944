"""Days and moments as people give them, in the person's time zone, and as the index compares them."""

import re
from datetime import UTC, date, datetime, timedelta

from deskhand.errors import InvalidInput
from deskhand.zone import Zone

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def is_day(value: str) -> bool:
    """Whether it is a whole day, not a moment."""
    return _DAY.fullmatch(value) is not None


def normal(argument: str, value: str, zone: Zone) -> str:
    """A day (`2026-05-07`) as it is, or a moment with its offset, `2026-05-07T18:30:00+02:00`; in `zone` if naive.

    Raises:
        InvalidInput: it is neither; `argument` says where it stood.
    """
    text = value.strip()
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
        found = datetime.fromisoformat(text)
        given = found if found.tzinfo else found.replace(tzinfo=zone)
        given.astimezone(UTC)  # year 1 and year 9999 have no such moment everywhere
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"{argument} must be a day such as 2026-05-07 or a time such as 2026-05-07T18:30+02:00, not {value[:40]!r}."
        ) from error
    return given.isoformat(timespec="seconds")


def beginning(value: str, zone: Zone) -> datetime:
    """When a day or moment (as `normal` writes it) begins."""
    if _DAY.fullmatch(value):
        return datetime.combine(date.fromisoformat(value), datetime.min.time(), zone)
    return datetime.fromisoformat(value)


def end(value: str, zone: Zone) -> datetime:
    """When it is over: a whole day counts, so `valid_to` a day is until midnight after it."""
    if _DAY.fullmatch(value):
        return beginning((date.fromisoformat(value) + timedelta(days=1)).isoformat(), zone)
    return datetime.fromisoformat(value)


def last(value: str, zone: Zone) -> datetime:
    """The moment itself, or the last second of a day."""
    over = end(value, zone)
    return over - timedelta(seconds=1) if _DAY.fullmatch(value) else over


def stored(moment: datetime) -> str:
    """A moment as the store keeps it: ISO 8601 in UTC with microseconds, which sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def shown(value: str, zone: Zone) -> str:
    """A day as it is, a moment to the minute with its offset in the person's zone."""
    if _DAY.fullmatch(value):
        return value
    return datetime.fromisoformat(value).astimezone(zone).isoformat(timespec="minutes")
