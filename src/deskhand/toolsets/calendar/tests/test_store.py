"""Calendars on disk: whole writes, conflicts by etag, changes by whoever made them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from deskhand.errors import Conflict, DeskhandError, InvalidInput, NotFound
from deskhand.toolsets.calendar.backend import CalendarBackend
from deskhand.toolsets.calendar.folder import CalendarFolder
from deskhand.toolsets.calendar.ics import read, write
from deskhand.toolsets.calendar.occurrences import Window, expand
from deskhand.toolsets.calendar.store import LocalCalendars
from deskhand.toolsets.calendar.tests.series import BERLIN, NOW, series

pytestmark = pytest.mark.anyio
JUNE = (datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
TEXT = write(series("2026-06-01T10:00", "2026-06-01T11:00"))
MOVED = TEXT.replace("20260601T10", "20260601T09")


@pytest.fixture
def store(tmp_path: Path) -> LocalCalendars:
    return LocalCalendars(lambda subject: tmp_path / subject, lambda: NOW, BERLIN)


async def test_the_first_use_finds_calendars_with_events_around_now(store: CalendarBackend) -> None:
    assert [info.name for info in await store.calendars("ann")] == ["personal", "work"]
    window = Window(NOW - timedelta(days=7), NOW + timedelta(days=14), BERLIN)
    objects = [
        each for name in ("personal", "work") for each in await store.objects("ann", name, window.start, window.end)
    ]
    titles = {event.title for each in objects for event in expand(read(each.text), window).events}
    assert titles == {"Stand-up (sample)", "Project review (sample)", "Dentist (sample)", "Day off (sample)"}


async def test_samples_do_not_come_back_once_deleted(store: LocalCalendars, tmp_path: Path) -> None:
    for each in await store.objects("ann", "personal", NOW, NOW + timedelta(days=30)):
        await store.delete("ann", "personal", each.uid, each.etag)
    again = LocalCalendars(lambda subject: tmp_path / subject, lambda: NOW, BERLIN)
    assert await again.objects("ann", "personal", NOW, NOW + timedelta(days=30)) == []


async def test_what_is_put_is_got(store: CalendarBackend) -> None:
    put = await store.put("ann", "work", "u1", TEXT, None)
    assert await store.get("ann", "work", "u1") == put
    assert put.text == TEXT
    assert "u1" in [each.uid for each in await store.objects("ann", "work", *JUNE)]


async def test_nobody_sees_the_events_of_another(store: CalendarBackend) -> None:
    await store.put("ann", "work", "u1", TEXT, None)
    with pytest.raises(NotFound):
        await store.get("bob", "work", "u1")


async def test_an_event_is_not_overwritten_unseen(store: CalendarBackend) -> None:
    first = await store.put("ann", "work", "u1", TEXT, None)
    with pytest.raises(Conflict):
        await store.put("ann", "work", "u1", MOVED, None)
    second = await store.put("ann", "work", "u1", MOVED, first.etag)
    with pytest.raises(Conflict):
        await store.put("ann", "work", "u1", TEXT, first.etag)
    with pytest.raises(Conflict):
        await store.delete("ann", "work", "u1", first.etag)
    await store.delete("ann", "work", "u1", second.etag)
    with pytest.raises(Conflict):
        await store.put("ann", "work", "u1", TEXT, second.etag)
    with pytest.raises(NotFound):
        await store.delete("ann", "work", "u1", second.etag)


@pytest.mark.parametrize("calendar", ["nothing", "../work", "", "..", "/", "work/../work"])
async def test_a_calendar_that_is_none_is_not_found(store: CalendarBackend, calendar: str) -> None:
    with pytest.raises(NotFound):
        await store.get("ann", calendar, "u1")


@pytest.mark.parametrize(("uid", "text"), [("u2", TEXT), ("u1", "junk"), ("u1", "")])
async def test_what_is_no_calendar_of_the_uid_is_refused(store: CalendarBackend, uid: str, text: str) -> None:
    with pytest.raises(InvalidInput):
        await store.put("ann", "work", uid, text, None)


async def test_a_uid_is_no_path(store: CalendarBackend, tmp_path: Path) -> None:
    await store.put("ann", "work", "../../x/\u202e", TEXT.replace("UID:u1", "UID:../../x/\u202e"), None)
    assert (await store.get("ann", "work", "../../x/\u202e")).uid == "../../x/\u202e"
    assert {path.parent.name for path in tmp_path.rglob("*.ics")} <= {"work", "personal"}


async def test_changes_are_told_since_a_token(store: CalendarBackend) -> None:
    before = await store.changes("ann", "work", "")
    put = await store.put("ann", "work", "u1", TEXT, None)
    added = await store.changes("ann", "work", before.token)
    assert added.uids == ("u1",)
    assert (await store.changes("ann", "work", added.token)).uids == ()
    await store.delete("ann", "work", "u1", put.etag)
    assert (await store.changes("ann", "work", added.token)).uids == ("u1",)
    assert (await store.changes("ann", "work", "nonsense")).uids is None
    assert (await store.changes("ann", "work", "999")).uids is None


async def test_files_of_other_programs_are_seen(store: CalendarBackend, tmp_path: Path) -> None:
    token = (await store.changes("ann", "work", "")).token
    path = tmp_path / "ann" / "work" / "holiday plan.ics"
    path.write_text(TEXT, encoding="utf-8", newline="")
    assert (await store.changes("ann", "work", token)).uids == ("u1",)
    got = await store.get("ann", "work", "u1")
    await store.put("ann", "work", "u1", MOVED, got.etag)
    assert path.read_bytes().decode() == MOVED


async def test_a_file_that_is_no_calendar_harms_nothing(store: CalendarBackend, tmp_path: Path) -> None:
    await store.calendars("ann")
    (tmp_path / "ann" / "work" / "junk.ics").write_bytes(b"\xff\xfe\0junk")
    assert [each.uid for each in await store.objects("ann", "work", *JUNE)] == ["sample-stand-up@deskhand.example"]


async def test_a_query_leaves_out_what_is_over(store: CalendarBackend) -> None:
    await store.put("ann", "personal", "u1", TEXT, None)
    assert await store.objects("ann", "personal", JUNE[1], JUNE[1] + timedelta(days=30)) == []


async def test_nobody_else_is_known(store: CalendarBackend) -> None:
    assert await store.free_busy("ann", "bob@example.org", *JUNE) is None


async def test_of_many_writers_at_once_one_wins(tmp_path: Path) -> None:
    folders = [CalendarFolder(tmp_path, BERLIN) for _ in range(8)]
    folders[0].create("work", "Work")
    etag = folders[0].put("work", "u1", TEXT, None).etag

    def attempt(number: int) -> bool:
        try:
            folders[number].put("work", "u1", TEXT.replace("Meeting", f"Meeting {number}"), etag)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, range(8)))
    assert sum(won) == 1
    assert f"Meeting {won.index(True)}" in folders[0].get("work", "u1").text


async def test_first_use_by_several_at_once_makes_one_set_of_samples(tmp_path: Path) -> None:
    stores = [LocalCalendars(lambda subject: tmp_path / subject, lambda: NOW, BERLIN) for _ in range(4)]
    failures: list[DeskhandError] = []

    async def use(each: LocalCalendars) -> None:
        try:
            await each.calendars("ann")
        except DeskhandError as error:
            failures.append(error)

    async with anyio.create_task_group() as group:
        for each in stores:
            group.start_soon(use, each)
    assert failures == []
    assert len(list((tmp_path / "ann").rglob("*.ics"))) == 4
