"""Scheduling: at once on this machine, asked about once, waiting where nobody can be asked, never twice."""

from pathlib import Path

import mcp_types as types
import pytest
from mcp.client.client import ConnectMode

from deskhand.principal import Principal
from deskhand.toolsets.calendar.inviting_plan import mail_key
from deskhand.toolsets.calendar.tests.desk import (
    DECLINED,
    DISTANT,
    ERAS,
    NO,
    NOWHERE,
    YES,
    Server,
    desk_of,
    key_of,
)
from deskhand.toolsets.calendar.toolset import Calendar

pytestmark = pytest.mark.anyio
ALONE = {"title": "Focus", "start": "2026-12-10T10:00", "duration": 45}
PLAN = {**ALONE, "title": "Plan", "attendees": "Ann <ann@example.org>, bob@example.org"}


@pytest.fixture
def distant(tmp_path: Path) -> tuple[Server, type[Calendar]]:
    """A server of calendars, and the toolset that uses it."""
    server = Server(tmp_path / "server")

    class Remote(Calendar):
        """Calendars on a server of the test's own."""

        def open_remote(self) -> Server:
            return server

    return server, Remote


@ERAS
async def test_schedule_meeting_alone_is_done_at_once_and_stays_here(mode: ConnectMode, tmp_path: Path) -> None:
    async with desk_of(tmp_path, mode=mode, answer=YES) as desk:
        done = await desk.call("schedule_meeting", **ALONE)
        assert (done["state"], done["local_only"], done["told"]) == ("done", True, [])
        [event] = await desk.events("focus")
        assert (event["start"], event["id"]) == ("2026-12-10T10:00:00+01:00 Europe/Berlin", done["id"])
        assert event["end"] == "2026-12-10T10:45:00+01:00 Europe/Berlin"
        assert (desk.asked, await desk.sent()) == ([], [])


@ERAS
async def test_schedule_meeting_invites_by_mail(mode: ConnectMode, tmp_path: Path) -> None:
    async with desk_of(tmp_path, mode=mode) as desk:
        done = await desk.call("schedule_meeting", **PLAN, location="https://meet.example.org/1")
        assert (done["local_only"], done["told"]) == (True, ["ann@example.org", "bob@example.org"])
        [event] = await desk.events("plan")
        assert event["attendees"] == ["Ann <ann@example.org>: needs-action", "bob@example.org: needs-action"]
        assert event["link"] == "https://meet.example.org/1"
        [invitation] = await desk.sent()
        assert (invitation.method, f"personal/{invitation.uid}") == ("REQUEST", done["id"])


@ERAS
async def test_schedule_meeting_twice_gives_the_first_answer(mode: ConnectMode, tmp_path: Path) -> None:
    async with desk_of(tmp_path, mode=mode) as desk:
        first = await desk.call("schedule_meeting", **PLAN, idempotency_key="k1")
        assert await desk.call("schedule_meeting", **PLAN, idempotency_key="k1") == first
        refused = await desk.refusal("schedule_meeting", **{**PLAN, "title": "Else"}, idempotency_key="k1")
        assert "Choose another key" in refused
        assert (len(await desk.events("plan")), len(await desk.sent())) == (1, 1)


