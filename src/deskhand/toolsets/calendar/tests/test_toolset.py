"""Listing events, finding times, resources and the rules of a toolset."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client.client import ConnectMode
from mcp_types import TextResourceContents

from deskhand.reference import tool_tokens
from deskhand.server.binding import bind_tools
from deskhand.testing import RecordedChanges, check_toolset, services, text_of
from deskhand.toolsets.calendar.finding_handle import Handle, parse_handle
from deskhand.toolsets.calendar.tests.desk import DISTANT, ERAS, Desk, Server, desk_of
from deskhand.toolsets.calendar.toolset import Calendar
from deskhand.toolsets.calendar.watching_resources import CalendarSettings

pytestmark = pytest.mark.anyio


def test_the_toolset_follows_the_rules() -> None:
    assert check_toolset(Calendar) == []


def test_the_four_tools_cost_few_tokens(tmp_path: Path) -> None:
    assert sum(map(tool_tokens, bind_tools(Calendar(CalendarSettings(), services(tmp_path))))) <= 1_050


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("calendar_events", {"start": "soon"}),
        ("calendar_find_times", {"start": "soon"}),
        ("schedule_meeting", {"title": "Plan", "start": "soon"}),
        ("calendar_update", {"id": "", "action": "cancel"}),
    ],
)
async def test_each_tool_refuses_in_words(tool: str, arguments: dict[str, str], tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        result = await desk.client.call_tool(tool, arguments)
        assert result.is_error
        assert "soon" in text_of(result) or "no event" in text_of(result)


async def read(desk: Desk, uri: str) -> dict[str, Any]:
    [content] = (await desk.client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    return json.loads(content.text)


@ERAS
async def test_calendar_events_lists_a_series_page_by_page(mode: ConnectMode, tmp_path: Path) -> None:
    async with desk_of(tmp_path, mode=mode) as desk:
        asked = {"start": "2026-12-01", "end": "2026-12-14", "query": "daily"}
        await desk.call("schedule_meeting", title="Daily", start="2026-12-01T09:00", recurrence="FREQ=DAILY;COUNT=5")
        first = await desk.call("calendar_events", **asked, limit=3)
        assert (len(first["events"]), first["total"], first["untrusted"]) == (3, 5, True)
        rest = await desk.call("calendar_events", **asked, limit=3, cursor=first["next_cursor"])
        assert [event["start"][:10] for event in rest["events"]] == ["2026-12-04", "2026-12-05"]
        assert (rest["next_cursor"], rest["events"][0]["recurrence"][:9]) == ("", "every day")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"start": "soon"}, "not a time"),
        ({"start": "2026-12-02", "end": "2026-12-01"}, "not after"),
        ({"calendar": "nowhere"}, "There are: personal, work"),
        ({"cursor": "x"}, "no cursor"),
        ({"start": "2020-01-01", "end": "2026-01-01"}, "days"),
    ],
)
async def test_calendar_events_says_what_it_cannot_read(arguments: dict[str, str], word: str, tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        assert word in await desk.refusal("calendar_events", **arguments)


@pytest.mark.parametrize("word", ["today", "tomorrow", "this week", "next week"])
async def test_calendar_events_knows_days_by_their_words(word: str, tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        window = (await desk.call("calendar_events", start=word))["window"]
        assert window.count("T00:00:00") == 2


@ERAS
async def test_calendar_find_times_goes_around_what_is_known(mode: ConnectMode, tmp_path: Path) -> None:
    async with desk_of(tmp_path, mode=mode) as desk:
        day = {"start": "2036-12-10", "end": "2036-12-10"}
        await desk.call("schedule_meeting", title="Busy", start="2036-12-10T09:00", duration=120)
        found = await desk.call("calendar_find_times", attendees="ann@example.org", duration=60, **day)
        assert found["unknown"] == ["ann@example.org"]
        assert all(each["start"] >= "2036-12-10T11:00:00+01:00" for each in found["times"])
        assert "all free whose calendar is known" in found["times"][0]["reasons"]


async def test_calendar_find_times_names_the_nearest_where_nobody_has_time(tmp_path: Path) -> None:
    server = Server(tmp_path / "server")

    class Remote(Calendar):
        """Calendars on a server of the test's own."""

        def open_remote(self) -> Server:
            return server

    async with desk_of(tmp_path, accounts={"work": DISTANT}, toolset=Remote) as desk:
        day = {"start": "2036-12-10", "end": "2036-12-10"}
        found = await desk.call("calendar_find_times", attendees="busy@example.org", duration=60, **day)
        assert found["times"] == []
        assert "busy@example.org is busy" in found["nearest"][0]["conflicts"]
    assert server.closed


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"working_hours": "17-9"}, "09:00-17:00"),
        ({"zone": "Europe/Berln"}, "Europe/Berlin"),
        ({"attendees": "ann"}, "ann"),
        ({"start": "2020-01-01"}, "past"),
        ({"duration": 5000}, "24 hours"),
    ],
)
async def test_calendar_find_times_says_what_it_cannot_read(
    arguments: dict[str, str], word: str, tmp_path: Path
) -> None:
    async with desk_of(tmp_path) as desk:
        assert word in await desk.refusal("calendar_find_times", **arguments)


