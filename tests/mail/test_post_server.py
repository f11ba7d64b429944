"""The whole way at real servers: Dovecot keeps the mails, an SMTP server with TLS takes them, and no secret shows."""

import asyncio
import logging
import traceback
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.mail.sending import now
from tests.mail.smtp_server import Rules, SmtpServer, running
from tests.mail.smtp_server_certificate import Certificates, make_certificates
from tests.mail_server.dovecot import PASSWORD, Dovecot

from deskhand.errors import DeskhandError
from deskhand.mail.account import Account
from deskhand.mail.accounts import Accounts
from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing
from deskhand.mail.letter import Origin
from deskhand.mail.mailbox import Mailbox, MailRef
from deskhand.mail.post import Post
from deskhand.outbox.act import Entry
from deskhand.outbox.outbox import Outbox
from deskhand.settings_accounts import AccountSettings
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio
ORIGINAL = b"From: bob@example.org\r\nMessage-ID: <1@example.org>\r\nSubject: Figures?\r\n\r\nWhere are they?\r\n"
WRONG = "planted-wörd-7731"
BASE64 = "cGxhbnRlZ"


@dataclass
class Desk:
    """Ann's account at both servers."""

    accounts: Accounts
    post: Post
    outbox: Outbox
    smtp: SmtpServer

    @property
    def work(self) -> Account:
        return self.accounts.named("ann", "work")

    @property
    def box(self) -> Mailbox:
        return self.accounts.mailbox(self.work)

    def reply(self) -> Outgoing:
        return Outgoing(
            self.work.address, (Address("bob@example.org"),), subject="Re: Figures?", text="Here they are.\n",
            in_reply_to="<1@example.org>", references=("<1@example.org>",),
        )  # fmt: skip

    async def send(self, outgoing: Outgoing, draft: MailRef | None = None) -> Entry:
        entry = await self.post.propose("ann", self.work, outgoing, origin=Origin(draft))
        return await self.post.send("ann", entry.key)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"), "127.0.0.1")


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database]:
    with Database(tmp_path / "deskhand.db") as opened:
        yield opened


class Place:
    """Where a test runs."""

    def __init__(self, dovecot: Dovecot, certificates: Certificates, database: Database, folder: Path) -> None:
        self._dovecot, self._certificates, self._database, self._folder = dovecot, certificates, database, folder
        self.user = dovecot.user().name
        self.ca_file = folder / "authorities.pem"
        self.ca_file.write_bytes(dovecot.ca_file.read_bytes() + certificates.ca_file.read_bytes())

    @asynccontextmanager
    async def desk(
        self, password: str = PASSWORD, *, smtp_password: str = PASSWORD, answer: str = ""
    ) -> AsyncGenerator[Desk]:
        """The desk of somebody whose settings hold `password`."""
        rules = Rules(security="starttls", users={self.user: smtp_password}, mail_answer=answer)
        async with running(rules, self._certificates.context) as smtp:
            section = {
                "address": "ann@example.org", "owner": "ann", "user": self.user, "password": password,
                "imap": f"imaps://127.0.0.1:{self._dovecot.tls_port}", "smtp": f"smtp://127.0.0.1:{smtp.port}",
                "ca_file": self.ca_file,
            }  # fmt: skip
            accounts = Accounts({"work": AccountSettings.model_validate(section)}, self._folder, now, UTC)
            outbox = Outbox(self._database, now)
            try:
                yield Desk(accounts, Post(accounts, outbox, now, UTC), outbox, smtp)
            finally:
                await accounts.aclose()


@pytest.fixture
def place(dovecot: Dovecot, certificates: Certificates, database: Database, tmp_path: Path) -> Place:
    return Place(dovecot, certificates, database, tmp_path)


async def test_a_reply_leaves_and_everything_is_where_it_belongs(place: Place) -> None:
    async with place.desk() as desk:
        original = await desk.box.append("INBOX", ORIGINAL, frozenset(), datetime.now(UTC))
        draft = await desk.box.append("Drafts", b"Subject: draft\r\n\r\n", frozenset({"draft"}), datetime.now(UTC))
        entry = await desk.send(desk.reply(), draft)
        assert (entry.state, entry.result["warnings"]) == ("done", [])
        (mail,) = desk.smtp.mails
        assert (mail.recipients, mail.user, mail.encrypted) == (("bob@example.org",), place.user, True)
        copy = entry.result["copy"]
        assert isinstance(copy, list)
        ref = MailRef(*map(str, copy))
        assert ref.folder == "Gesendet"
        assert await desk.box.raw(ref, max_bytes=10_000) == mail.raw
        flags = {envelope.ref: envelope.flags for envelope in await desk.box.envelopes([ref, original, draft])}
        assert flags == {ref: {"seen"}, original: {"answered"}}


async def test_a_mail_in_doubt_is_found_on_the_server(place: Place) -> None:
    async with place.desk(answer="354 what?") as desk:
        entry = await desk.send(desk.reply())
        assert entry.state == "unknown"
        assert (await desk.send(desk.reply())).state == "unknown"
        assert entry.content
        await desk.box.append("INBOX", entry.content, frozenset(), datetime.now(UTC))
        found = await desk.send(desk.reply())
        assert (found.state, found.result["answer"]) == ("done", "found in INBOX, so that it was sent")
        assert desk.smtp.mails == []


@pytest.mark.parametrize("smtp_password", [PASSWORD, WRONG], ids=["both refuse it", "only the mailbox refuses it"])
async def test_a_password_shows_nowhere(
    place: Place, database: Database, caplog: pytest.LogCaptureFixture, smtp_password: str
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("asyncio", "imaplib", "aiosmtplib", "keyring", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the test's server, which is not ours
    asyncio.get_running_loop().set_debug(True)
    told: list[str] = []
    async with place.desk(WRONG, smtp_password=smtp_password) as desk:
        for attempt in (desk.send(desk.reply()), desk.box.folders(), desk.box.capabilities()):
            try:
                told.append(repr(await attempt))
            except DeskhandError as error:
                told += traceback.format_exception(error)
        entry = (await desk.outbox.newest("ann"))[0]
        told += [
            repr(entry),
            repr(desk.work),
            repr(desk.box),
            repr(desk.work.smtp_account),
            repr(desk.work.imap_account),
        ]
    assert entry.state == ("failed" if smtp_password == PASSWORD else "done")
    assert database.path is not None
    database.close()
    rows = b"".join(path.read_bytes() for path in database.path.parent.glob("deskhand.db*"))
    everything = "\n".join([*told, caplog.text, rows.decode(errors="replace")])
    assert "Re: Figures?" in everything
    for form in (WRONG, WRONG.split("-wö")[0], BASE64):
        assert form not in everything
