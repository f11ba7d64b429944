"""Series cut in two: both halves together are what the series was."""

import pytest
from icalendar import Calendar

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.edit import Change, Edited, cancel, change
from deskhand.toolsets.calendar.event import Recurrence
from deskhand.toolsets.calendar.ics import events_of, read, text_of, write
from deskhand.toolsets.calendar.moment import read_moment
from deskhand.toolsets.calendar.occurrences import expand
from deskhand.toolsets.calendar.tests.series import BERLIN, EVER, at, berlin, meeting, raw, shown

MONDAYS = ("20260302T100000", "20260302T110000")
SECOND = berlin("RECURRENCE-ID", "20260309T100000")
HOLDS_ON = "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260309T100000"


def retitled(calendar: Calendar, occurrence: str) -> Edited:
    return change(at(calendar, occurrence), "following", Change(title="New"), new_uid="u2")


def timed(calendar: Calendar, occurrence: str, start: str = "", end: str = "") -> Edited:
    wanted = Change(start=read_moment(start, BERLIN) if start else None, end=read_moment(end, BERLIN) if end else None)
    return change(at(calendar, occurrence), "following", wanted, new_uid="u2")


def spans(calendar: Calendar | None) -> list[str]:
    assert calendar is not None
    events = expand(read(write(calendar)), EVER).events
    return [f"{each.start_text()[5:16]}-{each.end_text()[11:16]} {each.title}" for each in events]


def test_a_series_that_ended_before_the_cut_is_not_extended() -> None:
    calendar = raw(meeting(*MONDAYS, "RRULE:FREQ=WEEKLY;UNTIL=20260310T000000Z", berlin("RDATE", "20260326T100000")))
    edited = retitled(calendar, "2026-03-26T10:00")
    assert shown(edited.calendar) == ["2026-03-02T10:00", "2026-03-09T10:00"]
    assert shown(edited.tail) == ["2026-03-26T10:00"]
    assert edited.tail is not None
    assert "RRULE" not in events_of(edited.tail)[0]


@pytest.mark.parametrize(
    ("rule", "further", "rest"),
    [
        ("FREQ=WEEKLY;UNTIL=20260325T000000Z", "20260312T100000", ["03-12T10:00", "03-16T10:00", "03-23T10:00"]),
        ("FREQ=WEEKLY;COUNT=4", "20260312T153000", ["03-12T15:30", "03-16T10:00", "03-23T10:00"]),
        ("FREQ=MONTHLY;COUNT=3", "20260312T100000", ["03-12T10:00", "04-02T10:00", "05-02T10:00"]),
        ("FREQ=YEARLY;COUNT=2", "20260412T100000", ["04-12T10:00", "03-02T10:00"]),
        ("FREQ=DAILY;COUNT=3", "20260303T090000", ["03-03T09:00", "03-03T10:00", "03-04T10:00"]),
    ],
    ids=["weekday", "time of day", "day of month", "day of year", "hour of the same day"],
)
def test_the_rest_from_a_single_date_stays_on_the_days_of_its_rule(rule: str, further: str, rest: list[str]) -> None:
    calendar = raw(meeting(*MONDAYS, f"RRULE:{rule}", berlin("RDATE", further)))
    every = shown(calendar)
    edited = retitled(calendar, f"{further[:4]}-{further[4:6]}-{further[6:11]}:{further[11:13]}")
    assert [each[5:] for each in shown(edited.tail)] == rest
    assert shown(edited.calendar) + shown(edited.tail) == every


def test_a_rest_no_rule_can_begin_is_refused_and_the_next_time_named() -> None:
    calendar = raw(meeting(*MONDAYS, "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4", berlin("RDATE", "20260312T100000")))
    before = write(calendar)
    with pytest.raises(InvalidInput, match=r"Cut it at 2026-03-16T10:00:00\+01:00 Europe/Berlin"):
        retitled(calendar, "2026-03-12T10:00")
    assert write(calendar) == before


def test_each_of_two_rules_is_divided() -> None:
    calendar = raw(meeting(*MONDAYS, "RRULE:FREQ=WEEKLY;COUNT=3", "RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=4"))
    every = shown(calendar)
    edited = retitled(calendar, "2026-03-09T10:00")
    assert shown(edited.calendar) == ["2026-03-02T10:00", "2026-03-05T10:00"] == every[:2]
    assert shown(edited.tail) == every[2:]
    assert len(every) == 6


def test_each_of_two_rules_moves_with_all() -> None:
    calendar = raw(meeting(*MONDAYS, "RRULE:FREQ=WEEKLY;COUNT=2", "RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=2"))
    change(at(calendar), "all", Change(start=read_moment("2026-03-03T12:00", BERLIN)))
    assert shown(calendar) == ["2026-03-03T12:00", "2026-03-06T12:00", "2026-03-10T12:00"]


def _held_on() -> Calendar:
    later = HOLDS_ON + "|" + meeting("20260309T150000", "20260309T170000").replace("Meeting", "Late")
    return raw(meeting(*MONDAYS, "RRULE:FREQ=WEEKLY;COUNT=5"), later)


def test_a_change_in_force_holds_in_the_rest() -> None:
    edited = change(at(_held_on(), "2026-03-23T10:00"), "following", Change(description="More"), new_uid="u2")
    assert spans(edited.calendar) == ["03-02T10:00-11:00 Meeting", "03-09T15:00-17:00 Late", "03-16T15:00-17:00 Late"]
    assert spans(edited.tail) == ["03-23T15:00-17:00 Late", "03-30T15:00-17:00 Late"]


