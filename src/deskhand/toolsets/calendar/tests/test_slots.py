"""Free times: ranked, with reasons, honest when there is none."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.backend import Busy
from deskhand.toolsets.calendar.edit import respond
from deskhand.toolsets.calendar.free_busy import busy_from_calendar, busy_from_events, merged
from deskhand.toolsets.calendar.ics import read, set_text
from deskhand.toolsets.calendar.moment import read_moment
from deskhand.toolsets.calendar.occurrences import expand
from deskhand.toolsets.calendar.slots import Participant, Wishes, find_slots
from deskhand.toolsets.calendar.tests.series import BERLIN, EVER, at, series
from deskhand.toolsets.calendar.zones import zone_named

HOUR = timedelta(hours=1)
TOKYO = zone_named("Asia/Tokyo")


def moment(text: str) -> datetime:
    return read_moment(text, BERLIN).instant(BERLIN)


def busy(start: str, end: str, *, tentative: bool = False) -> Busy:
    return Busy(moment(start), moment(end), tentative, "Standup")


def wishes(start: str = "2026-06-01T00:00", end: str = "2026-06-02T00:00", duration: timedelta = HOUR) -> Wishes:
    return Wishes(duration, moment(start), moment(end), BERLIN)


def starts(found: Wishes, *people: Participant) -> list[str]:
    return [f"{slot.start:%m-%d %H:%M}" for slot in find_slots(found, people).slots]


def test_the_earliest_time_in_working_hours_comes_first() -> None:
    found = find_slots(wishes(), [Participant("ann", BERLIN, ())]).slots
    assert f"{found[0].start:%H:%M}" == "09:00"
    assert found[0].reasons == ("all free", "within everybody's working hours", "not next to other meetings")


def test_nobody_is_busy_in_a_slot() -> None:
    taken = busy("2026-06-01T09:00", "2026-06-01T12:30")
    assert starts(wishes(), Participant("ann", BERLIN, (taken,)))[0] == "06-01 12:45"


def test_a_slot_may_touch_another_meeting_but_ranks_lower() -> None:
    taken = busy("2026-06-01T09:00", "2026-06-01T10:00")
    asked = wishes("2026-06-01T10:00", "2026-06-01T12:00")
    found = find_slots(asked, [Participant("ann", BERLIN, (taken,))]).slots
    assert [f"{slot.start:%H:%M}" for slot in found] == ["10:15"]
    tight = find_slots(wishes("2026-06-01T10:00", "2026-06-01T11:00"), [Participant("ann", BERLIN, (taken,))]).slots
    assert "right next to another meeting" in tight[0].reasons


def test_a_buffer_is_kept_free() -> None:
    taken = busy("2026-06-01T09:00", "2026-06-01T10:00")
    asked = Wishes(HOUR, moment("2026-06-01T10:00"), moment("2026-06-01T13:00"), BERLIN, buffer=timedelta(minutes=30))
    assert starts(asked, Participant("ann", BERLIN, (taken,)))[0] == "06-01 10:45"


def test_working_hours_are_those_of_each_zone() -> None:
    people = (Participant("ann", BERLIN, ()), Participant("kei", TOKYO, (), hours=(time(9), time(18))))
    found = find_slots(wishes(), people).slots
    assert f"{found[0].start:%H:%M}" == "09:00"
    assert "within everybody's working hours" in found[0].reasons
    assert any("outside the working hours of kei" in reason for slot in found[2:] for reason in slot.reasons)


def test_weekends_are_left_out_unless_wanted() -> None:
    asked = wishes("2026-06-06T00:00", "2026-06-09T00:00")
    assert starts(asked, Participant("ann", BERLIN, ()))[0] == "06-08 09:00"
    weekend = Wishes(HOUR, moment("2026-06-06T00:00"), moment("2026-06-07T00:00"), BERLIN, weekends=True)
    assert starts(weekend, Participant("ann", BERLIN, ()))


def test_an_optional_attendee_does_not_block() -> None:
    all_day = busy("2026-06-01T00:00", "2026-06-02T00:00")
    found = find_slots(wishes(), [Participant("ann", BERLIN, ()), Participant("bob", BERLIN, (all_day,), False)]).slots
    assert found[0].conflicts == ("bob is busy with 'Standup' (optional)",)


def test_what_is_tentative_counts_less_than_what_is_firm() -> None:
    maybe = busy("2026-06-01T09:00", "2026-06-01T11:00", tentative=True)
    asked = wishes("2026-06-01T09:00", "2026-06-01T17:00")
    assert starts(asked, Participant("ann", BERLIN, (maybe,)))[0] == "06-01 11:15"
    only = find_slots(wishes("2026-06-01T09:00", "2026-06-01T10:00"), [Participant("ann", BERLIN, (maybe,))]).slots
    assert "ann has something tentative with 'Standup'" in only[0].reasons


def test_who_is_unknown_is_named() -> None:
    found = find_slots(wishes(), [Participant("ann", BERLIN, ()), Participant("bob", BERLIN)])
    assert found.unknown == ("bob",)
    assert "all free whose calendar is known" in found.slots[0].reasons


def test_when_nothing_fits_the_nearest_says_who_is_busy() -> None:
    taken = busy("2026-06-01T00:00", "2026-06-02T00:00")
    found = find_slots(wishes(), [Participant("ann", BERLIN, (taken,)), Participant("bob", BERLIN, ())])
    assert found.slots == ()
    assert found.nearest[0].conflicts == ("ann is busy with 'Standup'",)


def test_slots_do_not_overlap_each_other() -> None:
    found = find_slots(wishes(), [Participant("ann", BERLIN, ())]).slots
    assert len(found) == 5
    ordered = sorted(found, key=lambda slot: slot.start)
    assert all(one.end <= other.start for one, other in pairwise(ordered))


def test_a_night_the_clocks_change_has_slots_of_full_length() -> None:
    asked = Wishes(HOUR, moment("2026-10-25T00:00"), moment("2026-10-25T06:00"), BERLIN, weekends=True, most=20)
    always = (time(0), time(23, 59))
    found = find_slots(asked, [Participant("ann", BERLIN, (), hours=always)]).slots
    assert len(found) == 7
    assert all(slot.end.timestamp() - slot.start.timestamp() == 3600 for slot in found)


@pytest.mark.parametrize(
    "wrong",
    [
        wishes(duration=timedelta()),
        wishes(duration=timedelta(days=2)),
        wishes("2026-06-01T10:00", "2026-06-01T10:30"),
        wishes("2026-06-01", "2036-06-01"),
        Wishes(HOUR, moment("2026-06-01"), moment("2026-06-02"), BERLIN, step=timedelta(seconds=1)),
    ],
)
def test_what_cannot_be_looked_for_is_refused(wrong: Wishes) -> None:
    with pytest.raises(InvalidInput):
        find_slots(wrong, [])


@pytest.mark.parametrize(
    ("status", "taken"),
    [("declined", []), ("accepted", [False]), ("tentative", [True]), ("needs-action", [True])],
)
def test_an_event_takes_time_by_its_answer(status: str, taken: list[bool]) -> None:
    calendar = series("2026-06-01T10:00", "2026-06-01T11:00")
    respond(at(calendar), "all", "bob@example.org", status)  # pyright: ignore[reportArgumentType]
    found = busy_from_events(expand(calendar, EVER).events, BERLIN, "bob@example.org")
    assert [each.tentative for each in found] == taken


@pytest.mark.parametrize(("name", "value"), [("TRANSP", "TRANSPARENT"), ("STATUS", "CANCELLED")])
def test_what_is_free_or_cancelled_takes_no_time(name: str, value: str) -> None:
    calendar = series("2026-06-01T10:00", "2026-06-01T11:00")
    set_text(calendar.events[0], name, value)
    assert busy_from_events(expand(calendar, EVER).events, BERLIN) == []


def test_periods_of_free_busy_are_read() -> None:
    text = (
        "BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\nUID:f\r\n"
        "FREEBUSY:20260601T080000Z/20260601T090000Z,20260601T100000Z/PT30M\r\n"
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260601T120000Z/PT1H\r\n"
        "FREEBUSY;FBTYPE=FREE:20260601T130000Z/PT1H\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"
    )
    found = busy_from_calendar(read(text))
    day = datetime(2026, 6, 1, tzinfo=UTC)
    assert found == [
        Busy(day + 8 * HOUR, day + 9 * HOUR),
        Busy(day + 10 * HOUR, day + 10.5 * HOUR),
        Busy(day + 12 * HOUR, day + 13 * HOUR, tentative=True),
    ]


def test_touching_times_are_merged_without_titles() -> None:
    found = merged([busy("2026-06-01T10:00", "2026-06-01T11:00"), busy("2026-06-01T11:00", "2026-06-01T12:00")])
    assert found == [Busy(moment("2026-06-01T10:00"), moment("2026-06-01T12:00"))]
