"""Changes, cancellations and answers: who is told what, of which occurrences, and only once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import ConnectMode

from deskhand.toolsets.calendar.ics import date_of, events_of, number_of, text_of, values, write
from deskhand.toolsets.calendar.itip import Incoming
from deskhand.toolsets.calendar.tests.desk import ERAS, NO, NOWHERE, Desk, desk_of, key_of, mail_with

pytestmark = pytest.mark.anyio
SERIES = {
    "title": "Plan",
    "start": "2026-12-01T10:00",
    "duration": 30,
    "recurrence": "weekly",
    "attendees": "ann@example.org",
}
INVITATION = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
METHOD:REQUEST
BEGIN:VEVENT
UID:theirs@example.org
DTSTAMP:20261119T080000Z
SEQUENCE:2
DTSTART:20261203T090000Z
DTEND:20261203T100000Z
SUMMARY:Review‮
ORGANIZER;CN=Ann:mailto:ann@example.org
ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:you@deskhand.localhost
ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.org
END:VEVENT
END:VCALENDAR
"""


async def scheduled(desk: Desk, **more: object) -> str:
    """The id of a new series of meetings."""
    return str((await desk.call("schedule_meeting", **{**SERIES, **more}))["id"])


async def starts(desk: Desk, end: str = "2026-12-24") -> list[str]:
    """When the meetings are, as wall times."""
    return [event["start"][5:16] for event in await desk.events("plan", end=end)]


async def occurrence(desk: Desk, number: int) -> Mapping[str, Any]:
    """One of the meetings."""
    return (await desk.events("plan"))[number]


def sequence(incoming: Incoming) -> int:
    return max(number_of(event, "SEQUENCE") for event in incoming.events)


@ERAS
async def test_calendar_update_moves_one_occurrence_and_tells_the_attendees(mode: ConnectMode, tmp_path: Path) -> None:
    async with desk_of(tmp_path, mode=mode) as desk:
        await scheduled(desk)
        second = await occurrence(desk, 1)
        done = await desk.call("calendar_update", id=second["id"], action="change", start="2026-12-08T15:00")
        assert (done["state"], done["told"], done["start"][:16]) == ("done", ["ann@example.org"], "2026-12-08T15:00")
        assert await starts(desk) == ["12-01T10:00", "12-08T15:00", "12-15T10:00", "12-22T10:00"]
        _, request = await desk.sent()
        assert (request.method, len(request.events), sequence(request)) == ("REQUEST", 1, 1)
        assert date_of(request.events[0], "RECURRENCE-ID") is not None


