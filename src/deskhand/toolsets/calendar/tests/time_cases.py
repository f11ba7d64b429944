"""Named cases of time: what is scheduled, and what must be shown. The expected times are written by hand."""

from dataclasses import dataclass

from deskhand.toolsets.calendar.event import Recurrence


@dataclass(frozen=True)
class Scheduled:
    """Start and end as a person says them (in Europe/Berlin), and the first starts as they must be shown."""

    name: str
    start: str
    end: str
    shown: tuple[str, ...]
    rule: str = ""
    plain: Recurrence | None = None
    ends: str = ""


B = " Europe/Berlin"

SCHEDULED = (
    Scheduled("plain winter time", "2026-01-15T10:00", "2026-01-15T11:00", ("2026-01-15T10:00:00+01:00" + B,)),
    Scheduled("plain summer time", "2026-07-15T10:00", "2026-07-15T11:00", ("2026-07-15T10:00:00+02:00" + B,)),
    Scheduled("gap moves forward", "2026-03-29T02:30", "2026-03-29T04:00", ("2026-03-29T03:30:00+02:00" + B,)),
    Scheduled("last minute before the gap", "2026-03-29T01:59", "2026-03-29T03:30", ("2026-03-29T01:59:00+01:00" + B,)),
    Scheduled("first minute after the gap", "2026-03-29T03:00", "2026-03-29T03:30", ("2026-03-29T03:00:00+02:00" + B,)),
    Scheduled("overlap is the first", "2026-10-25T02:30", "2026-10-25T02:45", ("2026-10-25T02:30:00+02:00" + B,)),
    Scheduled(
        "overlap, the second by offset",
        "2026-10-25T02:30+01:00",
        "2026-10-25T02:45+01:00",
        ("2026-10-25T01:30:00+00:00 UTC",),
    ),
    Scheduled(
        "meeting across the overlap lasts by the clock",
        "2026-10-25T01:30",
        "2026-10-25T03:30",
        ("2026-10-25T01:30:00+02:00" + B,),
        ends="2026-10-25T03:30:00+01:00" + B,
    ),
    Scheduled(
        "another zone by name",
        "2026-07-01T10:00 America/New_York",
        "2026-07-01T11:00 America/New_York",
        ("2026-07-01T10:00:00-04:00 America/New_York",),
    ),
    Scheduled(
        "RFC 9557 brackets",
        "2026-03-29T10:00:00+02:00[Europe/Berlin]",
        "2026-03-29T10:30:00+02:00[Europe/Berlin]",
        ("2026-03-29T10:00:00+02:00" + B,),
    ),
    Scheduled(
        "an offset alone is said in the own zone",
        "2026-07-01T10:00+09:00",
        "2026-07-01T11:00+09:00",
        ("2026-07-01T03:00:00+02:00" + B,),
    ),
    Scheduled("UTC with Z", "2026-07-01T08:00Z", "2026-07-01T09:00Z", ("2026-07-01T10:00:00+02:00" + B,)),
    Scheduled(
        "a Windows zone name",
        "2026-07-01T10:00 Tokyo Standard Time",
        "2026-07-01T11:00 Tokyo Standard Time",
        ("2026-07-01T10:00:00+09:00 Asia/Tokyo",),
    ),
    Scheduled(
        "a half-hour zone",
        "2026-07-01T10:00 Asia/Kolkata",
        "2026-07-01T11:00 Asia/Kolkata",
        ("2026-07-01T10:00:00+05:30 Asia/Kolkata",),
    ),
    Scheduled("across midnight", "2026-05-31T23:00", "2026-06-01T01:00", ("2026-05-31T23:00:00+02:00" + B,)),
    Scheduled(
        "start and end in two zones",
        "2026-07-01T10:00",
        "2026-07-01T07:00 America/New_York",
        ("2026-07-01T10:00:00+02:00" + B,),
        ends="2026-07-01T13:00:00+02:00" + B,
    ),
    Scheduled("all day", "2026-03-29", "2026-03-30", ("2026-03-29",)),
    Scheduled("all day, three days", "2026-12-30", "2027-01-02", ("2026-12-30",), ends="2027-01-02"),
    Scheduled("leap day, all day", "2028-02-29", "2028-03-01", ("2028-02-29",)),
    Scheduled(
        "weekly across the gap keeps the clock",
        "2026-03-23T09:30",
        "2026-03-23T10:00",
        ("2026-03-23T09:30:00+01:00" + B, "2026-03-30T09:30:00+02:00" + B, "2026-04-06T09:30:00+02:00" + B),
        plain=Recurrence("weekly", count=3),
    ),
    Scheduled(
        "weekly across the overlap keeps the clock",
        "2026-10-19T09:30",
        "2026-10-19T10:00",
        ("2026-10-19T09:30:00+02:00" + B, "2026-10-26T09:30:00+01:00" + B),
        plain=Recurrence("weekly", count=2),
    ),
    Scheduled(
        "daily through the gap: the missing one moves",
        "2026-03-28T02:30",
        "2026-03-28T02:45",
        ("2026-03-28T02:30:00+01:00" + B, "2026-03-29T03:30:00+02:00" + B, "2026-03-30T02:30:00+02:00" + B),
        plain=Recurrence("daily", count=3),
    ),
    Scheduled(
        "daily through the overlap: once, the first",
        "2026-10-24T02:30",
        "2026-10-24T02:45",
        ("2026-10-24T02:30:00+02:00" + B, "2026-10-25T02:30:00+02:00" + B, "2026-10-26T02:30:00+01:00" + B),
        plain=Recurrence("daily", count=3),
    ),
    Scheduled(
        "Feb 29 every year comes in leap years only",
        "2024-02-29",
        "2024-03-01",
        ("2024-02-29", "2028-02-29", "2032-02-29"),
        rule="FREQ=YEARLY;COUNT=3",
    ),
    Scheduled(
        "the 31st every month skips short ones",
        "2026-01-31T08:00",
        "2026-01-31T09:00",
        ("2026-01-31T08:00:00+01:00" + B, "2026-03-31T08:00:00+02:00" + B, "2026-05-31T08:00:00+02:00" + B),
        rule="FREQ=MONTHLY;COUNT=3",
    ),
    Scheduled(
        "month-end by -1",
        "2026-01-31",
        "2026-02-01",
        ("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"),
        rule="FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4",
    ),
    Scheduled(
        "last Friday of the month",
        "2026-01-30",
        "2026-01-31",
        ("2026-01-30", "2026-02-27", "2026-03-27"),
        plain=Recurrence("monthly", weekdays=("-1FR",), count=3),
    ),
    Scheduled(
        "second Tuesday of the month",
        "2026-01-13",
        "2026-01-14",
        ("2026-01-13", "2026-02-10", "2026-03-10"),
        plain=Recurrence("monthly", weekdays=("2TU",), count=3),
    ),
    Scheduled(
        "last working day of the month",
        "2026-01-30",
        "2026-01-31",
        ("2026-01-30", "2026-02-27", "2026-03-31"),
        rule="FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3",
    ),
    Scheduled(
        "every two weeks, week from Monday (RFC 5545)",
        "1997-08-05",
        "1997-08-06",
        ("1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"),
        rule="FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
    ),
    Scheduled(
        "every two weeks, week from Sunday (RFC 5545)",
        "1997-08-05",
        "1997-08-06",
        ("1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"),
        rule="FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
    ),
    Scheduled(
        "UNTIL is inclusive to the second",
        "2026-06-01T10:00",
        "2026-06-01T11:00",
        ("2026-06-01T10:00:00+02:00" + B, "2026-06-02T10:00:00+02:00" + B, "2026-06-03T10:00:00+02:00" + B),
        rule="FREQ=DAILY;UNTIL=20260603T080000Z",
    ),
    Scheduled(
        "UNTIL one second too early",
        "2026-06-01T10:00",
        "2026-06-01T11:00",
        ("2026-06-01T10:00:00+02:00" + B, "2026-06-02T10:00:00+02:00" + B),
        rule="FREQ=DAILY;UNTIL=20260603T075959Z",
    ),
    Scheduled(
        "until a day includes that day",
        "2026-06-01T23:30",
        "2026-06-01T23:45",
        ("2026-06-01T23:30:00+02:00" + B, "2026-06-02T23:30:00+02:00" + B),
        rule="FREQ=DAILY;UNTIL=20260602",
    ),
    Scheduled(
        "until a day, whole days",
        "2026-06-01",
        "2026-06-02",
        ("2026-06-01", "2026-06-02", "2026-06-03"),
        rule="FREQ=DAILY;UNTIL=20260603",
    ),
    Scheduled(
        "Friday the 13th",
        "2026-02-13",
        "2026-02-14",
        ("2026-02-13", "2026-03-13", "2026-11-13", "2027-08-13"),
        rule="FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=4",
    ),
    Scheduled(
        "week 53 comes only in long years",
        "2026-12-28",
        "2026-12-29",
        ("2026-12-28", "2032-12-27", "2037-12-28"),
        rule="FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=3",
    ),
    Scheduled(
        "the last day of the year",
        "2026-12-31",
        "2027-01-01",
        ("2026-12-31", "2027-12-31", "2028-12-31"),
        rule="FREQ=YEARLY;BYYEARDAY=-1;COUNT=3",
    ),
    Scheduled(
        "southern summer time",
        "2026-04-04T09:00 Australia/Sydney",
        "2026-04-04T10:00 Australia/Sydney",
        ("2026-04-04T09:00:00+11:00 Australia/Sydney", "2026-04-05T09:00:00+10:00 Australia/Sydney"),
        rule="FREQ=DAILY;COUNT=2",
    ),
)