def test_a_change_in_force_holds_after_an_exception_the_rest_begins_with() -> None:
    calendar = _held_on()
    change(at(calendar, "2026-03-16T10:00"), "this", Change(start=read_moment("2026-03-16T08:00", BERLIN)))
    edited = change(at(calendar, "2026-03-16T10:00"), "following", Change(description="More"), new_uid="u2")
    assert [each[:11] for each in spans(edited.tail)] == ["03-16T08:00", "03-23T15:00", "03-30T15:00"]


@pytest.mark.parametrize(
    ("occurrence", "start", "end", "rest"),
    [
        ("03-23", "12:00", "", ["03-23T12:00-14:00 Late", "03-30T12:00-14:00 Late"]),
        ("03-23", "", "16:00", ["03-23T15:00-16:00 Late", "03-30T15:00-16:00 Late"]),
        ("03-09", "12:00", "", [f"03-{day}T12:00-14:00 Late" for day in ("09", "16", "23", "30")]),
    ],
    ids=["start", "end", "start of the changed one"],
)
def test_new_times_of_the_rest_replace_those_of_the_change_in_force(
    occurrence: str, start: str, end: str, rest: list[str]
) -> None:
    day = f"2026-{occurrence}"
    edited = timed(_held_on(), f"{day}T10:00", start and f"{day}T{start}", end and f"{day}T{end}")
    assert spans(edited.tail) == rest


def test_a_new_rule_of_the_rest_begins_where_the_change_in_force_had_moved_it() -> None:
    wanted = Change(recurrence=Recurrence("daily", count=2))
    edited = change(at(_held_on(), "2026-03-23T10:00"), "following", wanted, new_uid="u2")
    assert shown(edited.tail) == ["2026-03-23T15:00", "2026-03-24T15:00"]


def test_a_change_that_holds_on_still_does_when_all_move() -> None:
    calendar = _held_on()
    change(at(calendar), "all", Change(start=read_moment("2026-03-02T09:00", BERLIN)))
    assert [each[3:8] for each in spans(calendar)] == ["02T09", "09T15", "16T15", "23T15", "30T15"]


def test_a_longer_exception_keeps_its_length_when_all_move() -> None:
    longer = SECOND + "|" + meeting("20260309T100000", "20260309T130000")
    calendar = raw(meeting(*MONDAYS, "RRULE:FREQ=WEEKLY;COUNT=3"), longer)
    change(at(calendar), "all", Change(start=read_moment("2026-03-02T14:00", BERLIN)))
    assert [each[3:14] for each in spans(calendar)] == ["02T14:00-15", "09T14:00-17", "16T14:00-15"]


def _moved_second() -> Calendar:
    moved = SECOND + "|" + meeting("20260309T150000", "20260309T163000").replace("Meeting", "Moved")
    return raw(meeting(*MONDAYS, "RRULE:FREQ=WEEKLY;COUNT=3"), moved)


def test_the_named_occurrence_moves_with_the_following_though_it_had_a_time_of_its_own() -> None:
    edited = timed(_moved_second(), "2026-03-09T10:00", "2026-03-09T12:00")
    assert spans(edited.tail) == ["03-09T12:00-13:30 Moved", "03-16T12:00-13:00 Meeting"]


def test_a_new_end_of_a_moved_occurrence_is_a_new_length_for_the_following() -> None:
    edited = timed(_moved_second(), "2026-03-09T10:00", end="2026-03-09T17:00")
    assert spans(edited.tail) == ["03-09T15:00-17:00 Moved", "03-16T10:00-12:00 Meeting"]


def test_a_series_at_an_hour_the_clocks_skip_is_cut_on_that_day() -> None:
    calendar = raw(meeting("20260327T023000", "20260327T024500", "RRULE:FREQ=DAILY;COUNT=4"))
    every = spans(calendar)
    edited = change(at(calendar, "2026-03-29T03:30"), "following", Change(description="More"), new_uid="u2")
    assert spans(edited.calendar) + spans(edited.tail) == every
    assert shown(edited.tail) == ["2026-03-29T03:30", "2026-03-30T02:30"]


def test_what_is_before_the_first_cannot_be_cut() -> None:
    calendar = raw(meeting(*MONDAYS, "RRULE:FREQ=WEEKLY;COUNT=3", berlin("RDATE", "20260225T100000")))
    with pytest.raises(InvalidInput, match="before its DTSTART"):
        retitled(calendar, "2026-02-25T10:00")


def test_the_following_of_a_single_date_are_cancelled_and_nothing_before_it() -> None:
    calendar = raw(meeting(*MONDAYS, "RRULE:FREQ=WEEKLY;UNTIL=20260325T000000Z", berlin("RDATE", "20260312T100000")))
    cancel(at(calendar, "2026-03-12T10:00"), "following")
    assert shown(calendar) == ["2026-03-02T10:00", "2026-03-09T10:00"]


def test_two_calendars_in_one_file_are_both_kept() -> None:
    one, other = write(raw(meeting(*MONDAYS))), write(raw(meeting(*MONDAYS))).replace("UID:u1", "UID:u2")
    assert [text_of(each, "UID") for each in events_of(read(write(read(one + other))))] == ["u1", "u2"]


@pytest.mark.parametrize("line", ["METHOD:REQUEST", "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nEND:VTIMEZONE"])
def test_two_calendars_that_differ_in_what_they_mean_are_refused(line: str) -> None:
    one = write(raw(meeting(*MONDAYS))).replace(
        "PRODID:x", "PRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nX-IS:other\r\nEND:VTIMEZONE"
    )
    other = write(raw(meeting(*MONDAYS))).replace("PRODID:x", f"PRODID:x\r\n{line}")
    with pytest.raises(InvalidInput, match="one by one"):
        read(one + other)
