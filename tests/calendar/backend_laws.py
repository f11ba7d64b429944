"""How every place of calendars behaves: run over the local store and over a real server, empty at first."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import anyio
import pytest

from deskhand.errors import Conflict, InvalidInput, NotFound
from deskhand.toolsets.calendar.backend import CalendarBackend, Stored
from deskhand.toolsets.calendar.ics import events_of, read, text_of
from deskhand.toolsets.calendar.occurrences import Window, expand
from deskhand.toolsets.calendar.zones import zone_named

BERLIN = zone_named("Europe/Berlin")
JUNE = (datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Place:
    """A place with two people, who both have one calendar of that name, in which there is nothing."""

    backend: CalendarBackend
    calendar: str
    title: str

    async def put(self, text: str, uid: str = "u1", etag: str | None = None, subject: str = "ann") -> Stored:
        return await self.backend.put(subject, self.calendar, uid, text, etag)

    async def get(self, uid: str = "u1", subject: str = "ann") -> Stored:
        return await self.backend.get(subject, self.calendar, uid)

    async def delete(self, uid: str, etag: str) -> None:
        await self.backend.delete("ann", self.calendar, uid, etag)

    async def changed(self, token: str) -> tuple[str, tuple[str, ...] | None]:
        changed = await self.backend.changes("ann", self.calendar, token)
        return changed.token, changed.uids

    async def uids(self, start: datetime, end: datetime) -> list[str]:
        return sorted(each.uid for each in await self.backend.objects("ann", self.calendar, start, end))


Law = Callable[[Place], Awaitable[None]]
LAWS: list[Law] = []


def law(check: Law) -> Law:
    """Mark a law; its name says what holds."""
    LAWS.append(check)
    return check


def every_law(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Run a test once for each law."""
    return pytest.mark.parametrize("check", LAWS, ids=[check.__name__ for check in LAWS])(test)


def event(
    uid: str = "u1",
    start: str = "20260610T080000Z",
    end: str = "20260610T090000Z",
    more: str = "",
    title: str = "Meeting",
) -> str:
    """One event; times in UTC unless `more` says otherwise."""
    begin = f"DTSTART:{start}\r\nDTEND:{end}" if start.endswith("Z") else f"DTSTART;VALUE=DATE:{start}"
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//test//EN\r\nBEGIN:VEVENT\r\n"
        f"UID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n{begin}\r\nSUMMARY:{title}\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def title_of(stored: Stored) -> str:
    return text_of(events_of(read(stored.text))[0], "SUMMARY")


@law
async def the_calendar_is_listed_with_title_colour_and_token(place: Place) -> None:
    infos = [info for info in await place.backend.calendars("ann") if info.name == place.calendar]
    assert [(info.title, info.colour, info.writable) for info in infos] == [(place.title, "#f59e0b", True)]


@law
async def what_is_put_is_got(place: Place) -> None:
    put = await place.put(event())
    assert (put.calendar, put.uid, title_of(put)) == (place.calendar, "u1", "Meeting")
    assert put.etag
    assert await place.get() == put


@law
async def what_is_put_is_found_in_its_time_with_text_and_state(place: Place) -> None:
    put = await place.put(event())
    (found,) = await place.backend.objects("ann", place.calendar, *JUNE)
    assert (found.uid, found.etag) == ("u1", put.etag)
    assert events_of(read(found.text)) == events_of(read(put.text))


@law
async def what_is_over_is_left_out(place: Place) -> None:
    await place.put(event())
    assert await place.uids(JUNE[1], JUNE[1] + timedelta(days=30)) == []
    assert await place.uids(JUNE[0] - timedelta(days=30), JUNE[0]) == []


@law
async def series_are_found_by_their_occurrences(place: Place) -> None:
    await place.put(event("ever", "20250101T080000Z", "20250101T090000Z", "RRULE:FREQ=MONTHLY\r\n"), "ever")
    await place.put(
        event("past", "20250101T080000Z", "20250101T090000Z", "RRULE:FREQ=DAILY;UNTIL=20250601T000000Z\r\n"), "past"
    )
    await place.put(event("day", "20260615", more="RRULE:FREQ=YEARLY;COUNT=3\r\n"), "day")
    assert await place.uids(*JUNE) == ["day", "ever"]
    later = datetime(2028, 6, 14, tzinfo=UTC)
    assert "day" in await place.uids(later, later + timedelta(days=3))


@law
async def a_moved_occurrence_is_found_where_it_is_now(place: Place) -> None:
    moved = event("s", more="RRULE:FREQ=WEEKLY;COUNT=2\r\n").replace(
        "END:VEVENT\r\n",
        "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:20260617T080000Z\r\n"
        "DTSTART:20260820T080000Z\r\nDTEND:20260820T090000Z\r\nSUMMARY:Moved\r\nEND:VEVENT\r\n",
    )
    await place.put(moved, "s")
    start = datetime(2026, 8, 18, tzinfo=UTC)
    window = Window(start, start + timedelta(days=4), BERLIN)
    (found,) = await place.backend.objects("ann", place.calendar, window.start, window.end)
    assert [each.title for each in expand(read(found.text), window).events] == ["Moved"]