@ERAS
async def test_events_and_days_are_resources(mode: ConnectMode, tmp_path: Path) -> None:
    async with desk_of(tmp_path, mode=mode) as desk:
        done = await desk.call("schedule_meeting", title="Focus", start="2026-12-10T10:00", calendar="work")
        event = await read(desk, done["uri"])
        assert (event["title"], event["reminders"]) == ("Focus", [10])
        day = await read(desk, "calendar://work/day/2026-12-10")
        assert [each["title"] for each in day["events"]][-1] == "Focus"
        listed = (await desk.client.list_resources()).resources
        assert any(str(each.uri).startswith("calendar://work/day/") for each in listed)


async def test_a_written_event_is_announced_to_its_person(tmp_path: Path) -> None:
    changes = RecordedChanges()
    calendar = Calendar(CalendarSettings(), replace(services(tmp_path), changes=changes))
    calendar.watching.written("local", "work", "u1")
    assert changes.updated == [("calendar://work/u1", "local")]


async def test_a_change_by_another_program_reaches_the_followers(tmp_path: Path) -> None:
    heard: list[tuple[str, str | None]] = []
    told = anyio.Event()

    class Following:
        """Followers of everything."""

        def followers(self, uri: str) -> set[str]:
            return {"local"}

        def resource_updated(self, uri: str, *, subject: str | None = None) -> None:
            heard.append((uri, subject))
            told.set()

        def resource_list_changed(self, *, subject: str | None = None) -> None:
            """Not listened to."""

    async with desk_of(tmp_path) as desk:
        done = await desk.call("schedule_meeting", title="Focus", start="2026-12-10T10:00")
        places, watching = desk.calendar.places, type(desk.calendar.watching)(desk.calendar.places, Following(), 0.1)
        uid = parse_handle(done["id"]).uid
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watching.run, done["uri"], "personal", uid)
            await anyio.wait_all_tasks_blocked()
            with anyio.fail_after(10):
                while not told.is_set():
                    stored = await places.find("local", uid)
                    text = stored.text.replace("SUMMARY:F", "SUMMARY:FF")
                    await places.backend("personal").put("local", "personal", uid, text, stored.etag)
                    with anyio.move_on_after(0.7):
                        await told.wait()
            tasks.cancel_scope.cancel()
        assert heard[0] == (done["uri"], "local")


@pytest.mark.parametrize("uid", ["u1", "a/b#c d@example.org", "%2F", "ü"])
def test_handles_are_read_as_they_are_written(uid: str) -> None:
    for calendar in ("work", "work/My Team"):
        handle = Handle(calendar, uid)
        assert parse_handle(str(handle)) == handle
        assert parse_handle(handle.uri) == handle
