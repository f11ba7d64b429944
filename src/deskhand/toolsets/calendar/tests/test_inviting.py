"""Answers that arrive while nobody asks, and acts that were half done."""

from pathlib import Path
from typing import cast

import anyio
import pytest

from deskhand.errors import Unavailable
from deskhand.outbox.act import Act
from deskhand.toolsets.calendar.answers import Answers
from deskhand.toolsets.calendar.backend import Stored
from deskhand.toolsets.calendar.finding_places import Places
from deskhand.toolsets.calendar.inviting import UPDATE, MeetingPerformer
from deskhand.toolsets.calendar.inviting_mail import CalendarMail
from deskhand.toolsets.calendar.inviting_plan import Notice, Plan, Step, load_plan, mail_key, same_state, uid_for
from deskhand.toolsets.calendar.store import LocalCalendars
from deskhand.toolsets.calendar.tests.desk import Server, desk_of, mail_with
from deskhand.toolsets.calendar.tests.test_foreign import calendar_of
from deskhand.toolsets.calendar.tests.test_updating import SERIES, answer_to

pytestmark = pytest.mark.anyio


async def test_an_answer_is_taken_in_while_nobody_asks(tmp_path: Path) -> None:
    heard: list[tuple[str, str, str]] = []
    told = anyio.Event()

    def announce(subject: str, calendar: str, uid: str) -> None:
        heard.append((subject, calendar, uid))
        told.set()

    async with desk_of(tmp_path) as desk:
        done = await desk.call("schedule_meeting", **{**SERIES, "recurrence": ""})
        [invitation] = await desk.sent()
        calendar = desk.calendar
        mail = CalendarMail(desk.server.accounts)
        answers = Answers(calendar.places, mail, announce, calendar.services.now, calendar.zone)
        async with anyio.create_task_group() as tasks:
            answers.tasks = tasks
            await answers.attend("local")
            await anyio.wait_all_tasks_blocked()
            await desk.deliver(mail_with(answer_to(invitation, "TENTATIVE"), "REPLY", "Ann <ann@example.org>"))
            with anyio.fail_after(20):
                await told.wait()
            tasks.cancel_scope.cancel()
        assert heard == [("local", "personal", done["id"].split("/")[1])]
        stored = await calendar.places.find("local", invitation.uid)
        assert [each.status for each in calendar.finding.master_of(stored).attendees] == ["tentative"]


async def test_the_same_answer_counts_once(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        await desk.call("schedule_meeting", **{**SERIES, "recurrence": ""})
        [invitation] = await desk.sent()
        for number in range(2):
            text = mail_with(answer_to(invitation, "ACCEPTED"), "REPLY", "ann@example.org", f"<{number}@example.org>")
            await desk.deliver(text)
        etags: set[str] = set()
        for _ in range(2):
            await desk.events("plan")
            etags.add((await desk.calendar.places.find("local", invitation.uid)).etag)
        assert len(etags) == 1


async def test_a_mail_that_several_people_wrote_answers_for_nobody(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as desk:
        await desk.call("schedule_meeting", **{**SERIES, "recurrence": ""})
        [invitation] = await desk.sent()
        await desk.deliver(mail_with(answer_to(invitation, "ACCEPTED"), "REPLY", "ann@example.org, eve@example.org"))
        assert (await desk.events("plan"))[0]["attendees"] == ["ann@example.org: needs-action"]


def test_a_plan_is_read_as_it_was_frozen() -> None:
    plan = Plan("work", (Step("u", "text", "e"),), "local", (Notice(("ann@example.org",), "S", "T", "C", "REQUEST"),))
    assert load_plan(plan.dump()) == plan


def test_uids_and_mail_keys_come_from_the_key_and_the_person() -> None:
    assert uid_for("ann", "k", "ann@example.org") == uid_for("ann", "k", "ann@example.org")
    assert uid_for("ann", "k", "ann@example.org") != uid_for("bob", "k", "ann@example.org")
    assert mail_key("k", 0) != mail_key("k", 1)


def test_a_state_is_the_same_however_a_server_writes_it_down() -> None:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:u", "SEQUENCE:1", "DTSTART:20260101T100000Z"]
    end = ["END:VEVENT", "END:VCALENDAR"]
    ours = "\r\n".join([*lines, "SUMMARY:A", *end])
    theirs = "\r\n".join([*lines, "X-SERVER:yes", "SUMMARY:A", *end])
    other = "\r\n".join([*lines, "SUMMARY:B", *end])
    assert same_state(ours, theirs)
    assert not same_state(ours, other)


async def test_a_plan_that_broke_off_halfway_is_finished_when_it_is_looked_into(tmp_path: Path) -> None:
    server = _Torn(tmp_path / "far")
    old, ended, tail = (calendar_of(f"DTSTART:20260302T100000Z\nSUMMARY:{word}") for word in ("old", "ended", "tail"))
    tail = tail.replace("UID:u1", "UID:u2")
    before = await server.kept.put("local", "personal", "u1", old, None)
    plan = Plan("work/personal", (Step("u2", tail), Step("u1", ended, before.etag)), "local")
    async with desk_of(tmp_path) as desk:
        local, services = desk.calendar.places, desk.calendar.services
        places = Places(services.accounts, cast("LocalCalendars", local.backend("personal")), server)
        places.stays_open = True
        performer = MeetingPerformer(places, services.accounts, services.post, lambda subject, calendar, uid: None)
        outbox = desk.server.outbox
        entry = await outbox.propose("local", Act(UPDATE, "Split", "Split", "local", content=plan.dump()))
        assert (await outbox.perform("local", entry.key, performer)).state == "unknown"
        assert "SUMMARY:old" in (await server.kept.get("local", "personal", "u1")).text
        assert (await outbox.perform("local", entry.key, performer)).state == "done"
    assert "SUMMARY:ended" in (await server.kept.get("local", "personal", "u1")).text


class _Torn(Server):
    """The connection is cut before the second object is written."""

    async def put(self, subject: str, calendar: str, uid: str, text: str, expected_etag: str | None) -> Stored:
        if uid == "u1" and self.broken != "mended":
            self.broken = "mended"
            raise Unavailable("The connection was cut.")
        return await super().put(subject, calendar, uid, text, expected_etag)
