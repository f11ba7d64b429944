"""A yes is for the mail that was shown alone, a no is never passed over, nobody agrees to what they cannot see."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import mcp_types as types
import pytest
from mcp.client import Client, ClientRequestContext
from mcp.client.client import ConnectMode
from tests.mail.smtp_server import SmtpServer, running
from tests.outbox.world import Performing, World

from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing
from deskhand.mail.letter import Origin
from deskhand.mail.mailbox import MailRef
from deskhand.mail.post import Post
from deskhand.outbox import outbox as outboxes
from deskhand.outbox.act import Entry
from deskhand.principal import LOCAL
from deskhand.testing import serving
from deskhand.toolsets.email.handle import parse_handle
from deskhand.toolsets.email.tests.client import CLOSED, DECLINED, ERAS, NOWHERE, YES, Desk, mail_desk
from deskhand.toolsets.email.toolset import Email

pytestmark = pytest.mark.anyio
MAIL = {"to": "bob@example.org", "subject": "Offer", "text": "See the file."}
LONG = "a " * 12_000 + "and a million to eve"
Answer = Callable[[int], Awaitable[types.ElicitResult]]


@asynccontextmanager
async def at_a_server(
    folder: Path, mode: ConnectMode, answer: Answer, **account: object
) -> AsyncGenerator[tuple[Desk, SmtpServer]]:
    """A desk whose account sends through a server here; `answer` gets the number of the question."""
    async with running() as server:
        work = {**NOWHERE, "smtp": f"smtp://127.0.0.1:{server.port}", **account}
        settings: Mapping[str, Any] = {"email": {"sample": False}, "accounts": {"work": work}}
        async with serving(Email, folder=folder, caller=LOCAL, settings=settings) as served:
            asked: list[str] = []

            async def person(context: ClientRequestContext, params: types.ElicitRequestParams) -> types.ElicitResult:
                asked.append(params.message)
                return await answer(len(asked))

            async with Client(served.sdk, mode=mode, elicitation_callback=person) as client:
                desk = Desk(client, served, LOCAL)
                desk.asked = asked
                yield desk, server


async def waiting(desk: Desk) -> list[Entry]:
    return await desk.server.outbox.newest("local", states=("waiting",))


@ERAS
async def test_a_file_that_changes_while_the_person_reads_is_asked_about_again(
    mode: ConnectMode, tmp_path: Path
) -> None:
    file = tmp_path / "workspace" / "offer.txt"

    async def change_it(number: int) -> types.ElicitResult:
        if number == 1:
            file.write_text("price: 999")
            return YES
        return DECLINED

    async with at_a_server(tmp_path, mode, change_it) as (desk, server):
        file.write_text("price: 100")
        state = (await desk.call("email_send", **MAIL, attachments=["offer.txt"]))["state"]
        raws = [mail.raw for mail in server.mails]
        if mode == "legacy":  # one call: the mail is frozen before the question, and goes as it was
            assert (state, len(desk.asked)) == ("sent", 1)
            assert b"cHJpY2U6IDEwMA" in raws[0]
        else:
            assert (state, len(desk.asked), raws) == ("denied", 2, [])
            assert desk.asked[0] != desk.asked[1]
        assert await waiting(desk) == []


@ERAS
async def test_a_no_counts_although_the_limit_ended_meanwhile(
    mode: ConnectMode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def decline(number: int) -> types.ElicitResult:
        monkeypatch.setattr(outboxes, "HOUR", outboxes.HOUR * 0)
        return DECLINED

    async with at_a_server(tmp_path, mode, decline, allow=["*@example.org"], hourly=1) as (desk, server):
        assert (await desk.call("email_send", **MAIL))["state"] == "sent"
        assert (await desk.call("email_send", **{**MAIL, "text": "More."}))["state"] == "denied"
        assert (len(server.mails), len(desk.asked)) == (1, 1)


@ERAS
async def test_of_many_at_once_only_so_many_leave_unasked(mode: ConnectMode, tmp_path: Path) -> None:
    async def decline(number: int) -> types.ElicitResult:
        return DECLINED

    states: list[str] = []
    async with at_a_server(tmp_path, mode, decline, allow=["*@example.org"], hourly=1) as (desk, server):

        async def one(number: int) -> None:
            states.append((await desk.call("email_send", **{**MAIL, "subject": f"{number}"}))["state"])

        async with anyio.create_task_group() as tasks:
            for number in range(8):
                tasks.start_soon(one, number)
        assert (states.count("sent"), len(server.mails)) == (1, 1)
        assert set(states) <= {"sent", "waiting", "denied"}


@ERAS
async def test_what_is_too_long_for_a_question_waits_for_deskhand_approve(mode: ConnectMode, tmp_path: Path) -> None:
    async def agree(number: int) -> types.ElicitResult:
        return YES

    async with at_a_server(tmp_path, mode, agree) as (desk, server):
        told = await desk.call("email_send", **{**MAIL, "text": LONG})
        assert (told["state"], desk.asked, server.mails) == ("waiting", [], [])
        assert "too long to be shown in a question" in told["note"]
        assert "letters are not shown here; all of it: outbox://" in told["preview"]
        assert told["preview"].strip().endswith("and a million to eve")
        (entry,) = await waiting(desk)
        assert entry.preview.count("a ") >= 12_000
        assert (await desk.server.outbox.perform("local", entry.key, desk.server.performers()["mail"])).state == "done"


async def test_the_question_names_what_is_frozen(tmp_path: Path) -> None:
    async with mail_desk(tmp_path, answer=CLOSED, accounts={"work": NOWHERE}) as desk:
        told = await desk.call("email_send", **MAIL)
        entry = await desk.server.outbox.find("local", told["outbox"].removeprefix("outbox://"))
        assert desk.asked[0].endswith(f"{entry.uri}, content {entry.fingerprint}")
        assert replace(entry, content=b"Else").fingerprint != entry.fingerprint


async def test_a_draft_that_is_changed_does_not_wait_as_it_was(tmp_path: Path) -> None:
    async with mail_desk(tmp_path, accounts={"work": NOWHERE}) as desk:
        handle = (await desk.call("email_draft", **MAIL, account="local"))["id"]
        ref = parse_handle(handle)
        assert isinstance(ref, MailRef)
        accounts = desk.server.accounts
        work = accounts.named("local", "work")
        post = Post(accounts, desk.server.outbox, lambda: datetime.now(UTC), UTC)
        outgoing = Outgoing(work.address, to=(Address("bob@example.org"),), subject="Offer", text="100")
        entry = await post.propose("local", work, outgoing, origin=Origin(ref))
        now = (await desk.call("email_draft", draft=handle, text="120"))["id"]
        denied = await desk.server.outbox.find("local", entry.key)
        assert (denied.state, denied.error) == ("denied", f"The draft was changed: it is {now} now.")


async def test_a_key_is_for_the_same_arguments_also_after_its_draft_was_sent(tmp_path: Path) -> None:
    async with mail_desk(tmp_path) as desk:
        draft = (await desk.call("email_draft", text="Thanks!", to="bob@example.org"))["id"]
        sent = await desk.call("email_send", draft=draft, idempotency_key="k1")
        assert await desk.call("email_send", draft=draft, idempotency_key="k1") == sent
        other = {"draft": draft, "text": "Else", "to": "eve@example.net", "idempotency_key": "k1"}
        assert "used with other arguments: Mail to bob@example.org" in await desk.refusal("email_send", **other)


async def test_what_the_person_settled_says_who_told(tmp_path: Path) -> None:
    async with mail_desk(tmp_path, accounts={"work": NOWHERE}) as desk:
        key = (await desk.call("email_send", **MAIL))["outbox"].removeprefix("outbox://")
        await desk.server.outbox.perform("local", key, Performing(World(), "doubt before"))
        await desk.server.outbox.settle("local", key, happened=True)
        told = await desk.call("email_send", **MAIL)
        assert (told["state"], told["note"]) == (
            "sent",
            "Mail to bob@example.org: Offer: sent, you said that it was done.",
        )
        assert told["at"]
