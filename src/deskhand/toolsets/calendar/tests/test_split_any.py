"""Any series, cut anywhere: what is shown before and from the cut on is what was shown; a new start moves the rest."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.edit import Change, change
from deskhand.toolsets.calendar.event import Event
from deskhand.toolsets.calendar.ics import read, write
from deskhand.toolsets.calendar.moment import Moment
from deskhand.toolsets.calendar.occurrences import Window, expand, moved_by
from deskhand.toolsets.calendar.one_of_series import Target
from deskhand.toolsets.calendar.tests.series import BERLIN, at, raw

_YEAR = Window(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC), BERLIN)
_FIRST = datetime(2026, 3, 2)
_RULES = (
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=DAILY;BYHOUR=10,15",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=MO,WE,TH",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYMONTHDAY=-1,15",
    "FREQ=MONTHLY;BYDAY=2MO,-1FR",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY;BYMONTH=3,6,10",
    "FREQ=YEARLY;BYWEEKNO=12,20,40",
    "FREQ=HOURLY;INTERVAL=7",
)
_ENDS = (";COUNT=5", ";COUNT=9", ";UNTIL=20260401T000000Z", ";UNTIL=20260715T120000Z", ";UNTIL=20260320T235959")
_HOURS = (2, 9, 10, 23)
"""2 is an hour the clocks skip on 29 March; an hour and a half from 23 ends on another day."""


def _text(wall: datetime) -> str:
    return f"TZID=Europe/Berlin:{wall:%Y%m%dT%H%M%S}"


@st.composite
def _days_off(draw: st.DrawFn) -> datetime:
    return _FIRST + timedelta(days=draw(st.integers(1, 60)), hours=draw(st.sampled_from((9, 10, 15))))


@st.composite
def _series(draw: st.DrawFn, *, ends: bool) -> Calendar:
    """A series of rules, further dates, dates left out, moved and cancelled occurrences, and changes that hold on."""
    start = _FIRST + timedelta(hours=draw(st.sampled_from(_HOURS[1:] if ends else _HOURS)), minutes=30)
    length = timedelta(minutes=draw(st.sampled_from((0, 90, 60 * 9, 60 * 26))))
    lines = [f"DTSTART;{_text(start)}", f"DTEND;{_text(start + length)}", "SUMMARY:Meeting"]
    for rule in draw(st.lists(st.sampled_from(_RULES), min_size=1, max_size=2, unique=True)):
        end = draw(st.sampled_from(_ENDS if ends or "HOURLY" in rule else (*_ENDS, "")))
        lines.append(f"RRULE:{rule}{end}")
    lines += [f"RDATE;{_text(each)}" for each in draw(st.lists(_days_off(), max_size=2))]
    shown = _shown(raw("|".join(lines)))
    some = st.lists(st.sampled_from(shown), max_size=3, unique_by=lambda event: event.start)
    lines += [f"EXDATE;{_text(_wall(event.start))}" for event in draw(some)]
    kept = _shown(raw("|".join(lines)))
    assume(len(kept) > 1)
    held = draw(st.booleans())
    excepted = draw(st.lists(st.sampled_from(kept), max_size=3, unique_by=lambda event: event.start))
    return raw("|".join(lines), *(draw(_exception(event, held=held)) for event in excepted))


@st.composite
def _exception(draw: st.DrawFn, event: Event, *, held: bool) -> str:
    kind = draw(st.sampled_from(("moved", "longer", "text", "cancelled", *(["holds on"] if held else []))))
    named, begin = _wall(event.start), _wall(event.start)
    length = timedelta(hours=draw(st.integers(3, 5))) if kind == "longer" else timedelta(hours=1)
    if kind in ("moved", "holds on"):
        begin += timedelta(hours=draw(st.integers(-30, 30)))
    holding = "RANGE=THISANDFUTURE;" if kind == "holds on" else ""
    return "|".join(
        [
            f"RECURRENCE-ID;{holding}{_text(named)}",
            f"DTSTART;{_text(begin)}",
            f"DTEND;{_text(begin + length)}",
            f"SUMMARY:{kind}",
            f"STATUS:{'CANCELLED' if kind == 'cancelled' else 'CONFIRMED'}",
        ]
    )


def _wall(value: date | datetime | None) -> datetime:
    assert isinstance(value, datetime)
    return value.astimezone(BERLIN.tz).replace(tzinfo=None, fold=0)


def _shown(calendar: Calendar | None) -> list[Event]:
    assert calendar is not None
    return list(expand(read(write(calendar)), _YEAR, most=5_000).events)


def _named(event: Event) -> datetime:
    assert isinstance(event.recurrence_id, datetime)
    return event.recurrence_id


def _plain(event: Event) -> tuple[str, str, str, str]:
    return event.start_text(), event.end_text(), event.title, event.status


def _cut_of(calendar: Calendar, data: st.DataObject) -> Target:
    """Any occurrence but the first."""
    first = at(calendar).span().start
    events = [each for each in _shown(calendar) if each.recurrence_id and _named(each) > first]
    assume(events)
    event = data.draw(st.sampled_from(events[:20]))
    return Target(calendar, "u1", event.recurrence_id, BERLIN, datetime(2026, 1, 2, tzinfo=UTC))


@settings(max_examples=15)
@given(_series(ends=False), st.data())
def test_a_series_cut_anywhere_shows_what_it_showed(calendar: Calendar, data: st.DataObject) -> None:
    target = _cut_of(calendar, data)
    cut, every = target.recurrence_id, _shown(calendar)
    assert isinstance(cut, datetime)
    try:
        edited = change(target, "following", Change(description="More"), new_uid="u2")
    except InvalidInput as error:
        assume("is no time of its rule" not in str(error))
        raise
    assert sorted(map(_plain, _shown(edited.calendar))) == sorted(_plain(e) for e in every if _named(e) < cut)
    assert sorted(map(_plain, _shown(edited.tail))) == sorted(_plain(e) for e in every if _named(e) >= cut)
    assert {event.description for event in _shown(edited.tail)} == {"More"}


@settings(max_examples=15)
@given(_series(ends=True), st.data(), st.sampled_from((-3, 2, 5)))
def test_a_new_start_moves_the_rest_and_nothing_before_it(calendar: Calendar, data: st.DataObject, by: int) -> None:
    target = _cut_of(calendar, data)
    cut, every = target.recurrence_id, _shown(calendar)
    assert isinstance(cut, datetime)
    assume("THISANDFUTURE" not in write(calendar))
    step = timedelta(hours=by)
    start = moved_by(cut, step)
    try:
        edited = change(target, "following", Change(start=Moment(start, BERLIN)), new_uid="u2")
    except InvalidInput as error:
        assume("is no time of its rule" not in str(error) and "new recurrence" not in str(error))
        raise
    wanted: list[str] = []
    for event in (each for each in every if _named(each) >= cut):
        own_time = event.start != _named(event) and _named(event) != cut
        wanted.append(Moment(event.start if own_time else moved_by(_named(event), step), BERLIN).text())
    assert sorted(map(_plain, _shown(edited.calendar))) == sorted(_plain(e) for e in every if _named(e) < cut)
    assert sorted(event.start_text() for event in _shown(edited.tail)) == sorted(wanted)
