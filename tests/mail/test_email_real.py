"""The email tools on a real account: Dovecot holds the mail, an SMTP server takes what is sent."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import anyio
import mcp_types as types
import pytest
from mcp.client.client import ConnectMode
from mcp.client.subscriptions import ResourceUpdated
from tests.mail.smtp_server import TAKEN, Rules, SmtpServer, running
from tests.mail.smtp_server_cuts import Cut, CuttingProxy
from tests.mail_server.dovecot import Dovecot, MailUser

from deskhand.mail.mailbox import Mailbox
from deskhand.toolsets.email.handle import handle_of
from deskhand.toolsets.email.tests.client import DECLINED, ERAS, NO, YES, Desk, letter, mail_desk

pytestmark = pytest.mark.anyio
ME = "ann@example.org"
MAIL = {"to": "bob@example.org", "subject": "Hello", "text": "How are you?"}
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Work:
    """Ann's desk, and the server her mails go to."""

    desk: Desk
    server: SmtpServer

    @property
    def mailbox(self) -> Mailbox:
        """Ann's mailbox at Dovecot."""
        accounts = self.desk.server.accounts
        return accounts.mailbox(accounts.named("local", "work"))

    async def arrive(self, raw: str) -> str:
        """A mail arrives at Dovecot; its handle."""
        data = raw.encode().replace(b"\n", b"\r\n")
        return handle_of(await self.mailbox.append("INBOX", data, frozenset(), NOW))


@asynccontextmanager
async def at_work(
    folder: Path,
    dovecot: Dovecot,
    *,
    mode: ConnectMode = "auto",
    answer: types.ElicitResult | None = None,
    cut: Cut | None = None,
    **more: object,
) -> AsyncGenerator[Work]:
    """Ann's account; the line to the SMTP server breaks at `cut`."""
    user: MailUser = dovecot.user()
    rules = Rules(users={user.name: user.password})
    async with running(rules) as server, CuttingProxy(server.port, cut) as proxy:
        account: dict[str, object] = {
            "address": ME,
            "name": "Ann",
            "user": user.name,
            "password": user.password,
            "imap": f"imap://127.0.0.1:{dovecot.plain_port}",
            "smtp": f"smtp://127.0.0.1:{proxy.port}",
            "security": "none",
            **more,
        }
        async with mail_desk(folder, mode=mode, answer=answer, accounts={"work": account}) as desk:
            yield Work(desk, server)


@ERAS
async def test_a_reply_goes_out_in_its_thread_after_the_person_said_yes_once(
    mode: ConnectMode, tmp_path: Path, dovecot: Dovecot
) -> None:
    async with at_work(tmp_path, dovecot, mode=mode, answer=YES) as work:
        handle = await work.arrive(letter(to=ME))
        draft = await work.desk.call("email_draft", text="Thank you!", reply_to=handle)
        assert draft["account"] == "work"
        sent = await work.desk.call("email_send", draft=draft["id"])
        assert (sent["state"], sent["local_only"], len(work.desk.asked)) == ("sent", False, 1)
        assert "Thank you!" in work.desk.asked[0]
        (taken,) = work.server.mails
        assert taken.recipients == ("bob@example.org",)
        assert b"In-Reply-To: <one@example.org>" in taken.raw
        assert sent["message_id"].encode() in taken.raw
        assert sent["copy_id"].startswith("work/Gesendet/")
        assert (await work.desk.call("email_search", query="in:drafts"))["total"] == 0
        thread = (await work.desk.call("email_read", id=handle, part="thread"))["content"]
        assert thread.index("Here they are.") < thread.index("Thank you!")
        again = await work.desk.call("email_send", draft=draft["id"])
        assert (again, len(work.server.mails), len(work.desk.asked)) == (sent, 1, 1)


@ERAS
@pytest.mark.parametrize("answer", [NO, DECLINED], ids=["no", "decline"])
async def test_nothing_goes_out_when_the_person_says_no(
    answer: types.ElicitResult, mode: ConnectMode, tmp_path: Path, dovecot: Dovecot
) -> None:
    async with at_work(tmp_path, dovecot, mode=mode, answer=answer) as work:
        assert (await work.desk.call("email_send", **MAIL))["state"] == "denied"
        assert (work.server.mails, len(work.desk.asked)) == ([], 1)


@ERAS
async def test_what_waits_goes_out_when_it_is_approved_elsewhere(
    mode: ConnectMode, tmp_path: Path, dovecot: Dovecot
) -> None:
    async with at_work(tmp_path, dovecot, mode=mode) as work:
        waiting = await work.desk.call("email_send", **MAIL)
        assert (waiting["state"], work.server.mails) == ("waiting", [])
        server = work.desk.server
        key = waiting["outbox"].removeprefix("outbox://")
        await server.outbox.perform("local", key, server.performers()["mail"])
        assert (await work.desk.call("email_send", **MAIL))["state"] == "sent"
        assert len(work.server.mails) == 1