async def test_schedule_meeting_shows_conflicts_before_anything_is_written(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        await desk.call("schedule_meeting", **ALONE)
        shown = await desk.call("schedule_meeting", **{**PLAN, "start": "2026-12-10T10:30"}, dry_run=True)
        assert shown["state"] == "preview"
        assert any(each.startswith("Focus, 2026-12-10T10:00:00+01:00") for each in shown["conflicts"])
        assert "Invitation by mail to: ann@example.org, bob@example.org" in shown["preview"]
        assert await desk.events("plan") == []


@ERAS
@pytest.mark.parametrize("answer", [NO, DECLINED], ids=["no", "decline"])
async def test_schedule_meeting_asks_once_and_takes_no_for_an_answer(
    answer: types.ElicitResult, mode: ConnectMode, tmp_path: Path
) -> None:
    async with desk_of(tmp_path, mode=mode, answer=answer, accounts={"work": NOWHERE}) as desk:
        denied = await desk.call("schedule_meeting", **PLAN)
        assert (denied["state"], len(desk.asked)) == ("denied", 1)
        assert "Start: 2026-12-10T10:00:00+01:00 Europe/Berlin" in desk.asked[0]
        assert "Invitation by mail to: ann@example.org, bob@example.org" in desk.asked[0]
        assert (await desk.call("schedule_meeting", **PLAN))["state"] == "denied"
        assert (len(desk.asked), await desk.events("plan")) == (1, [])


@ERAS
async def test_schedule_meeting_waits_where_nobody_can_be_asked(
    mode: ConnectMode, tmp_path: Path, distant: tuple[Server, type[Calendar]]
) -> None:
    server, remote = distant
    async with desk_of(tmp_path, mode=mode, accounts={"work": DISTANT}, toolset=remote) as desk:
        waiting = await desk.call("schedule_meeting", **PLAN)
        assert waiting["state"] == "waiting"
        assert f"deskhand approve {key_of(waiting)}" in waiting["note"]
        assert (server.puts, await desk.sent()) == (0, [])
        entry = await desk.approve(key_of(waiting))
        assert (entry.state, server.puts, len(await desk.sent())) == ("done", 1, 1)
        done = await desk.call("schedule_meeting", **PLAN)
        assert (done["state"], done["local_only"], server.puts) == ("done", False, 1)


async def test_a_meeting_whose_invitation_fails_is_finished_by_the_same_call(tmp_path: Path) -> None:
    async with desk_of(tmp_path, answer=YES, accounts={"work": NOWHERE}) as desk:
        refused = await desk.refusal("schedule_meeting", **PLAN, idempotency_key="k1")
        assert "The calendar has it" in refused
        await desk.refusal("schedule_meeting", **PLAN, idempotency_key="k1")
        assert len(await desk.events("plan")) == 1
        assert (await desk.server.outbox.find("local", mail_key("k1", 0))).state == "failed"
        assert len(await desk.server.outbox.newest("local")) == 2


async def test_an_answer_that_got_lost_is_looked_for_and_the_mail_sent_once(
    tmp_path: Path, distant: tuple[Server, type[Calendar]]
) -> None:
    server, remote = distant
    async with desk_of(tmp_path, answer=YES, accounts={"work": DISTANT}, toolset=remote) as desk:
        server.broken = "after"
        unknown = await desk.call("schedule_meeting", **PLAN, idempotency_key="k1")
        assert (unknown["state"], await desk.sent()) == ("unknown", [])
        server.broken = ""
        done = await desk.call("schedule_meeting", **PLAN, idempotency_key="k1")
        assert (done["state"], server.puts, len(await desk.sent())) == ("done", 1, 1)
        assert len(await desk.events("plan")) == 1


async def test_a_server_that_is_away_has_surely_done_nothing(
    tmp_path: Path, distant: tuple[Server, type[Calendar]]
) -> None:
    server, remote = distant
    async with desk_of(tmp_path, answer=YES, accounts={"work": DISTANT}, toolset=remote) as desk:
        server.broken = "before"
        assert "does not answer" in await desk.refusal("schedule_meeting", **PLAN)
        server.broken = ""
        assert (await desk.call("schedule_meeting", **PLAN))["state"] == "done"
        assert (server.puts, len(await desk.sent())) == (1, 1)


async def test_schedule_meeting_says_what_the_clocks_do(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        done = await desk.call("schedule_meeting", title="Early", start="2027-03-28T02:30", duration=30)
        assert done["start"] == "2027-03-28T03:30:00+02:00 Europe/Berlin"
        assert "does not exist" in done["notes"][0]
        days = await desk.call("schedule_meeting", title="Away", start="2026-12-21", end="2026-12-23")
        assert (days["start"], days["end"]) == ("2026-12-21", "2026-12-23")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"start": "soon"}, "not a time"),
        ({"end": "2026-12-10T09:00"}, "not after the start"),
        ({"attendees": "ann"}, "ann"),
        ({"calendar": "nowhere"}, "There are: personal, work"),
        ({"recurrence": "often"}, "OFTEN"),
        ({"reminders": "later"}, "no minutes"),
        ({"title": " "}, "title"),
    ],
)
async def test_schedule_meeting_refuses_what_makes_no_meeting(
    arguments: dict[str, object], word: str, tmp_path: Path
) -> None:
    async with desk_of(tmp_path) as desk:
        assert word in await desk.refusal("schedule_meeting", **{**ALONE, **arguments})


async def test_people_see_their_own_calendars_only(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        done = await desk.call("schedule_meeting", **ALONE)
    async with desk_of(tmp_path, caller=Principal("eve", scopes=frozenset({"calendar:read", "calendar:write"}))) as eve:
        assert await eve.events("focus") == []
        assert "None of your" in await eve.refusal("calendar_update", id=done["id"].split("/")[1], action="cancel")
