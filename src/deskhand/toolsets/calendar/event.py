"""What a calendar holds, as values: events and their people, and the draft of what somebody asks to schedule."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from deskhand.toolsets.calendar.moment import Moment, shown
from deskhand.toolsets.calendar.zones import Zone

Status = Literal["needs-action", "accepted", "declined", "tentative", "delegated"]
Role = Literal["chair", "required", "optional", "informed"]
EventStatus = Literal["confirmed", "tentative", "cancelled"]
Scope = Literal["this", "following", "all"]
"""Which occurrences of a series a change is for."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by address; `name` may be empty."""

    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attendee:
    """A person and their answer. `email` is lower-case without `mailto:`; `kind` is individual, group, room…"""

    email: str
    name: str = ""
    status: Status = "needs-action"
    role: Role = "required"
    kind: str = "individual"


@dataclass(frozen=True, slots=True)
class Event:
    """One event, or one occurrence of a series.

    `start` and `end` are aware times, or dates when `all_day` (`end` is the first day after it, as in RFC 5545).
    `zone` is None for days, and for floating times, which `floating` marks: they were read in the person's zone.
    `recurrence_id` names the occurrence: the start it would have by the rule, None for a single event or a master.
    """

    uid: str
    start: date | datetime
    end: date | datetime
    title: str = ""
    zone: Zone | None = None
    calendar: str = ""
    recurrence_id: date | datetime | None = None
    floating: bool = False
    location: str = ""
    link: str = ""
    description: str = ""
    organizer: Person | None = None
    attendees: tuple[Attendee, ...] = ()
    status: EventStatus = "confirmed"
    rule: str = ""
    """The RRULE's value, such as `FREQ=WEEKLY;BYDAY=MO`; kept on each occurrence too."""
    recurrence: str = ""
    """The same for people: `every week on Monday`."""
    reminders: tuple[int, ...] = ()
    """Minutes before the start."""
    sequence: int = 0
    busy: bool = True
    """False for TRANSP:TRANSPARENT: it takes no time from anybody."""
    etag: str = ""
    href: str = ""
    notes: tuple[str, ...] = ()
    """What must be said of it: an unknown zone, an end before its start."""

    @property
    def all_day(self) -> bool:
        """Whether it is of whole days."""
        return not isinstance(self.start, datetime)

    @property
    def recurring(self) -> bool:
        """Whether it belongs to a series."""
        return bool(self.rule) or self.recurrence_id is not None

    def start_text(self) -> str:
        """The start as it is said everywhere."""
        return shown(self.start, self.zone)

    def end_text(self) -> str:
        """The end as the calendar has it: of whole days the first day after them."""
        return shown(self.end, self.zone)

    def last_text(self) -> str:
        """The end as it is said everywhere: of whole days the last of them."""
        if isinstance(self.end, datetime) or self.end <= self.start:
            return self.end_text()
        return shown(self.end - timedelta(days=1), None)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How a draft repeats: plain fields, or `rule`, an RRULE's value; `until` is inclusive."""

    freq: Literal["daily", "weekly", "monthly", "yearly"] | None = None
    interval: int = 1
    count: int | None = None
    until: Moment | None = None
    weekdays: tuple[str, ...] = ()
    """`MO`…`SU`, in monthly and yearly rules with an ordinal: `1MO`, `-1FR`."""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody asks to schedule; `end` of whole days is the first day after them."""

    uid: str
    title: str
    start: Moment
    end: Moment
    recurrence: Recurrence | None = None
    location: str = ""
    link: str = ""
    description: str = ""
    organizer: Person | None = None
    attendees: tuple[Attendee, ...] = field(default=())
    reminders: tuple[int, ...] = ()
    busy: bool = True
