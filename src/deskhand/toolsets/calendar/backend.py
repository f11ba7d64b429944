"""What a calendar toolset needs of a place where calendars are kept: the local store, or a CalDAV server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CalendarInfo:
    """A calendar of a person. `name` is how the other methods are asked for it, `title` how people call it."""

    name: str
    title: str
    colour: str = ""
    """`#rrggbb`, or empty."""
    writable: bool = True
    token: str = ""
    """Where its changes stand now, for `changes`."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The calendars that can be reached. `troubles` say of each account that cannot why, and what to do."""

    calendars: tuple[CalendarInfo, ...]
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """One calendar object: all components of one UID as .ics `text`. `etag` changes whenever the text does."""

    calendar: str
    uid: str
    etag: str
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed since a token. `uids` is None when that cannot be told (an old or foreign token): read anew."""

    token: str
    uids: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Busy:
    """A time in which somebody is taken. `tentative` counts less; `title` is empty where only free/busy is known."""

    start: datetime
    end: datetime
    tentative: bool = False
    title: str = ""


class CalendarBackend(Protocol):
    """Calendars by person: `subject` is who asks, `calendar` the `name` of one of theirs.

    Every method raises `Unavailable` when the place does not answer, and `NotFound` for a calendar that is not there.
    """

    async def calendars(self, subject: str) -> Sequence[CalendarInfo]:
        """The person's calendars, the one for new events first."""
        ...

    async def objects(self, subject: str, calendar: str, start: datetime, end: datetime) -> Sequence[Stored]:
        """The objects that may have an occurrence from `start` (aware) until before `end`, and perhaps a few more."""
        ...

    async def get(self, subject: str, calendar: str, uid: str) -> Stored:
        """The object of that UID.

        Raises:
            NotFound: the calendar has none.
        """
        ...

    async def put(self, subject: str, calendar: str, uid: str, text: str, expected_etag: str | None) -> Stored:
        """Write the object, new (`expected_etag` None) or over the state of that etag, whole or not at all.

        Raises:
            Conflict: there is one already, or it is at another etag, or gone.
            InvalidInput: the text is not a calendar of that UID.
        """
        ...

    async def delete(self, subject: str, calendar: str, uid: str, expected_etag: str) -> None:
        """Remove the object.

        Raises:
            Conflict: it is at another etag.
            NotFound: there is none.
        """
        ...

    async def changes(self, subject: str, calendar: str, token: str) -> Changed:
        """What changed since `token` (empty: from the beginning), and the token of now."""
        ...

    async def free_busy(
        self, subject: str, attendee: str, start: datetime, end: datetime, calendar: str = ""
    ) -> Sequence[Busy] | None:
        """When somebody else, by email address, is taken; None where this place does not know them."""
        ...
