"""Time shown is time stored: scheduled, written, read and shown again."""

from datetime import UTC, datetime
from itertools import islice

import pytest

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.build import build
from deskhand.toolsets.calendar.event import Draft, Recurrence
from deskhand.toolsets.calendar.ics import read, write
from deskhand.toolsets.calendar.moment import instant_of, read_moment
from deskhand.toolsets.calendar.occurrences import Window, expand
from deskhand.toolsets.calendar.tests.time_cases import SCHEDULED, Scheduled
from deskhand.toolsets.calendar.zones import find_zone, zone_named

BERLIN = zone_named("Europe/Berlin")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVER = Window(datetime(1990, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC), BERLIN)


def _draft(case: Scheduled) -> Draft:
    recurrence = Recurrence(rule=case.rule) if case.rule else case.plain
    return Draft("u1", case.name, read_moment(case.start, BERLIN), read_moment(case.end, BERLIN), recurrence)


@pytest.mark.parametrize("case", SCHEDULED, ids=lambda case: case.name)
def test_what_is_scheduled_is_what_is_shown(case: Scheduled) -> None:
    draft = _draft(case)
    events = expand(read(write(build(draft, NOW))), EVER).events
    assert tuple(event.start_text() for event in islice(events, len(case.shown) + 1)) == case.shown
    assert instant_of(events[0].start, BERLIN) == draft.start.instant(BERLIN)
    if case.ends:
        assert events[0].end_text() == case.ends


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-03-29T02:30", "does not exist on 2026-03-29"),
        ("2026-10-25T02:30", "comes twice on 2026-10-25"),
        ("2026-07-01T10:00+09:00", "is 2026-07-01 03:00 in Europe/Berlin"),
        ("2026-07-01T10:00", ""),
    ],
)
def test_what_is_odd_about_a_time_is_said(text: str, said: str) -> None:
    note = read_moment(text, BERLIN).note
    assert said in note
    assert bool(note) == bool(said)


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "",
        "2026-02-29",
        "2026-13-01",
        "2026-01-01T25:00",
        "2026-07-01T10:00 Mars/Olympus",
        "2026-07-01T10:00+01:00[Europe/Berlin]",
        "2026-07-01T10:00[../../etc/passwd]",
        "2026-W05-1",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_moment(text, BERLIN)


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("europe/berlin", "Europe/Berlin"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        ("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern", "Europe/Amsterdam"),
        ("GMT+0200", "UTC+02:00"),
        ("Etc/UTC", "UTC"),
        ("Customized Time Zone", None),
        ("/etc/passwd", None),
        ("x" * 5_000, None),
    ],
)
def test_zones_are_found_by_the_names_programs_give_them(name: str, known_as: str | None) -> None:
    found = find_zone(name)
    assert (found.name if found else None) == known_as


@pytest.mark.parametrize(
    "recurrence",
    [
        Recurrence(),
        Recurrence("weekly", interval=0),
        Recurrence("weekly", weekdays=("XX",)),
        Recurrence("weekly", weekdays=("1MO",)),
        Recurrence("daily", count=0),
        Recurrence(rule="FREQ=SECONDLY"),
        Recurrence(rule="FREQ=DAILY;COUNT=2;UNTIL=20270101"),
        Recurrence(rule="FREQ=DAILY;BYHOUR=25"),
        Recurrence(rule="FREQ=DAILY;UNTIL=20250101"),
        Recurrence(rule="FREQ=DAILY\r\nATTENDEE:mailto:x@example.org"),
        Recurrence(rule="junk"),
    ],
)
def test_a_wrong_recurrence_is_refused(recurrence: Recurrence) -> None:
    draft = Draft("u1", "x", read_moment("2026-06-01", BERLIN), read_moment("2026-06-02", BERLIN), recurrence)
    with pytest.raises(InvalidInput):
        build(draft, NOW)


def test_an_end_before_the_start_is_refused() -> None:
    draft = Draft("u1", "x", read_moment("2026-06-01T10:00", BERLIN), read_moment("2026-06-01T09:00", BERLIN))
    with pytest.raises(InvalidInput, match="is not after the start"):
        build(draft, NOW)


def test_the_zone_is_defined_with_the_wall_times_before_each_change() -> None:
    draft = Draft("u1", "x", read_moment("2026-06-01T10:00", BERLIN), read_moment("2026-06-01T11:00", BERLIN))
    text = write(build(draft, NOW))
    summer = text.partition("BEGIN:DAYLIGHT")[2].partition("END:DAYLIGHT")[0]
    assert "DTSTART:20250330T020000" in summer
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in summer
    assert "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200" in summer
