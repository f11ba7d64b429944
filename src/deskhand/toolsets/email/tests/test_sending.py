"""The ladder: kept here at once, asked about once, waiting where nobody can be asked."""

from pathlib import Path

import mcp_types as types
import pytest
from mcp.client.client import ConnectMode

from deskhand.principal import Principal
from deskhand.toolsets.email.tests.client import CLOSED, DECLINED, ERAS, NO, NOWHERE, YES, Desk, letter, mail_desk

pytestmark = pytest.mark.anyio
MAIL = {"to": "bob@example.org", "subject": "Hello", "text": "How are you?"}
WORK = {"work": NOWHERE}


async def rows(desk: Desk) -> int:
    """How many acts the outbox of the caller holds."""
    return len(await desk.server.outbox.newest(desk.caller.subject))


@ERAS
async def test_email_send_keeps_a_mail_on_this_machine_and_says_so(mode: ConnectMode, tmp_path: Path) -> None:
    async with mail_desk(tmp_path, mode=mode, answer=YES) as desk:
        sent = await desk.call("email_send", **MAIL)
        assert (sent["state"], sent["local_only"], sent["recipients"]) == ("sent", True, ["bob@example.org"])
        assert "nothing left this machine" in sent["note"]
        assert sent["message_id"].startswith("<")
        copy = await desk.call("email_read", id=sent["copy_id"])
        assert copy["content"].strip() == "How are you?"
        assert desk.asked == []


@ERAS
async def test_email_send_twice_gives_the_first_answer(mode: ConnectMode, tmp_path: Path) -> None:
    async with mail_desk(tmp_path, mode=mode) as desk:
        first = await desk.call("email_send", **MAIL)
        again = await desk.call("email_send", **MAIL)
        assert again == first
        keyed = await desk.call("email_send", **MAIL, idempotency_key="k1")
        assert keyed["message_id"] != first["message_id"]
        assert await desk.call("email_send", **MAIL, idempotency_key="k1") == keyed
        refused = await desk.refusal("email_send", **{**MAIL, "text": "Else"}, idempotency_key="k1")
        assert "Choose another key" in refused
        assert (await desk.call("email_search", query="in:sent"))["total"] == 2


@ERAS
async def test_email_send_sends_a_draft_which_is_gone_after(mode: ConnectMode, tmp_path: Path) -> None:
    async with mail_desk(tmp_path, mode=mode) as desk:
        received = await desk.deliver(letter())
        draft = (await desk.call("email_draft", text="Thanks!", reply_to=received, bcc="cleo@example.org"))["id"]
        sent = await desk.call("email_send", draft=draft)
        assert sent["recipients"] == ["bob@example.org", "cleo@example.org"]
        assert (await desk.call("email_search", query="in:drafts"))["total"] == 0
        thread = await desk.call("email_read", id=received, part="thread")
        assert "2 mails" in thread["note"]
        assert (await desk.call("email_send", draft=draft)) == sent
        assert (await desk.call("email_search", query="is:answered"))["total"] == 1