async def test_calendar_update_moves_the_following_as_a_series_of_their_own(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        first = await scheduled(desk)
        third = await occurrence(desk, 2)
        moved = await desk.call(
            "calendar_update",
            id=third["id"],
            action="change",
            scope="following",
            start="2026-12-15T16:00",
            title="Plan B",
        )
        assert moved["id"] != first
        assert await starts(desk) == ["12-01T10:00", "12-08T10:00", "12-15T16:00", "12-22T16:00"]
        assert [each.method for each in await desk.sent()] == ["REQUEST"] * 3


async def test_calendar_update_of_all_keeps_the_wall_time_over_a_change_of_the_clocks(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        series = await scheduled(desk, start="2027-03-22T09:00")
        await desk.call("calendar_update", id=series, action="change", end="60", location="Room 2")
        found = await desk.events("plan", start="2027-03-22", end="2027-04-01")
        assert [event["end"][:25] for event in found] == ["2027-03-22T10:00:00+01:00", "2027-03-29T10:00:00+02:00"]
        assert [event["location"] for event in found] == ["Room 2", "Room 2"]


async def test_calendar_update_needs_to_know_which_occurrence(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        series = await scheduled(desk)
        refused = await desk.refusal("calendar_update", id=series, action="cancel", scope="this")
        assert "id of the occurrence" in refused
        assert "what to change" in await desk.refusal("calendar_update", id=series, action="change")
        assert "no event" in await desk.refusal("calendar_update", id="personal/none", action="cancel")
        assert "organize" in await desk.refusal("calendar_update", id=series, action="accept")


@ERAS
async def test_calendar_update_cancels_with_a_higher_sequence_and_once(mode: ConnectMode, tmp_path: Path) -> None:
    async with desk_of(tmp_path, mode=mode) as desk:
        series = await scheduled(desk)
        first = await desk.call("calendar_update", id=series, action="cancel")
        assert await desk.call("calendar_update", id=series, action="cancel") == first
        invited, cancelled = await desk.sent()
        assert (invited.method, cancelled.method) == ("REQUEST", "CANCEL")
        assert sequence(cancelled) > sequence(invited)
        assert await starts(desk) == []


async def test_calendar_update_cancels_one_or_the_following(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        await scheduled(desk)
        second = await occurrence(desk, 1)
        await desk.call("calendar_update", id=second["id"], action="cancel")
        assert await starts(desk) == ["12-01T10:00", "12-15T10:00", "12-22T10:00"]
        fourth = await occurrence(desk, 2)
        await desk.call("calendar_update", id=fourth["id"], action="cancel", scope="following")
        assert await starts(desk) == ["12-01T10:00", "12-15T10:00"]
        assert [each.method for each in await desk.sent()] == ["REQUEST", "CANCEL", "REQUEST"]


async def test_calendar_update_tells_those_who_are_left_out(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        series = await scheduled(desk, recurrence="", attendees="ann@example.org, bob@example.org")
        done = await desk.call(
            "calendar_update", id=series, action="change", attendees="bob@example.org, cleo@example.org"
        )
        assert done["told"] == ["bob@example.org", "cleo@example.org", "ann@example.org"]
        cancelled = (await desk.sent())[-1]
        [event] = cancelled.events
        assert (cancelled.method, [str(each) for each in values(event, "ATTENDEE")]) == (
            "CANCEL",
            ["mailto:ann@example.org"],
        )


@pytest.mark.parametrize("by", ["mail", "uid"])
@pytest.mark.parametrize(("action", "status"), [("accept", "ACCEPTED"), ("decline", "DECLINED")])
async def test_calendar_update_answers_an_invitation_that_came_by_mail(
    action: str, status: str, by: str, tmp_path: Path
) -> None:
    async with desk_of(tmp_path) as desk:
        ref = await desk.deliver(mail_with(INVITATION, "REQUEST", "Ann <ann@example.org>"))
        id = f"{ref.account}/{ref.folder}/{ref.uid}" if by == "mail" else "theirs@example.org"
        done = await desk.call("calendar_update", id=id, action=action)
        assert (done["state"], done["told"]) == ("done", ["ann@example.org"])
        [reply] = await desk.sent()
        [event] = reply.events
        [me] = values(event, "ATTENDEE")
        assert (reply.method, str(me), me.params["PARTSTAT"]) == ("REPLY", "mailto:you@deskhand.localhost", status)
        assert number_of(event, "SEQUENCE") == 2
        [kept] = await desk.events("review")
        assert kept["title"] == "Review\\u202e"
        assert any("you@deskhand.localhost" in each and status.lower() in each for each in kept["attendees"])
        assert "organizes this event" in await desk.refusal("calendar_update", id=kept["id"], action="cancel")


async def test_an_invitation_to_somebody_else_cannot_be_accepted(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        text = INVITATION.replace("you@deskhand.localhost", "eve@example.org")
        await desk.deliver(mail_with(text, "REQUEST", "Ann <ann@example.org>"))
        assert "is invited" in await desk.refusal("calendar_update", id="theirs@example.org", action="accept")
        assert await desk.events("review") == []


async def test_an_invitation_cannot_take_over_the_meeting_of_somebody_else(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        uid = (await scheduled(desk, recurrence="")).split("/")[1]
        text = INVITATION.replace("theirs@example.org", uid).replace("mailto:ann@", "mailto:eve@")
        ref = await desk.deliver(mail_with(text, "REQUEST", "Eve <eve@example.org>"))
        refused = await desk.refusal("calendar_update", id=f"{ref.account}/{ref.folder}/{ref.uid}", action="accept")
        assert "not taken in" in refused
        assert len(await desk.events("plan")) == 1


@ERAS
async def test_calendar_update_asks_or_waits_before_others_are_told(mode: ConnectMode, tmp_path: Path) -> None:
    async with desk_of(tmp_path, mode=mode) as desk:
        series = await scheduled(desk)
    async with desk_of(
        tmp_path, mode=mode, answer=NO, accounts={"work": {**NOWHERE, "address": "you@deskhand.localhost"}}
    ) as desk:
        denied = await desk.call("calendar_update", id=series, action="cancel")
        assert (denied["state"], len(desk.asked)) == ("denied", 1)
        assert "Cancellation by mail to: ann@example.org" in desk.asked[0]
        assert len(await starts(desk)) == 4
    async with desk_of(
        tmp_path, mode=mode, accounts={"work": {**NOWHERE, "address": "you@deskhand.localhost"}}
    ) as desk:
        waiting = await desk.call("calendar_update", id=series, action="change", title="Renamed")
        assert (waiting["state"], len(await desk.events("renamed"))) == ("waiting", 0)
        assert (await desk.server.outbox.find("local", key_of(waiting))).kind == "meeting_update"


async def test_a_change_over_somebody_elses_is_refused_and_can_be_made_anew(tmp_path: Path) -> None:
    async with desk_of(tmp_path, accounts={"work": {**NOWHERE, "address": "you@deskhand.localhost"}}) as desk:
        series = await scheduled(desk, attendees="", recurrence="")
        await desk.call("calendar_update", id=series, action="change", attendees="ann@example.org")
        places = desk.calendar.places
        stored = await places.find("local", series.split("/")[1])
        other = stored.text.replace("SUMMARY:Plan", "SUMMARY:Plan X")
        await places.backend("personal").put("local", "personal", stored.uid, other, stored.etag)
        [entry] = await desk.server.outbox.newest("local", states=("waiting",))
        with pytest.raises(Exception, match="changed in the meantime"):
            await desk.approve(entry.key)
        again = await desk.call("calendar_update", id=series, action="change", attendees="ann@example.org")
        assert (again["state"], key_of(again) != entry.key) == ("waiting", True)


def answer_to(invitation: Incoming, status: str, stamp: str = "20260601T000000Z") -> str:
    """The REPLY Ann's program makes of an invitation."""
    text = write(invitation.calendar).replace("METHOD:REQUEST", "METHOD:REPLY")
    [event] = events_of(invitation.calendar)
    text = text.replace("PARTSTAT=NEEDS-ACTION", f"PARTSTAT={status}")
    lines = [f"DTSTAMP:{stamp}" if line.startswith("DTSTAMP") else line for line in text.splitlines()]
    assert text_of(event, "UID")
    return "\n".join(lines) + "\n"


async def test_an_answer_by_mail_changes_the_state_of_the_one_who_sent_it(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        await scheduled(desk, recurrence="")
        [invitation] = await desk.sent()
        accepted = answer_to(invitation, "ACCEPTED")
        await desk.deliver(mail_with(accepted, "REPLY", "Eve <eve@example.org>", "<eve@example.org>"))
        assert (await occurrence(desk, 0))["attendees"] == ["ann@example.org: needs-action"]
        await desk.deliver(mail_with(accepted, "REPLY", "Ann <ann@example.org>", "<ann@example.org>"))
        assert (await occurrence(desk, 0))["attendees"] == ["ann@example.org: accepted"]
        late = answer_to(invitation, "DECLINED", "20250101T000000Z")
        await desk.deliver(mail_with(late, "REPLY", "Ann <ann@example.org>", "<late@example.org>"))
        assert (await occurrence(desk, 0))["attendees"] == ["ann@example.org: accepted"]
