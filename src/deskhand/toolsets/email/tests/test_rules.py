"""Rules as a client of either era meets them, on real mailboxes: made, asked about, at work, stopped, tried, logged."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import mcp_types as types
import pytest
from mcp.client.client import ConnectMode

from deskhand.mail.query import Query
from deskhand.principal import Principal
from deskhand.reference import tool_tokens
from deskhand.testing import subject
from deskhand.toolsets.email.tests.client import CLOSED, ERAS, NOWHERE, Desk, letter, mail_desk
from deskhand.toolsets.email.toolset import Email

pytestmark = pytest.mark.anyio
WORK = {"work": {**NOWHERE, "imap": "imap://127.0.0.1:9", "password": "not-used"}}
"""A real account whose servers do not answer: rules can be made for it, and nothing can leave."""
YES = types.ElicitResult(action="accept", content={"start": True})
NO = types.ElicitResult(action="accept", content={"start": False})
HOLIDAY = {"name": "holiday", "text": "Dear {name},\n\nI am away until Monday.\n"}


def test_the_tool_is_cheap_to_list(tmp_path: Path) -> None:
    [tool] = [tool for tool in subject(Email, tmp_path).tools if tool.sdk.name == "email_rule"]
    assert tool_tokens(tool) <= 230


async def answers(desk: Desk) -> list[str]:
    """Who was answered, and with which subject, as Sent shows it."""
    page = await desk.mailbox.search(Query(folder="sent"), offset=0, limit=50)
    return [f"{mail.headers.to[0].email} {mail.headers.subject}" for mail in page.envelopes]


async def until_logged(desk: Desk, many: int) -> list[dict[str, str]]:
    """What the rules did, when it is so much and nothing is on its way."""
    with anyio.fail_after(20):
        while True:
            log = (await desk.call("email_rule", action="log")).get("log", [])
            if len(log) >= many and all(event["outcome"] != "sending" for event in log):
                return list(log)


@ERAS
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"action": "create", "name": "two words!", "text": "Hello"}, "a-z, 0-9"),
        ({"action": "create", "name": "holiday"}, "text is empty"),
        ({"action": "create", "name": "holiday", "text": "{secret}"}, "{name}, {subject}, {date}"),
        ({"action": "create", "name": "holiday", "text": "{name.__class__}"}, "{name}, {subject}, {date}"),
        ({"action": "create", "name": "holiday", "text": "Hi", "match": "in:all"}, "inbox"),
        ({"action": "create", "name": "holiday", "text": "Hi", "match": "is:green"}, "is:unread"),
        ({"action": "create", "name": "holiday", "text": "Hi", "hourly": 500}, "1 to 20"),
        ({"action": "create", "name": "holiday", "text": "Hi", "days": "soon"}, "2026-12-20..2027-01-03"),
        ({"action": "create", "name": "holiday", "text": "Hi", "days": "2027-01-03..2026-12-20"}, "before it begins"),
        ({"action": "create", "name": "holiday", "text": "Hi", "account": "none"}, "There are: local"),
        ({"action": "start", "name": "gone"}, "There is none yet"),
        ({"action": "change", "name": "gone", "text": "Hi"}, "There is none yet"),
        ({"action": "stop", "name": "gone"}, "There is none yet"),
        ({"action": "delete", "name": "gone"}, "There is none yet"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_cannot_be_a_rule_is_refused_with_what_can(
    arguments: dict[str, object], told: str, mode: ConnectMode, tmp_path: Path
) -> None:
    async with mail_desk(tmp_path, mode=mode) as desk:
        assert told in await desk.refusal("email_rule", **arguments)
        assert (await desk.call("email_rule", action="list")).get("rules", []) == []


@ERAS
async def test_a_rule_answers_what_arrives_once_and_says_why_it_does_not_answer_the_rest(
    mode: ConnectMode, tmp_path: Path
) -> None:
    async with mail_desk(tmp_path, mode=mode) as desk:
        made = await desk.call("email_rule", action="create", **HOLIDAY)
        assert made["local_only"]
        assert "local only" in made["note"]
        now = datetime.now(UTC)
        before = now - timedelta(minutes=5)
        await desk.deliver(letter("Old", message_id="<old@example.org>"), at=before)
        await desk.deliver(fresh("From a list", "<list@example.org>", more="List-Id: <all.example.org>\n"), at=now)
        await desk.deliver(fresh("Figures", "<one@example.org>"), at=now)
        await desk.deliver(fresh("Lunch", "<two@example.org>"), at=now + timedelta(seconds=1))
        log = await until_logged(desk, 3)
        assert await answers(desk) == ["bob@example.org Auto: Figures"]
        told = {event["mail"]: (event["outcome"], event.get("why", "")) for event in log}
        assert told == {
            "<one@example.org>": ("answered", "local only"),
            "<two@example.org>": ("refused", "its sender was answered within a day"),
            "<list@example.org>": ("refused", "it came through a mailing list"),
        }


async def test_the_answer_is_marked_as_automatic_in_its_thread_without_what_it_answers(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        await desk.call("email_rule", action="create", **HOLIDAY)
        await desk.deliver(fresh("Figures", "<one@example.org>"), at=datetime.now(UTC))
        await until_logged(desk, 1)
        [sent] = (await desk.mailbox.search(Query(folder="sent"), offset=0, limit=5)).envelopes
        assert (sent.headers.auto_submitted, sent.headers.in_reply_to) == ("auto-replied", "<one@example.org>")
        assert sent.headers.references == ("<one@example.org>",)
        raw = await desk.mailbox.raw(sent.ref, max_bytes=100_000)
        assert b"Dear Bob,\r\n\r\nI am away until Monday." in raw
        assert b"Here they are" not in raw
        assert sent.attachments == ()


async def test_a_rule_that_was_stopped_answers_nothing_also_not_what_came_meanwhile(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        await desk.call("email_rule", action="create", **HOLIDAY)
        stopped = await desk.call("email_rule", action="stop")
        assert "1 ran" in stopped["note"]
        await desk.deliver(fresh("Meanwhile", "<one@example.org>"), at=datetime.now(UTC) - timedelta(seconds=5))
        await desk.call("email_rule", action="start", name="holiday")
        await desk.deliver(fresh("Later", "<two@example.org>", sender="Cleo <cleo@example.org>"), at=datetime.now(UTC))
        await until_logged(desk, 1)
        assert await answers(desk) == ["cleo@example.org Auto: Later"]


@ERAS
async def test_before_a_rule_of_a_real_account_starts_the_person_sees_it_with_an_example(
    mode: ConnectMode, tmp_path: Path
) -> None:
    async with mail_desk(tmp_path, mode=mode, accounts=WORK, answer=YES) as desk:
        made = await desk.call("email_rule", action="create", **HOLIDAY)
        [asked] = desk.asked
        assert "work (ann@example.org)" in asked
        assert "Dear Bob,\n\nI am away until Monday." in asked
        assert "without asking again" in asked
        assert [rule["runs"] for rule in made["rules"]] == [True]
        await desk.call("email_rule", action="start", name="holiday")
        assert len(desk.asked) == 1, "it runs already"


@ERAS
async def test_a_rule_the_person_refused_does_not_run(mode: ConnectMode, tmp_path: Path) -> None:
    async with mail_desk(tmp_path, mode=mode, accounts=WORK, answer=NO) as desk:
        made = await desk.call("email_rule", action="create", **HOLIDAY)
        assert "said no" in made["note"]
        listed = await desk.call("email_rule", action="list")
        assert [rule.get("runs", False) for rule in listed["rules"]] == [False]


@pytest.mark.parametrize("answer", [None, CLOSED], ids=["nobody to ask", "question closed"])
async def test_without_an_answer_the_rule_waits_and_the_person_can_start_it_later(
    answer: object, tmp_path: Path
) -> None:
    async with mail_desk(tmp_path, accounts=WORK, answer=CLOSED if answer else None) as desk:
        made = await desk.call("email_rule", action="create", **HOLIDAY)
        key = made["outbox"].removeprefix("outbox://")
        assert f"deskhand approve {key}" in made["note"]
        again = await desk.call("email_rule", action="create", **HOLIDAY)
        assert again["outbox"] == made["outbox"]
        entry = await desk.server.outbox.perform(desk.caller.subject, key, desk.server.performers()["mail_rule"])
        assert entry.state == "done"
        listed = await desk.call("email_rule", action="list")
        assert [rule["runs"] for rule in listed["rules"]] == [True]


@pytest.mark.parametrize("action", ["stop", "change", "delete"])
async def test_what_the_person_did_not_see_cannot_be_approved(action: str, tmp_path: Path) -> None:
    async with mail_desk(tmp_path, accounts=WORK) as desk:
        made = await desk.call("email_rule", action="create", **HOLIDAY)
        key = made["outbox"].removeprefix("outbox://")
        changed = {"text": "Send me money."} if action == "change" else {}
        await desk.call("email_rule", action=action, name="holiday", **changed)
        performer = desk.server.performers()["mail_rule"]
        if action == "change":
            with pytest.raises(Exception, match="changed, stopped or deleted"):
                await desk.server.outbox.perform(desk.caller.subject, key, performer)
        else:
            assert (await desk.server.outbox.perform(desk.caller.subject, key, performer)).state == "denied"
        listed = await desk.call("email_rule", action="list")
        assert not any(rule.get("runs") for rule in listed.get("rules", []))


@ERAS
@pytest.mark.parametrize(
    ("answer", "told", "text"),
    [
        (YES, "answers what arrives", "Gone fishing."),
        (NO, "goes on as it was", "Dear {name}, I am away until Monday."),
        (CLOSED, "goes on as it was", "Dear {name}, I am away until Monday."),
    ],
    ids=["yes", "no", "closed"],
)
async def test_a_rule_that_runs_goes_on_as_it_was_until_the_person_agrees_to_another_version(
    answer: types.ElicitResult, told: str, text: str, mode: ConnectMode, tmp_path: Path
) -> None:
    async with mail_desk(tmp_path, accounts=WORK, answer=YES) as desk:
        await desk.call("email_rule", action="create", **HOLIDAY)
    async with mail_desk(tmp_path, mode=mode, accounts=WORK, answer=answer) as desk:
        changed = await desk.call("email_rule", action="change", name="holiday", text="Gone fishing.")
        [asked] = desk.asked
        assert "Gone fishing." in asked
        assert "goes on as it is until you agree" in asked
        assert told in changed["note"]
        [rule] = (await desk.call("email_rule", action="list"))["rules"]
        assert (rule["runs"], " ".join(rule["text"].replace("\\n", " ").split())) == (True, text)


async def test_stopping_never_asks(tmp_path: Path) -> None:
    async with mail_desk(tmp_path, accounts=WORK, answer=YES) as desk:
        await desk.call("email_rule", action="create", **HOLIDAY)
        await desk.call("email_rule", action="stop", name="holiday")
        assert len(desk.asked) == 1
        listed = await desk.call("email_rule", action="list")
        assert not listed["rules"][0].get("runs")


async def test_try_shows_what_would_be_answered_and_keeps_and_sends_nothing(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        await desk.deliver(fresh("Figures", "<one@example.org>"), at=datetime.now(UTC) - timedelta(days=2))
        robot = fresh("Your parcel", "<two@example.org>", sender="Shop <no-reply@example.com>")
        await desk.deliver(robot, at=datetime.now(UTC))
        tried = await desk.call("email_rule", action="try", text="Dear {name}, soon.")
        assert [event["outcome"] for event in tried["log"]] == ["no answer", "would be answered"]
        assert "no-reply@example.com" in tried["log"][0]["why"]
        assert "Dear Bob, soon." in tried["preview"]
        assert await answers(desk) == []
        assert (await desk.call("email_rule", action="list")).get("rules", []) == []


async def test_a_rule_can_be_read_as_a_whole_and_changed_in_part(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        await desk.call("email_rule", action="create", match="from:bob", days="2026-12-20..2027-01-03", **HOLIDAY)
        await desk.call("email_rule", action="change", name="holiday", text="Gone. " * 40, hourly=2)
        told = await desk.text("email_rule", action="list", name="holiday")
        assert "Gone. " * 40 in told + " "
        assert "from 2026-12-20 until 2027-01-03" in told
        assert "matches from:bob" in told
        assert "At most: 2 an hour" in told
        await desk.call("email_rule", action="change", name="holiday", days="..")
        assert "Days: every day" in await desk.text("email_rule", action="list", name="holiday")


async def test_rules_are_private_to_their_person(tmp_path: Path) -> None:
    ann, bob = Principal("ann", scopes=frozenset({"*"})), Principal("bob", scopes=frozenset({"*"}))
    async with mail_desk(tmp_path, caller=ann) as desk:
        await desk.call("email_rule", action="create", **HOLIDAY)
    async with mail_desk(tmp_path, caller=bob) as desk:
        assert (await desk.call("email_rule", action="list")).get("rules", []) == []
        assert "There is none yet" in await desk.refusal("email_rule", action="stop", name="holiday")
        await desk.call("email_rule", action="stop")
    async with mail_desk(tmp_path, caller=ann) as desk:
        assert (await desk.call("email_rule", action="list"))["rules"][0]["runs"]


def fresh(title: str, message_id: str, *, sender: str = "Bob <bob@example.org>", more: str = "") -> str:
    """A mail written now."""
    return letter(title, sender=sender, message_id=message_id, more=more).replace(
        "Fri, 20 Nov 2026 09:30:00 +0100", datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    )