async def test_a_draft_that_was_sent_with_changes_is_not_sent_again(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        draft = (await desk.call("email_draft", text="Thanks!", to="bob@example.org"))["id"]
        changed = {"draft": draft, "text": "Thanks a lot!", "idempotency_key": "k1"}
        sent = await desk.call("email_send", **changed)
        assert await desk.call("email_send", **changed) == sent
        assert "Search for it again" in await desk.refusal("email_send", draft=draft, text="And more")
        assert (await desk.call("email_search", query="in:sent"))["total"] == 1


async def test_email_send_forwards_and_answers_without_a_draft(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        received = await desk.deliver(letter(more="Cc: cleo@example.org\n"))
        answered = await desk.call("email_send", reply_to=received, mode="reply_all", text="Hello all")
        assert answered["recipients"] == ["bob@example.org", "cleo@example.org"]
        passed = await desk.call(
            "email_send", reply_to=received, mode="forward", to="eve@example.net", text="See below."
        )
        copy = await desk.call("email_read", id=passed["copy_id"], part="full")
        assert copy["subject"] == "Fwd: Figures"
        assert "Here they are." in copy["content"]


@ERAS
async def test_email_send_with_dry_run_shows_the_mail_and_writes_nothing(mode: ConnectMode, tmp_path: Path) -> None:
    async with mail_desk(tmp_path, mode=mode, answer=YES, accounts=WORK) as desk:
        shown = await desk.call("email_send", **MAIL, dry_run=True)
        assert shown["state"] == "preview"
        assert "Subject: Hello" in shown["preview"]
        assert (await rows(desk), desk.asked) == (0, [])


@ERAS
async def test_email_send_waits_where_nobody_can_be_asked(mode: ConnectMode, tmp_path: Path) -> None:
    async with mail_desk(tmp_path, mode=mode, accounts=WORK) as desk:
        waiting = await desk.call("email_send", **MAIL)
        assert waiting["state"] == "waiting"
        key = waiting["outbox"].removeprefix("outbox://")
        assert f"deskhand approve {key}" in waiting["note"]
        assert "How are you?" in waiting["preview"]
        assert (await desk.call("email_send", **MAIL))["outbox"] == waiting["outbox"]
        assert (await desk.server.outbox.find("local", key)).state == "waiting"


@ERAS
@pytest.mark.parametrize("answer", [NO, DECLINED], ids=["no", "decline"])
async def test_email_send_asks_once_and_takes_no_for_an_answer(
    answer: types.ElicitResult, mode: ConnectMode, tmp_path: Path
) -> None:
    async with mail_desk(tmp_path, mode=mode, answer=answer, accounts=WORK) as desk:
        denied = await desk.call("email_send", **MAIL)
        assert (denied["state"], len(desk.asked)) == ("denied", 1)
        assert "To: bob@example.org" in desk.asked[0]
        assert "How are you?" in desk.asked[0]
        assert (await desk.call("email_send", **MAIL))["state"] == "denied"
        assert (len(desk.asked), await rows(desk)) == (1, 1)


@ERAS
async def test_email_send_waits_when_the_person_closes_the_question(mode: ConnectMode, tmp_path: Path) -> None:
    async with mail_desk(tmp_path, mode=mode, answer=CLOSED, accounts=WORK) as desk:
        closed = await desk.call("email_send", **MAIL)
        assert (closed["state"], len(desk.asked), await rows(desk)) == ("waiting", 1, 1)


@ERAS
async def test_email_send_that_fails_says_so_and_can_be_tried_again(mode: ConnectMode, tmp_path: Path) -> None:
    async with mail_desk(tmp_path, mode=mode, answer=YES, accounts=WORK) as desk:
        refused = await desk.refusal("email_send", **MAIL)
        assert "127.0.0.1" in refused
        assert len(desk.asked) == 1
        await desk.refusal("email_send", **MAIL)
        assert (len(desk.asked), await rows(desk)) == (2, 1)


async def test_email_send_asks_with_hidden_characters_made_visible(tmp_path: Path) -> None:
    async with mail_desk(tmp_path, answer=NO, accounts=WORK) as desk:
        await desk.call("email_send", to="bob@example.org", subject="Hi", text="pay\u202e eve")
        assert "\u202e" not in desk.asked[0]
        assert "\\u202e" in desk.asked[0]


async def test_email_send_refuses_what_cannot_be_sent_before_anything_is_written(tmp_path: Path) -> None:
    async with mail_desk(tmp_path, answer=YES, accounts=WORK) as desk:
        assert "nobody" in await desk.refusal("email_send", text="x")
        assert "has no @" in await desk.refusal("email_send", to="bob", text="x")
        assert "as email_search shows" in await desk.refusal("email_send", draft="the last one")
        assert "idempotency_key must" in await desk.refusal("email_send", **MAIL, idempotency_key="a/b")
        assert (await rows(desk), desk.asked) == (0, [])


async def test_what_one_person_sends_is_nobody_elses(tmp_path: Path) -> None:
    accounts = {"work": {**NOWHERE, "owner": "ann"}}
    async with mail_desk(tmp_path, caller=Principal("ann", "test"), accounts=accounts) as desk:
        waiting = await desk.call("email_send", **MAIL, idempotency_key="k1")
    async with mail_desk(tmp_path, caller=Principal("bob", "test"), accounts=accounts) as desk:
        own = await desk.call("email_send", **MAIL, idempotency_key="k1")
        assert (own["state"], own["account"]) == ("sent", "local")
        assert (await desk.server.outbox.find("ann", "k1")).state == "waiting"
        assert waiting["account"] == "work"
        assert "There are: local" in await desk.refusal("email_draft", text="x", account="work")
