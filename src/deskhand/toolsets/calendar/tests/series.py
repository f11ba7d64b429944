"""Series to change in tests, and how they look afterwards."""

from datetime import UTC, datetime

from icalendar import Calendar

from deskhand.toolsets.calendar.build import build
from deskhand.toolsets.calendar.event import Attendee, Draft, Person, Recurrence
from deskhand.toolsets.calendar.ics import read, write
from deskhand.toolsets.calendar.moment import read_moment
from deskhand.toolsets.calendar.occurrences import Window, expand
from deskhand.toolsets.calendar.one_of_series import Target
from deskhand.toolsets.calendar.zones import zone_named

BERLIN = zone_named("Europe/Berlin")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 1, 2, tzinfo=UTC)
EVER = Window(datetime(1990, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC), BERLIN)
PEOPLE = (Attendee("bob@example.org", "Bob"), Attendee("cleo@example.org"))


def series(start: str, end: str, rule: str = "") -> Calendar:
    """A meeting of Ann with Bob and Cleo, written and read again."""
    draft = Draft(
        uid="u1",
        title="Meeting",
        start=read_moment(start, BERLIN),
        end=read_moment(end, BERLIN),
        recurrence=Recurrence(rule=rule) if rule else None,
        organizer=Person("ann@example.org", "Ann"),
        attendees=PEOPLE,
        reminders=(10,),
    )
    return read(write(build(draft, NOW)))


def at(calendar: Calendar, occurrence: str = "") -> Target:
    """The series, or the occurrence that starts then."""
    named = read_moment(occurrence, BERLIN).value if occurrence else None
    return Target(calendar, "u1", named, BERLIN, LATER)


def shown(calendar: Calendar | None) -> list[str]:
    """The starts of all occurrences that are not cancelled, without seconds, offset and zone: the wall clock."""
    assert calendar is not None
    events = expand(read(write(calendar)), EVER).events
    return [event.start_text()[:16] for event in events if event.status != "cancelled"]


def raw(*events: str) -> Calendar:
    """A file of events of the UID u1, each given as its lines between `|`."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x"]
    for event in events:
        lines += ["BEGIN:VEVENT", "UID:u1", "DTSTAMP:20260101T000000Z", *event.split("|"), "END:VEVENT"]
    return read("\r\n".join([*lines, "END:VCALENDAR", ""]))


def berlin(name: str, time: str) -> str:
    """A line of a time in Berlin, such as 20260302T100000."""
    return f"{name};TZID=Europe/Berlin:{time}"


def meeting(start: str, end: str, *more: str) -> str:
    """An event in Berlin as `raw` takes it."""
    return "|".join([berlin("DTSTART", start), berlin("DTEND", end), "SUMMARY:Meeting", *more])
