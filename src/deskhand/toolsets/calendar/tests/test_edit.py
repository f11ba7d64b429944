"""Changes to series: one, following, all."""

import pytest
from icalendar import Calendar

from deskhand.errors import InvalidInput, NotFound
from deskhand.toolsets.calendar.edit import Change, cancel, change, respond
from deskhand.toolsets.calendar.event import Attendee, Recurrence
from deskhand.toolsets.calendar.ics import events_of, number_of, text_of, write
from deskhand.toolsets.calendar.moment import read_moment
from deskhand.toolsets.calendar.occurrences import expand
from deskhand.toolsets.calendar.tests.series import BERLIN, EVER, at, series, shown


def daily(rule: str = "FREQ=DAILY;COUNT=4") -> Calendar:
    return series("2026-06-01T10:00", "2026-06-01T11:00", rule)


def start(text: str) -> Change:
    return Change(start=read_moment(text, BERLIN))


ALL = ["2026-06-01T10:00", "2026-06-02T10:00", "2026-06-03T10:00", "2026-06-04T10:00"]


def test_one_occurrence_is_moved_alone() -> None:
    calendar = daily()
    change(at(calendar, ALL[1]), "this", start("2026-06-02T15:00"))
    assert shown(calendar) == ["2026-06-01T10:00", "2026-06-02T15:00", *ALL[2:]]
    assert expand(calendar, EVER).events[1].end_text().startswith("2026-06-02T16:00")


def test_one_occurrence_is_moved_twice() -> None:
    calendar = daily()
    change(at(calendar, ALL[1]), "this", start("2026-06-02T15:00"))
    change(at(calendar, ALL[1]), "this", start("2026-06-05T15:00"))
    assert shown(calendar) == [ALL[0], *ALL[2:], "2026-06-05T15:00"]
    assert len(events_of(calendar)) == 2


def test_all_move_together_and_a_moved_one_keeps_its_own_time() -> None:
    calendar = daily()
    change(at(calendar, ALL[1]), "this", start("2026-06-02T15:00"))
    cancel(at(calendar, ALL[2]), "this")
    change(at(calendar), "all", start("2026-06-01T12:00"))
    assert shown(calendar) == ["2026-06-01T12:00", "2026-06-02T15:00", "2026-06-04T12:00"]


def test_an_exception_of_text_alone_moves_with_all() -> None:
    calendar = daily()
    change(at(calendar, ALL[1]), "this", Change(title="Other"))
    change(at(calendar), "all", start("2026-06-01T12:00"))
    events = expand(calendar, EVER).events
    assert [(event.start_text()[5:16], event.title) for event in events[:3]] == [
        ("06-01T12:00", "Meeting"),
        ("06-02T12:00", "Other"),
        ("06-03T12:00", "Meeting"),
    ]


def test_all_move_by_what_the_named_occurrence_moves() -> None:
    calendar = daily()
    change(at(calendar, ALL[2]), "all", start("2026-06-03T09:00"))
    assert shown(calendar) == [text.replace("T10", "T09") for text in ALL]


def test_a_weekly_series_moves_to_another_weekday() -> None:
    calendar = series("2026-06-01T10:00", "2026-06-01T11:00", "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4")
    change(at(calendar), "all", start("2026-06-02T10:00"))
    assert shown(calendar) == ["2026-06-02T10:00", "2026-06-04T10:00", "2026-06-09T10:00", "2026-06-11T10:00"]


def test_a_monthly_series_by_weekday_does_not_move_without_a_new_rule() -> None:
    calendar = series("2026-06-01T10:00", "2026-06-01T11:00", "FREQ=MONTHLY;BYDAY=1MO;COUNT=4")
    with pytest.raises(InvalidInput, match="new recurrence"):
        change(at(calendar), "all", start("2026-06-02T10:00"))


def test_until_moves_with_its_series() -> None:
    calendar = daily("FREQ=DAILY;UNTIL=20260603T080000Z")
    change(at(calendar), "all", start("2026-06-01T18:00"))
    assert shown(calendar) == ["2026-06-01T18:00", "2026-06-02T18:00", "2026-06-03T18:00"]


def test_the_zone_of_a_series_changes() -> None:
    calendar = series("2026-03-27T16:00", "2026-03-27T17:00", "FREQ=DAILY;COUNT=4")
    cancel(at(calendar, "2026-03-28T16:00"), "this")
    change(at(calendar), "all", start("2026-03-27T11:00 America/New_York"))
    assert [event.start_text() for event in expand(calendar, EVER).events] == [
        "2026-03-27T11:00:00-04:00 America/New_York",
        "2026-03-29T11:00:00-04:00 America/New_York",
        "2026-03-30T11:00:00-04:00 America/New_York",
    ]


def test_a_count_is_divided_by_a_split() -> None:
    calendar = daily()
    edited = change(at(calendar, ALL[2]), "following", start("2026-06-03T14:00"), new_uid="u2")
    assert shown(edited.calendar) == ALL[:2]
    assert shown(edited.tail) == ["2026-06-03T14:00", "2026-06-04T14:00"]
    assert "COUNT=2" in write(edited.calendar)


def test_a_split_ends_a_series_of_times_in_utc() -> None:
    calendar = daily("FREQ=DAILY;UNTIL=20260604T080000Z")
    edited = change(at(calendar, ALL[2]), "following", Change(title="New"), new_uid="u2")
    assert "UNTIL=20260603T075959Z" in write(edited.calendar)
    assert shown(edited.calendar) + shown(edited.tail) == ALL
    assert edited.tail is not None
    assert text_of(events_of(edited.tail)[0], "UID") == "u2"


