"""Events meant to harm, or of programs that mean "always": rules without end, and times at the edge of the calendar."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from time import process_time

import pytest
from icalendar import Calendar

from deskhand.errors import InvalidInput, NotFound
from deskhand.toolsets.calendar import finding
from deskhand.toolsets.calendar.backend import Stored
from deskhand.toolsets.calendar.extent import extent_of
from deskhand.toolsets.calendar.finding_handle import parse_handle
from deskhand.toolsets.calendar.finding_places import Places
from deskhand.toolsets.calendar.finding_window import window_of
from deskhand.toolsets.calendar.folder import CalendarFolder
from deskhand.toolsets.calendar.free_busy import busy_from_events
from deskhand.toolsets.calendar.ics import events_of, read, text_of
from deskhand.toolsets.calendar.moment import moved, read_moment
from deskhand.toolsets.calendar.occurrences import Expanded, Window, expand
from deskhand.toolsets.calendar.one_of_series import Target
from deskhand.toolsets.calendar.recur import wall_times
from deskhand.toolsets.calendar.results import shown_event
from deskhand.toolsets.calendar.rule import read_rule
from deskhand.toolsets.calendar.store import LocalCalendars
from deskhand.toolsets.calendar.tests.desk import Server, desk_of
from deskhand.toolsets.calendar.tests.series import NOW
from deskhand.toolsets.calendar.tests.test_foreign import BERLIN, YEAR, calendar_of

SIXTY = ",".join(map(str, range(60)))
ALWAYS = f"BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR={','.join(map(str, range(24)))};BYMINUTE={SIXTY};BYSECOND={SIXTY}"
FAR = (
    "DTSTART;VALUE=DATE:99991231",
    "DTSTART;VALUE=DATE:00010101\nRRULE:FREQ=DAILY",
    "DTSTART:00010101T000000Z\nRRULE:FREQ=YEARLY",
    "DTSTART;TZID=Asia/Tokyo:00010101T000000",
    "DTSTART;TZID=America/New_York:99991231T235900",
    "DTSTART:99991231T235959Z\nDURATION:P1D\nRRULE:FREQ=DAILY",
    "DTSTART:20260101T000000Z\nDURATION:P99999999D\nRRULE:FREQ=DAILY",
    "DTSTART:20260101T000000Z\nDURATION:-P99999999D",
    "DTSTART:20260101T000000Z\nDTEND:99991231T000000Z\nRRULE:FREQ=DAILY",
    "DTSTART;TZID=America/New_York:20260101T000000\nDTEND;TZID=America/New_York:99991231T235959",
    "DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:99991231\nRRULE:FREQ=YEARLY",
    "DTSTART:20260101T000000Z\nRDATE:00010101T000000Z,99991231T235959Z\nEXDATE:99991231T235959Z",
    "DTSTART;TZID=America/New_York:20260101T000000\nRRULE:FREQ=DAILY;UNTIL=99991231T235959Z",
    "DTSTART:20260101T000000Z\nRECURRENCE-ID;RANGE=THISANDFUTURE:00010101T000000Z",
    "DTSTART:20260101T000000Z\nRECURRENCE-ID:99991231T235959Z",
)


@pytest.mark.parametrize("freq", ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"])
@pytest.mark.parametrize("more", ["", ";BYSETPOS=1,-1", ";COUNT=99999999"])
def test_a_rule_that_names_every_second_takes_no_time(freq: str, more: str) -> None:
    text = calendar_of(f"DTSTART:20260105T100000Z\nRRULE:FREQ={freq};{ALWAYS}{more}")
    began = process_time()
    assert expand(read(text), YEAR).cut
    assert process_time() - began < 3


def test_of_a_rule_with_many_times_the_wanted_ones_are_found() -> None:
    rule, start = read_rule(f"FREQ=YEARLY;{ALWAYS}"), datetime(2026, 1, 1)
    found = list(wall_times(rule, start, None, (datetime(2026, 6, 1), datetime(2026, 6, 1, 1))))
    assert (len(found), found[0], found[-1]) == (3600, datetime(2026, 6, 1), datetime(2026, 6, 1, 0, 59, 59))


def test_a_zone_whose_clocks_change_by_the_second_is_not_followed() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Evil\nBEGIN:STANDARD\nDTSTART:00010101T000000\nTZOFFSETFROM:+0100\n"
        f"TZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;{ALWAYS}\nRRULE:FREQ=YEARLY;UNTIL=99991231T235959Z\nEND:STANDARD\n"
        "END:VTIMEZONE\n"
    )
    began = process_time()
    [event] = expand(read(calendar_of("DTSTART;TZID=Evil:20260302T100000", before=zone)), YEAR).events
    assert event.start_text() == "2026-03-02T10:00:00+02:00 Evil"
    assert process_time() - began < 2


@pytest.mark.parametrize("times", FAR)
def test_times_at_the_edge_of_the_calendar_can_be_reckoned_with(times: str) -> None:
    calendar = read(calendar_of(times))
    extent_of(calendar, BERLIN).meets(YEAR.start, YEAR.end)
    events = expand(calendar, YEAR).events
    busy_from_events(events, BERLIN)
    assert all(shown_event(event, whole=True).start for event in events)


@pytest.mark.parametrize("times", FAR)
def test_an_event_at_the_edge_of_the_calendar_hides_no_other(times: str, tmp_path: Path) -> None:
    folder = CalendarFolder(tmp_path, BERLIN)
    folder.create("personal", "Personal")
    folder.put("personal", "u1", calendar_of(times), None)
    folder.put("personal", "ok", calendar_of("DTSTART:20260302T100000Z").replace("UID:u1", "UID:ok"), None)
    assert "ok" in [each.uid for each in folder.objects("personal", YEAR.start, YEAR.end)]
    assert folder.get("personal", "ok").uid == "ok"


def test_an_event_is_not_found_at_a_time_that_is_none() -> None:
    calendar = read(calendar_of("DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY;COUNT=9"))
    for named in (datetime(9999, 12, 31, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)):
        with pytest.raises(NotFound):
            Target(calendar, "u1", named, BERLIN, NOW)


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "9001-01-01", "9999-12-31", "0001-01-01T00:00"])
def test_who_asks_for_a_time_too_far_away_is_told(day: str) -> None:
    with pytest.raises(InvalidInput, match="too far away"):
        read_moment(day, BERLIN)
    with pytest.raises(InvalidInput, match="too far away"):
        window_of(day, "", BERLIN, NOW)


def test_a_handle_names_no_occurrence_too_far_away() -> None:
    for stamp in ("99991231T235959Z", "00010101", "99991231"):
        with pytest.raises(InvalidInput, match="names no occurrence"):
            parse_handle(f"work/u1#{stamp}")
    assert parse_handle("work/u1#20260101").named == date(2026, 1, 1)


def test_reckoning_ends_at_the_edge() -> None:
    assert moved(date(2026, 1, 1), date.max - date.min) == date(9997, 12, 31)
    assert moved(datetime(2026, 1, 1), -(datetime.max - datetime.min)) == datetime(2, 1, 1)


class _Careless(Server):
    """Gives every object the same UID and etag, as a server may that numbers its versions."""

    def __init__(self, folder: Path, texts: dict[str, str]) -> None:
        super().__init__(folder)
        self._texts = texts

    async def objects(self, subject: str, calendar: str, start: datetime, end: datetime) -> Sequence[Stored]:
        return [Stored(calendar, "u1", '"1"', self._texts[subject]), Stored(calendar, "u2", '"1"', "no calendar")]


@pytest.mark.anyio
async def test_nobody_gets_the_event_of_another_and_what_is_no_calendar_hides_none(tmp_path: Path) -> None:
    fine = calendar_of("DTSTART:20260302T100000Z\nSUMMARY:of %s")
    async with desk_of(tmp_path) as desk:
        server = _Careless(tmp_path / "far", {name: fine % name for name in ("ann", "bob")})
        local = LocalCalendars(lambda subject: tmp_path / subject, lambda: NOW, BERLIN)
        places = Places(desk.server.accounts, local, server)
        for subject in ("ann", "bob", "ann"):
            [tree] = await places.trees(subject, "work/Team", YEAR.start, YEAR.end)
            assert text_of(events_of(tree.calendar)[0], "SUMMARY") == f"of {subject}"


@pytest.mark.anyio
async def test_an_event_that_cannot_be_reckoned_with_is_left_out_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def expanded(calendar: Calendar, window: Window) -> Expanded:
        if "Broken" in text_of(events_of(calendar)[0], "SUMMARY"):
            raise OverflowError("date value out of range")
        return expand(calendar, window)

    async with desk_of(tmp_path) as desk:
        for title in ("Plan", "Broken plan"):
            await desk.call("schedule_meeting", title=title, start="2026-12-03T10:00")
        monkeypatch.setattr(finding, "expand", expanded)
        answer = await desk.call("calendar_events", query="plan", start="2026-12-03")
    assert [event["title"] for event in answer["events"]] == ["Plan"]
    assert "its times are broken" in answer["notes"][0]


@pytest.mark.anyio
@pytest.mark.parametrize("duration", [-5, 10**18])
async def test_no_meeting_is_longer_than_can_be_reckoned_with(duration: int, tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        refusal = await desk.refusal("schedule_meeting", title="Plan", start="2026-12-03T10:00", duration=duration)
        assert "minutes" in refusal
        assert "inute" in await desk.refusal("calendar_find_times", duration=duration)
