"""The audit log of a person as the activity page shows it: which rows an address asks for, and a page of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from deskhand.audit import Audit, AuditEntry, Wanted
from deskhand.errors import InvalidInput
from deskhand.zone import Zone

SCOPE = "audit:read"
"""What it takes to read the log: it names what was done with every toolset. `*` and `*:read` hold it."""
PAGE_ROWS = 50
_LONGEST = 200
_FIRST_YEAR = 1970


@dataclass(frozen=True, slots=True)
class Filter:
    """Which calls are shown; an empty field asks nothing."""

    name: str = ""
    outcome: str = ""
    day: str = ""
    """An ISO day, in the zone of the settings."""
    before: int | None = None
    """The number of the row that the page before ended with."""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filter":
        """The filter of an address.

        Raises:
            InvalidInput: a day or number that there is not.
        """
        before, day = query.get("before", ""), query.get("day", "").strip()
        if before and not (before.isascii() and before.isdecimal() and len(before) <= 9):
            raise InvalidInput(f"“before” is the number of a row, not {before[:40]!r}.")
        if day:
            _day(day)
        return cls(
            query.get("name", "").strip()[:_LONGEST],
            query.get("outcome", "")[:_LONGEST],
            day,
            int(before) if before else None,
        )

    def address(self, before: int | None = None) -> str:
        """Where the rows are that come after row `before`; the newest where it is None."""
        fields = {"name": self.name, "outcome": self.outcome, "day": self.day, "before": before or ""}
        query = urlencode({name: value for name, value in fields.items() if value})
        return f"/activity/audit?{query}" if query else "/activity/audit"

    def wanted(self, zone: Zone) -> Wanted:
        """As the log is asked."""
        since = datetime.combine(_day(self.day), time.min, zone) if self.day else None
        until = datetime.combine(_day(self.day) + timedelta(days=1), time.min, zone) if self.day else None
        return Wanted(self.name, self.outcome, since, until, self.before)


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of the log, the newest first."""

    entries: Sequence[AuditEntry]
    older: str
    """Where it goes on; empty at the end."""


async def rows_of(audit: Audit, subject: str, chosen: Filter, zone: Zone) -> Rows:
    """The page that an address asks for."""
    found = await audit.search(subject, chosen.wanted(zone), limit=PAGE_ROWS + 1)
    page = found[:PAGE_ROWS]
    older = chosen.address(page[-1][0]) if len(found) > PAGE_ROWS else ""
    return Rows([entry for _, entry in page], older)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year < _FIRST_YEAR or day.year == date.max.year:
        raise InvalidInput(f"A day is written like 2026-05-07, not {text[:40]!r}.")
    return day
