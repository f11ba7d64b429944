"""The calendar tools over a real server: a series is scheduled, changed in part, cut and cancelled."""

from pathlib import Path

import pytest
from tests.calendar_server.radicale import Radicale

from deskhand.toolsets.calendar.tests.desk import YES, desk_of

pytestmark = pytest.mark.anyio


async def test_a_series_at_a_real_server(radicale: Radicale, tmp_path: Path) -> None:
    user = radicale.user()
    user.make_calendar("a", "Team")
    account = {
        "address": "you@deskhand.localhost",
        "caldav": radicale.url,
        "user": user.name,
        "password": user.password,
        "security": "none",
    }
    async with desk_of(tmp_path, answer=YES, accounts={"work": account}) as desk:
        plan = {"title": "Plan", "start": "2026-12-01T10:00", "recurrence": "weekly", "attendees": "ann@example.org"}
        done = await desk.call("schedule_meeting", **plan)
        assert (done["calendar"], done["local_only"]) == ("work/Team", False)
        _, second, _, fourth, *_ = await desk.events("plan")
        await desk.call("calendar_update", id=second["id"], action="change", start="2026-12-08T15:00")
        moved = {"action": "change", "scope": "following", "start": "2026-12-22T16:00"}
        await desk.call("calendar_update", id=fourth["id"], **moved)
        starts = [event["start"][5:16] for event in await desk.events("plan", end="2026-12-31")]
        assert starts == ["12-01T10:00", "12-08T15:00", "12-15T10:00", "12-22T16:00", "12-29T16:00"]
        await desk.call("calendar_update", id=done["id"], action="cancel")
        assert len(await desk.events("plan", end="2026-12-31")) == 2
        assert [each.method for each in await desk.sent()] == ["REQUEST"] * 4 + ["CANCEL"]
        assert len(desk.asked) == 4