@law
async def an_event_is_not_overwritten_unseen(place: Place) -> None:
    first = await place.put(event())
    with pytest.raises(Conflict):
        await place.put(event(title="Another"))
    second = await place.put(event(title="Second"), etag=first.etag)
    assert second.etag != first.etag
    with pytest.raises(Conflict):
        await place.put(event(title="Third"), etag=first.etag)
    assert title_of(await place.get()) == "Second"


@law
async def what_was_deleted_meanwhile_is_not_written_again(place: Place) -> None:
    put = await place.put(event())
    await place.delete("u1", put.etag)
    with pytest.raises(Conflict):
        await place.put(event(title="Later"), etag=put.etag)
    with pytest.raises(NotFound):
        await place.get()


@law
async def an_event_is_deleted_at_its_state_alone(place: Place) -> None:
    first = await place.put(event())
    second = await place.put(event(title="Second"), etag=first.etag)
    with pytest.raises(Conflict):
        await place.delete("u1", first.etag)
    await place.delete("u1", second.etag)
    with pytest.raises(NotFound):
        await place.delete("u1", second.etag)
    assert await place.uids(*JUNE) == []


@law
async def it_can_be_made_again_after_it_was_deleted(place: Place) -> None:
    put = await place.put(event())
    await place.delete("u1", put.etag)
    assert title_of(await place.put(event(title="Again"))) == "Again"


@law
async def changes_are_told_since_a_token(place: Place) -> None:
    start, _ = await place.changed("")
    put = await place.put(event())
    added, uids = await place.changed(start)
    assert uids == ("u1",)
    assert await place.changed(added) == (added, ())
    second = await place.put(event(title="Second"), etag=put.etag)
    await place.put(event("u2"), "u2")
    more, uids = await place.changed(added)
    assert uids == ("u1", "u2")
    await place.delete("u1", second.etag)
    assert (await place.changed(more))[1] == ("u1",)
    assert (await place.changed(start))[1] == ("u1", "u2")


@law
async def a_token_from_elsewhere_means_to_read_anew(place: Place) -> None:
    await place.put(event())
    for foreign in ("nonsense", "999", "http://radicale.org/ns/sync/0", "etags:0"):
        token, uids = await place.changed(foreign)
        assert uids is None
        assert (await place.changed(token))[1] == ()


@law
async def from_the_beginning_everything_is_new(place: Place) -> None:
    for uid in ("u1", "u2", "u3"):
        await place.put(event(uid), uid)
    assert (await place.changed(""))[1] == ("u1", "u2", "u3")


@law
async def letters_of_the_world_are_kept(place: Place) -> None:
    title = "Frühstück 朝食 🥐 \\, naïve\\; عشاء"
    put = await place.put(event("ümlaut/../漢字@example.org", title=title), "ümlaut/../漢字@example.org")
    assert title_of(put) == "Frühstück 朝食 🥐 , naïve; عشاء"
    assert title_of(await place.get("ümlaut/../漢字@example.org")) == title_of(put)


@law
async def uids_differ_by_case_and_are_never_parts(place: Place) -> None:
    await place.put(event("abc", title="Small"), "abc")
    with pytest.raises(NotFound):
        await place.get("ABC")
    with pytest.raises(NotFound):
        await place.get("ab")


@law
async def nobody_sees_the_events_of_another(place: Place) -> None:
    await place.put(event())
    with pytest.raises(NotFound):
        await place.get(subject="bob")
    await place.put(event(title="Of Bob"), subject="bob")
    assert title_of(await place.get()) == "Meeting"


@law
async def a_calendar_that_is_none_is_not_found(place: Place) -> None:
    for name in ("nothing", "../work", "", "..", "/", f"{place.calendar}/../x", f"{place.calendar}\x00"):
        with pytest.raises(NotFound):
            await place.backend.get("ann", name, "u1")


@law
async def what_is_no_calendar_of_the_uid_is_refused(place: Place) -> None:
    for uid, text in (("u2", event()), ("u1", "junk"), ("u1", ""), ("u1", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")):
        with pytest.raises(InvalidInput):
            await place.put(text, uid)
    assert await place.uids(*JUNE) == []


@law
async def of_many_writers_at_once_one_wins(place: Place) -> None:
    etag = (await place.put(event())).etag
    won: list[str] = []

    async def attempt(title: str) -> None:
        try:
            await place.put(event(title=title), etag=etag)
        except Conflict:
            return
        won.append(title)

    async with anyio.create_task_group() as group:
        for number in range(6):
            group.start_soon(partial(attempt, f"Title {number}"))
    assert [title_of(await place.get())] == won


@law
async def a_stranger_is_unknown(place: Place) -> None:
    assert await place.backend.free_busy("ann", "zoe@example.com", *JUNE) is None