def test_a_split_ends_a_series_of_days_by_a_day() -> None:
    calendar = series("2026-06-01", "2026-06-02", "FREQ=DAILY")
    edited = change(at(calendar, "2026-06-03"), "following", Change(title="New"), new_uid="u2")
    assert "UNTIL=20260602\r\n" in write(edited.calendar)
    assert shown(edited.calendar) == ["2026-06-01", "2026-06-02"]


def test_exceptions_go_with_their_half() -> None:
    calendar = daily("FREQ=DAILY;COUNT=6")
    change(at(calendar, ALL[1]), "this", start("2026-06-02T15:00"))
    change(at(calendar, ALL[3]), "this", start("2026-06-04T20:00"))
    cancel(at(calendar, "2026-06-05T10:00"), "this")
    edited = change(at(calendar, ALL[2]), "following", Change(title="New"), new_uid="u2")
    assert shown(edited.calendar) == [ALL[0], "2026-06-02T15:00"]
    assert shown(edited.tail) == [ALL[2], "2026-06-04T20:00", "2026-06-06T10:00"]


def test_following_from_the_first_is_all() -> None:
    calendar = daily()
    edited = change(at(calendar, ALL[0]), "following", Change(title="New"), new_uid="u2")
    assert edited.tail is None
    assert {event.title for event in expand(calendar, EVER).events} == {"New"}


def test_one_is_cancelled() -> None:
    calendar = daily()
    cancel(at(calendar, ALL[1]), "this")
    assert shown(calendar) == [ALL[0], *ALL[2:]]


def test_the_following_are_cancelled() -> None:
    calendar = daily()
    cancel(at(calendar, ALL[1]), "following")
    assert shown(calendar) == ALL[:1]


def test_all_are_cancelled() -> None:
    calendar = daily()
    cancel(at(calendar), "all")
    assert shown(calendar) == []


def test_an_occurrence_that_is_none_is_not_found() -> None:
    with pytest.raises(NotFound):
        at(daily(), "2026-06-02T11:00")


def test_a_cancelled_occurrence_is_not_found() -> None:
    calendar = daily()
    cancel(at(calendar, ALL[1]), "this")
    with pytest.raises(NotFound):
        at(calendar, ALL[1])


@pytest.mark.parametrize(
    ("wanted", "sequence"),
    [
        (Change(title="Other"), 0),
        (Change(description="More"), 0),
        (Change(reminders=(5,)), 0),
        (Change(location="Room 3"), 1),
        (start("2026-06-01T12:00"), 1),
        (Change(recurrence=Recurrence("daily", count=2)), 1),
    ],
    ids=["title", "description", "reminders", "location", "start", "recurrence"],
)
def test_the_sequence_grows_only_when_a_meeting_really_changes(wanted: Change, sequence: int) -> None:
    calendar = daily()
    change(at(calendar), "all", wanted)
    event = events_of(calendar)[0]
    assert number_of(event, "SEQUENCE") == sequence
    assert "DTSTAMP:20260102T000000Z" in write(calendar)
    assert "LAST-MODIFIED:20260102T000000Z" in write(calendar)


def test_an_answer_for_one_occurrence_leaves_the_others() -> None:
    calendar = daily()
    respond(at(calendar, ALL[1]), "this", "Bob@example.org", "declined")
    events = expand(calendar, EVER).events
    assert [event.attendees[0].status for event in events] == [
        "needs-action",
        "declined",
        "needs-action",
        "needs-action",
    ]
    assert number_of(events_of(calendar)[0], "SEQUENCE") == 0


def test_an_answer_for_all_is_in_the_exceptions_too() -> None:
    calendar = daily()
    change(at(calendar, ALL[1]), "this", start("2026-06-02T15:00"))
    respond(at(calendar), "all", "bob@example.org", "accepted")
    assert {event.attendees[0].status for event in expand(calendar, EVER).events} == {"accepted"}


def test_who_is_not_invited_cannot_answer() -> None:
    with pytest.raises(NotFound):
        respond(at(daily()), "all", "eve@example.org", "accepted")


def test_who_stays_invited_keeps_their_answer() -> None:
    calendar = daily()
    respond(at(calendar), "all", "bob@example.org", "accepted")
    change(at(calendar), "all", Change(attendees=(Attendee("bob@example.org"), Attendee("dan@example.org"))))
    attendees = expand(calendar, EVER).events[0].attendees
    assert [(each.email, each.status) for each in attendees] == [
        ("bob@example.org", "accepted"),
        ("dan@example.org", "needs-action"),
    ]


def test_unknown_properties_stay_through_a_change() -> None:
    calendar = daily()
    events_of(calendar)[0]["X-VENDOR"] = "kept"
    edited = change(at(calendar, ALL[2]), "following", start("2026-06-03T14:00"), new_uid="u2")
    assert edited.tail is not None
    assert "X-VENDOR:kept" in write(edited.calendar)
    assert "X-VENDOR:kept" in write(edited.tail)
    assert "TRIGGER:-PT10M" in write(edited.tail)


def test_a_timed_series_becomes_one_of_days() -> None:
    calendar = daily()
    cancel(at(calendar, ALL[1]), "this")
    change(at(calendar), "all", start("2026-06-01"))
    assert shown(calendar) == ["2026-06-01", "2026-06-03", "2026-06-04"]


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(InvalidInput):
        change(at(daily()), "all", Change(end=read_moment("2026-06-01T09:00", BERLIN)))
