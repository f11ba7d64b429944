"""Sending where there is no account: everything stays on this machine, and says so."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.mail.sending import BOB, now

from deskhand.errors import DeskhandError
from deskhand.mail.account import LOCAL_ADDRESS
from deskhand.mail.accounts import Accounts
from deskhand.mail.compose import Outgoing
from deskhand.mail.mailbox import MailRef
from deskhand.mail.maildir import Maildir
from deskhand.mail.post import Post
from deskhand.outbox.act import Entry
from deskhand.outbox.outbox import Outbox
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio
TO_BOB = Outgoing(LOCAL_ADDRESS, to=(BOB,), subject="Figures", text="Here they are.\n")
TO_SELF = replace(TO_BOB, cc=(LOCAL_ADDRESS,))


class Home:
    """The local mailbox of one person."""

    def __init__(self, database: Database, folder: Path, subject: str = "ann") -> None:
        self.subject, self.database = subject, database
        self.accounts = Accounts({}, folder, now, UTC)
        self.outbox = Outbox(database, now)
        self.post = Post(self.accounts, self.outbox, now, UTC)
        (self.account,) = self.accounts.of(subject)

    async def send(self, outgoing: Outgoing) -> Entry:
        entry = await self.post.propose(self.subject, self.account, outgoing)
        assert await self.post.passes(entry)
        return await self.post.send(self.subject, entry.key)

    async def mails(self) -> dict[str, int]:
        """How many mails there are, by folder; empty folders are left out."""
        found = await self.accounts.mailbox(self.account).folders()
        return {folder.name: folder.total for folder in found if folder.total}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncGenerator[Home]:
    with Database(None) as database:
        yield Home(database, tmp_path)


async def test_what_is_for_others_is_kept_in_sent_and_said_to_be_here(home: Home) -> None:
    entry = await home.send(TO_BOB)
    assert entry.result["answer"] == "delivered locally: nothing left this machine"
    assert (entry.state, entry.result["local_only"], entry.result["warnings"]) == ("done", True, [])
    assert await home.mails() == {"Sent": 1}
    copy = entry.result["copy"]
    assert isinstance(copy, list)
    raw = await home.accounts.mailbox(home.account).raw(MailRef(*map(str, copy)), max_bytes=10_000)
    assert raw.startswith(b"X-Deskhand-Delivery: local\r\n")


async def test_what_is_for_oneself_arrives_once(home: Home) -> None:
    for _ in range(2):
        assert (await home.send(TO_SELF)).state == "done"
    assert await home.mails() == {"Inbox": 1, "Sent": 1}


async def test_a_full_disk_in_the_middle_leaves_nothing_twice(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Maildir.append

    async def full(box: Maildir, folder: str, raw: bytes, flags: object, at: datetime) -> MailRef:
        if folder == "Sent":
            raise DeskhandError("The disk is full.")
        return await whole(box, folder, raw, frozenset(), at)

    with monkeypatch.context() as patch:
        patch.setattr(Maildir, "append", full)
        with pytest.raises(DeskhandError, match="The disk is full"):
            await home.send(TO_SELF)
    assert (await home.outbox.newest("ann"))[0].state == "failed"
    assert (await home.send(TO_SELF)).state == "done"
    assert await home.mails() == {"Inbox": 1, "Sent": 1}


async def test_two_people_send_in_worlds_of_their_own(home: Home, tmp_path: Path) -> None:
    bobs = Home(home.database, tmp_path, "bob")
    await home.send(TO_SELF)
    assert await bobs.mails() == {}
    await bobs.send(TO_SELF)
    assert await bobs.mails() == await home.mails() == {"Inbox": 1, "Sent": 1}
