"""Calendars of other programs: exceptions, floating times, unknown zones, and what is broken or meant to harm."""

from dataclasses import dataclass
from datetime import UTC, datetime
from time import process_time

import pytest

from deskhand.errors import DeskhandError, InvalidInput
from deskhand.toolsets.calendar.ics import events_of, read, write
from deskhand.toolsets.calendar.occurrences import Window, expand
from deskhand.toolsets.calendar.reading import event_of
from deskhand.toolsets.calendar.vtimezone import ZonesOf
from deskhand.toolsets.calendar.zones import zone_named

BERLIN = zone_named("Europe/Berlin")
YEAR = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), BERLIN)
B = " Europe/Berlin"
CUSTOM = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def calendar_of(*events: str, before: str = "") -> str:
    body = "".join(f"BEGIN:VEVENT\nUID:u1\nDTSTAMP:20260101T000000Z\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{before}{body}END:VCALENDAR\n".replace("\n", "\r\n")


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    shown: tuple[str, ...]


DAILY = "DTSTART;TZID=Europe/Berlin:20260601T100000\nDTEND;TZID=Europe/Berlin:20260601T110000\nRRULE:FREQ=DAILY;COUNT=3"
DAY = "DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=DAILY;COUNT=3"
CASES = (
    Case("floating time is the person's", calendar_of("DTSTART:20260601T100000"), ("2026-06-01T10:00:00+02:00" + B,)),
    Case("UTC stays UTC", calendar_of("DTSTART:20260601T100000Z"), ("2026-06-01T10:00:00+00:00 UTC",)),
    Case(
        "an unknown zone is the person's",
        calendar_of("DTSTART;TZID=Nowhere:20260601T100000"),
        ("2026-06-01T10:00:00+02:00" + B,),
    ),
    Case(
        "a zone the file defines, summer",
        calendar_of("DTSTART;TZID=Customized Time Zone:20260601T100000", before=CUSTOM),
        ("2026-06-01T10:00:00+02:00 Customized Time Zone",),
    ),
    Case(
        "a zone the file defines, across its change",
        calendar_of("DTSTART;TZID=Customized Time Zone:20260328T100000\nRRULE:FREQ=DAILY;COUNT=2", before=CUSTOM),
        ("2026-03-28T10:00:00+01:00 Customized Time Zone", "2026-03-29T10:00:00+02:00 Customized Time Zone"),
    ),
    Case(
        "the same name, defined otherwise in another file",
        calendar_of(
            "DTSTART;TZID=Customized Time Zone:20260601T100000",
            before=CUSTOM.replace("+0200", "-0400").replace("+0100", "-0500"),
        ),
        ("2026-06-01T10:00:00-04:00 Customized Time Zone",),
    ),
    Case(
        "a Windows zone",
        calendar_of('DTSTART;TZID="Eastern Standard Time":20260701T100000'),
        ("2026-07-01T10:00:00-04:00 America/New_York",),
    ),
    Case(
        "EXDATE",
        calendar_of(DAILY + "\nEXDATE;TZID=Europe/Berlin:20260602T100000"),
        ("2026-06-01T10:00:00+02:00" + B, "2026-06-03T10:00:00+02:00" + B),
    ),
    Case(
        "EXDATE in UTC",
        calendar_of(DAILY + "\nEXDATE:20260602T080000Z"),
        ("2026-06-01T10:00:00+02:00" + B, "2026-06-03T10:00:00+02:00" + B),
    ),
    Case("EXDATE of days", calendar_of(DAY + "\nEXDATE;VALUE=DATE:20260601,20260602"), ("2026-06-03",)),
    Case(
        "RDATE beside a rule",
        calendar_of(DAY + "\nRDATE;VALUE=DATE:20260610,20260602"),
        ("2026-06-01", "2026-06-02", "2026-06-03", "2026-06-10"),
    ),
    Case(
        "one instance moved to another day",
        calendar_of(
            DAILY, "RECURRENCE-ID;TZID=Europe/Berlin:20260602T100000\nDTSTART;TZID=Europe/Berlin:20260605T150000"
        ),
        ("2026-06-01T10:00:00+02:00" + B, "2026-06-03T10:00:00+02:00" + B, "2026-06-05T15:00:00+02:00" + B),
    ),
    Case(
        "one instance moved, named in UTC",
        calendar_of(DAILY, "RECURRENCE-ID:20260601T080000Z\nDTSTART;TZID=Asia/Tokyo:20260601T200000"),
        ("2026-06-01T20:00:00+09:00 Asia/Tokyo", "2026-06-02T10:00:00+02:00" + B, "2026-06-03T10:00:00+02:00" + B),
    ),
    Case(
        "this and future, moved",
        calendar_of(
            DAILY,
            "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260602T100000\n"
            "DTSTART;TZID=Europe/Berlin:20260602T120000\nDTEND;TZID=Europe/Berlin:20260602T130000",
        ),
        ("2026-06-01T10:00:00+02:00" + B, "2026-06-02T12:00:00+02:00" + B, "2026-06-03T12:00:00+02:00" + B),
    ),
    Case(
        "an instance without its master",
        calendar_of("RECURRENCE-ID:20260601T080000Z\nDTSTART:20260601T090000Z"),
        ("2026-06-01T09:00:00+00:00 UTC",),
    ),
    Case("no end", calendar_of("DTSTART:20260601T100000Z"), ("2026-06-01T10:00:00+00:00 UTC",)),
    Case(
        "end before start",
        calendar_of("DTSTART:20260601T100000Z\nDTEND:20260601T090000Z"),
        ("2026-06-01T10:00:00+00:00 UTC",),
    ),
    Case("no start", calendar_of("SUMMARY:lost"), ()),
    Case("a start that is none", calendar_of("DTSTART:2026"), ()),
    Case(
        "broken lines",
        calendar_of("what is this\nDTSTART:20260601T100000Z\n;;;:::\nGEO:x"),
        ("2026-06-01T10:00:00+00:00 UTC",),
    ),
    Case("a rule nobody knows", calendar_of("DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=FORTNIGHTLY"), ("2026-06-01",)),
    Case(
        "an empty rule that never comes",
        calendar_of("DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
        ("2026-06-01",),
    ),
    Case("interval zero", calendar_of("DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=DAILY;INTERVAL=0"), ("2026-06-01",)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_foreign_calendar_is_shown_as_it_is_meant(case: Case) -> None:
    events = expand(read(case.text), YEAR).events
    assert tuple(event.start_text() for event in events) == case.shown


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_writing_what_was_read_changes_no_time(case: Case) -> None:
    events = expand(read(write(read(case.text))), YEAR).events
    assert tuple(event.start_text() for event in events) == case.shown


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;COUNT=999999999",
        "FREQ=MINUTELY;BYHOUR=1;BYMINUTE=1",
        "FREQ=DAILY;COUNT=999999999",
        "FREQ=DAILY;INTERVAL=999999999",
        "FREQ=YEARLY;INTERVAL=999999999",
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
        "FREQ=YEARLY;BYSECOND=1,2,3;BYMINUTE=" + ",".join(map(str, range(60))) + ";BYHOUR=1,2,3,4,5,6",
    ],
)
def test_no_rule_takes_long(rule: str) -> None:
    text = calendar_of(f"DTSTART:19000101T000000Z\nRRULE:{rule}")
    began = process_time()
    found = expand(read(text), YEAR)
    assert process_time() - began < 3
    assert len(found.events) <= 1_000


def test_too_many_occurrences_are_cut_and_said() -> None:
    found = expand(read(calendar_of("DTSTART:20260101T000000Z\nRRULE:FREQ=HOURLY")), YEAR)
    assert (len(found.events), found.cut) == (1_000, True)


def test_a_zone_with_an_endless_rule_takes_no_time() -> None:
    endless = CUSTOM.replace("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "FREQ=SECONDLY")
    began = process_time()
    expand(read(calendar_of("DTSTART;TZID=Customized Time Zone:20260601T100000", before=endless)), YEAR)
    assert process_time() - began < 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT\r\nEND:VEVENT",
        "\0\0",
        "BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\n" * 4_000 + "END:VEVENT\r\n" * 4_000 + "END:VCALENDAR\r\n",
        "/etc/hostname",
        "BEGIN:VCALENDAR\r\n" * 30_000,
    ],
)
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(DeskhandError):
        read(text)


def test_unknown_properties_survive() -> None:
    text = calendar_of(
        "DTSTART:20260601T100000Z\nX-VENDOR;A=b:1\\, 2\nATTACH:https://example.org/a.pdf\nGEO:48.1;11.5\n"
        "BEGIN:VALARM\nACTION:AUDIO\nTRIGGER:-PT7M\nX-SOUND:bell\nEND:VALARM"
    )
    again = write(read(text))
    for line in ("X-VENDOR;A=b:1\\, 2", "ATTACH:https://example.org/a.pdf", "GEO:48.1;11.5", "X-SOUND:bell"):
        assert f"\r\n{line}\r\n" in again


def test_what_is_odd_is_said() -> None:
    events = expand(read(calendar_of("DTSTART;TZID=Nowhere:20260601T100000\nDTEND;TZID=Nowhere:20260601T090000")), YEAR)
    assert "unknown" in events.events[0].notes[0]
    assert "end is before its start" in events.events[0].notes[1]


def test_an_event_without_start_cannot_be_shown_alone() -> None:
    calendar = read(calendar_of("SUMMARY:lost"))
    with pytest.raises(InvalidInput):
        event_of(events_of(calendar)[0], ZonesOf(calendar, BERLIN))
