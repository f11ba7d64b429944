"""What a calendar holds on its first use, so that every tool has something real to answer with."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from deskhand.toolsets.calendar.build import build
from deskhand.toolsets.calendar.event import Attendee, Draft, Person, Recurrence
from deskhand.toolsets.calendar.folder import CalendarFolder
from deskhand.toolsets.calendar.ics import write
from deskhand.toolsets.calendar.moment import Moment, place
from deskhand.toolsets.calendar.rule import DAY
from deskhand.toolsets.calendar.zones import Zone

_ANN = Person("ann@example.org", "Ann")
_BOB = Attendee("bob@example.org", "Bob", "accepted")


def fill(folder: CalendarFolder, now: datetime, zone: Zone) -> None:
    """Make the calendars `personal` and `work`, with events around `now`. The caller holds the folder's lock."""
    folder.create("personal", "Personal", "#3b82f6")
    folder.create("work", "Work", "#f59e0b")
    today = now.astimezone(zone.tz).date()
    monday = today - today.weekday() * DAY
    for calendar, draft in _drafts(today, monday, zone):
        folder.put(calendar, draft.uid, write(build(draft, now)), None)


def _drafts(today: date, monday: date, zone: Zone) -> list[tuple[str, Draft]]:
    def timed(name: str, title: str, day: date, at: time, minutes: int) -> Draft:
        wall = datetime.combine(day, at)
        end = place(wall + timedelta(minutes=minutes), zone)
        return Draft(
            f"sample-{name}@deskhand.example", title, replace(place(wall, zone), note=""), replace(end, note="")
        )

    standup = timed("stand-up", "Stand-up (sample)", monday - 7 * DAY, time(9, 30), 15)
    workdays = Recurrence(freq="weekly", weekdays=("MO", "TU", "WE", "TH", "FR"))
    review = timed("review", "Project review (sample)", monday + (1 if today.weekday() < 2 else 8) * DAY, time(14), 60)
    dentist = timed("dentist", "Dentist (sample)", today + 3 * DAY, time(11), 45)
    day_off = Draft(
        "sample-day-off@deskhand.example", "Day off (sample)", Moment(today + 10 * DAY), Moment(today + 11 * DAY)
    )
    return [
        ("work", replace(standup, recurrence=workdays, location="Room 2", reminders=(5,))),
        ("work", replace(review, organizer=_ANN, attendees=(_BOB,), link="https://meet.example.org/review")),
        ("personal", replace(dentist, location="12 Elm Street", reminders=(60,))),
        ("personal", day_off),
    ]
