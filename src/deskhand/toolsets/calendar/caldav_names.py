"""Readable names for calendars on servers, each unique: `work/Team`, `work/Team 2`."""

from collections.abc import Iterator, Sequence

from deskhand.toolsets.calendar.caldav_discovery import Collection
from deskhand.visible import visible_line

LONGEST_TITLE = 60


def named(account: str, calendars: Sequence[Collection]) -> Iterator[tuple[str, Collection]]:
    """Each calendar with its name. Of equal titles the one with the smaller address has no number, in any order."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for calendar in sorted(calendars, key=lambda each: each.url):
        title = _title(calendar.title)
        numbered = (
            f"{account}/{title}" if number == 1 else f"{account}/{title} {number}" for number in range(1, 10_000)
        )
        names[calendar.url] = next(name for name in numbered if name.casefold() not in taken)
        taken.add(names[calendar.url].casefold())
    return ((names[calendar.url], calendar) for calendar in calendars)


def _title(title: str) -> str:
    """On one line, without the slash that parts it from the account."""
    words = " ".join(visible_line(title).replace("/", "-").split())
    return words[:LONGEST_TITLE].strip() or "Calendar"
