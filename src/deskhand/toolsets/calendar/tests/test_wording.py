"""What is said of an event: which occurrence, in which zone, until which day."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from mcp_types import ElicitResult

from deskhand.mail.parse import parse
from deskhand.mail.query import Query
from deskhand.toolsets.calendar.ics import date_of
from deskhand.toolsets.calendar.tests.desk import NOWHERE, YES, Desk, desk_of

pytestmark = pytest.mark.anyio
SERIES = {
    "title": "Huddle",
    "start": "2026-12-07T09:00 America/New_York",
    "duration": 30,
    "recurrence": "FREQ=WEEKLY;UNTIL=20261231",
    "attendees": "ann@example.org",
}
OURS: Mapping[str, Mapping[str, object]] = {"work": {**NOWHERE, "address": "you@deskhand.localhost"}}


async def huddle(desk: Desk, number: int, **more: object) -> str:
    """The id of one occurrence of a new series, counted from 0."""
    await desk.call("schedule_meeting", **{**SERIES, **more})
    return str((await desk.events("huddle", start="2026-12-07"))[number]["id"])


async def newest_text(desk: Desk) -> str:
    """The text of the newest mail in Sent."""
    page = await desk.mailbox.search(Query(folder="sent"), offset=0, limit=1)
    return parse(await desk.mailbox.raw(page.envelopes[0].ref, max_bytes=1_000_000)).text


async def test_a_cancelled_occurrence_is_told_with_its_own_start(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        third = await huddle(desk, 2)
        preview = await desk.call("calendar_update", id=third, action="cancel", dry_run=True)
        assert preview["start"] == "2026-12-21T09:00:00-05:00 America/New_York"
        assert "this one only" in preview["preview"]
        assert "every week" not in preview["preview"]
        done = await desk.call("calendar_update", id=third, action="cancel")
        assert (done["start"], "(this one only)" in done["note"]) == (preview["start"], True)
        text = await newest_text(desk)
        assert "Start: 2026-12-21T09:00:00-05:00 America/New_York\n" in text
        assert "Of a series: this one only" in text
        assert "every week" not in text
        [event] = (await desk.sent())[-1].events
        assert str(getattr(date_of(event, "RECURRENCE-ID"), "value", "")) == "2026-12-21 09:00:00"


async def test_the_person_is_asked_about_the_occurrence_itself(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        third = await huddle(desk, 2)
    no = ElicitResult(action="accept", content={"agree": False})
    async with desk_of(tmp_path, answer=no, accounts=OURS) as desk:
        await desk.call("calendar_update", id=third, action="cancel")
        assert "Start: 2026-12-21T09:00:00-05:00" in desk.asked[0]
        assert "this one only" in desk.asked[0]


async def test_what_follows_is_cancelled_from_its_own_start_on(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        third = await huddle(desk, 2)
        asked = {"id": third, "action": "cancel", "scope": "following", "dry_run": True}
        preview = await desk.call("calendar_update", **asked)
        assert preview["start"][:10] == "2026-12-21"
        assert "this and all that follow" in preview["preview"]
        assert "this one only" not in preview["preview"]


async def test_a_naive_time_of_a_change_is_in_the_zone_of_the_event(tmp_path: Path) -> None:
    async with desk_of(tmp_path, answer=YES) as desk:
        second = await huddle(desk, 1)
        done = await desk.call("calendar_update", id=second, action="change", start="2026-12-14T10:00")
        assert done["start"] == "2026-12-14T10:00:00-05:00 America/New_York"
        assert "10:00 was taken in America/New_York, the zone of the event" in done["notes"]


async def test_a_naive_end_is_in_the_zone_of_the_start(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        first = await huddle(desk, 0)
        times = {"start": "2026-12-07T16:00 Europe/Berlin", "end": "2026-12-07T17:00"}
        moved = await desk.call("calendar_update", id=first, action="change", **times)
        assert moved["end"] == "2026-12-07T17:00:00+01:00 Europe/Berlin"
        assert not any("was taken" in note for note in moved["notes"])
        made = await desk.call("schedule_meeting", title="Other", **times)
        assert made["end"] == moved["end"]


async def test_schedule_meeting_says_whose_zone_a_naive_time_was_taken_in(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        done = await desk.call("schedule_meeting", title="Plan", start="2026-12-14T10:00")
        assert "10:00 was taken in Europe/Berlin, your zone" in done["notes"]


async def test_the_last_day_of_a_series_is_said_in_its_zone(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        preview = await desk.call("schedule_meeting", **SERIES, dry_run=True)
        assert "every week, until 2026-12-31" in preview["preview"]


async def test_what_a_changed_rest_replaces_is_no_conflict(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        third = await huddle(desk, 2)
        asked = {"id": third, "action": "change", "scope": "following", "end": "60"}
        assert (await desk.call("calendar_update", **asked))["conflicts"] == []


async def test_a_day_is_said_once_and_days_with_the_last_of_them(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        one = await desk.call("schedule_meeting", title="Fair", start="2026-12-07")
        two = await desk.call("schedule_meeting", title="Fair", start="2026-12-09", end="2026-12-10")
        assert [each["end"] for each in (one, two)] == ["2026-12-07", "2026-12-10"]
        listed = await desk.client.call_tool("calendar_events", {"start": "2026-12-07", "end": "2026-12-11"})
        text = "\n".join(str(getattr(block, "text", "")) for block in listed.content)
        assert "- 2026-12-07: Fair" in text
        assert "- 2026-12-09 to 2026-12-10: Fair" in text