async def test_who_is_on_the_allow_list_is_written_to_without_asking(tmp_path: Path, dovecot: Dovecot) -> None:
    async with at_work(tmp_path, dovecot, answer=NO, allow=("*@example.org",), hourly=1) as work:
        assert (await work.desk.call("email_send", **MAIL))["state"] == "sent"
        assert work.desk.asked == []
        assert (await work.desk.call("email_send", **{**MAIL, "text": "And now?"}))["state"] == "denied"
        assert (len(work.desk.asked), len(work.server.mails)) == (1, 1)


async def test_mails_are_found_read_moved_and_moved_back(tmp_path: Path, dovecot: Dovecot) -> None:
    async with at_work(tmp_path, dovecot) as work:
        handle = await work.arrive(letter("Zahlen für März", "Bitte prüfen.", to=ME))
        found = await work.desk.call("email_search", query="from:bob is:unread prüfen")
        assert [line["id"] for line in found["threads"]] == [handle]
        assert (await work.desk.call("email_read", id=handle))["content"].strip() == "Bitte prüfen."
        moved = await work.desk.call("email_organize", ids=[handle], action="archive")
        now = moved["mails"][0]["id"]
        assert now.startswith("work/Archive/")
        assert "email_search" in await work.desk.refusal("email_organize", ids=[handle], action="read")
        await work.desk.call("email_organize", ids=[now], action="move", folder="inbox")
        assert (await work.desk.call("email_search", query="in:inbox"))["total"] == 1


async def test_each_mail_of_several_folders_is_told_where_it_is_now(tmp_path: Path, dovecot: Dovecot) -> None:
    async with at_work(tmp_path, dovecot) as work:
        numbers = range(4)
        handles = [await work.arrive(letter(f"Mail {n}", to=ME, message_id=f"<{n}@example.org>")) for n in numbers]
        first = await work.desk.call("email_organize", ids=[handles[0], handles[2]], action="archive")
        mixed = [handles[3], first["mails"][0]["id"], handles[1], first["mails"][1]["id"]]
        moved = await work.desk.call("email_organize", ids=mixed, action="trash")
        now = {mail["was"]: mail["id"] for mail in moved["mails"]}
        subjects = [(await work.desk.call("email_read", id=now[one]))["subject"] for one in mixed]
        assert subjects == ["Mail 3", "Mail 0", "Mail 1", "Mail 2"]
        assert moved["undo"].count("email_organize(") == 2


@ERAS
async def test_a_lost_answer_is_told_as_unknown_and_found_out_without_sending_twice(
    mode: ConnectMode, tmp_path: Path, dovecot: Dovecot
) -> None:
    cut = Cut("server", TAKEN.encode(), before=True)
    async with at_work(tmp_path, dovecot, mode=mode, answer=YES, cut=cut) as work:
        lost = await work.desk.call("email_send", **MAIL)
        assert lost["state"] == "unknown"
        assert f"deskhand approve {lost['outbox'].removeprefix('outbox://')}" in lost["note"]
        assert (await work.desk.call("email_send", **MAIL))["state"] == "unknown"
        await work.mailbox.append("Gesendet", work.server.mails[0].raw, frozenset({"seen"}), NOW)
        found = await work.desk.call("email_send", **MAIL)
        assert (found["state"], len(work.server.mails), len(work.desk.asked)) == ("sent", 1, 1)


async def test_new_mail_is_heard_of_by_idle(tmp_path: Path, dovecot: Dovecot) -> None:
    uri = "email://work/INBOX"
    async with (
        at_work(tmp_path, dovecot, poll_seconds=3600) as work,
        work.desk.client.listen(resource_subscriptions=[uri]) as events,
        anyio.create_task_group() as tasks,
    ):
        news = anyio.Event()

        async def hear() -> None:
            assert await anext(aiter(events)) == ResourceUpdated(uri)
            news.set()

        tasks.start_soon(hear)
        with anyio.fail_after(30):
            while not news.is_set():  # the watcher needs a moment to begin
                await work.arrive(letter(to=ME))
                with anyio.move_on_after(1):
                    await news.wait()


async def test_an_account_that_does_not_answer_leaves_the_others_usable(tmp_path: Path, dovecot: Dovecot) -> None:
    async with at_work(tmp_path, dovecot) as work:
        await work.arrive(letter(to=ME))
    user = dovecot.user()
    common = {"address": ME, "user": user.name, "password": user.password, "security": "none"}
    accounts = {
        "gone": {**common, "imap": "imap://127.0.0.1:9"},
        "work": {**common, "imap": f"imap://127.0.0.1:{dovecot.plain_port}"},
    }
    async with mail_desk(tmp_path, accounts=accounts) as desk:
        found = await desk.call("email_search")
        assert (found["threads"], found["exact"]) == ([], False)
        assert "gone was left out" in found["note"]
        assert user.password not in found["note"]
