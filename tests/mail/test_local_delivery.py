"""Without an account nothing leaves the machine, and both the answer and the copy say so."""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime

import pytest

from deskhand.errors import InvalidInput, Unavailable
from deskhand.mail.address import Address
from deskhand.mail.local_delivery import LocalDelivery, marked
from deskhand.mail.mailbox import Capabilities, Changed, Envelope, Flag, Folder, MailRef, Page, Role
from deskhand.mail.query import Query
from deskhand.mail.reply_recipients import Own

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
RAW = b"From: me@example.org\r\n\r\nHello\r\n"
OWN = Own(Address("me@example.org"), ("alias@example.org",))


class Inbox:
    """A mailbox that can only be written to; what was done, in order."""

    account = "local"

    def __init__(self) -> None:
        self.did: list[object] = []

    async def folder_for(self, role: Role, *, create: bool = False) -> str:
        return f"{role}, {create}"

    async def append(self, folder: str, raw: bytes, flags: frozenset[Flag], at: datetime) -> MailRef:
        self.did.append((folder, raw, flags, at))
        return MailRef(self.account, folder, "1")

    async def crossing(self) -> None:
        self.did.append("crossing")

    async def folders(self) -> Sequence[Folder]:
        raise Unavailable

    async def search(self, query: Query, *, offset: int, limit: int) -> Page:
        raise Unavailable

    async def raw(self, ref: MailRef, *, max_bytes: int) -> bytes:
        raise Unavailable

    async def envelopes(self, refs: Sequence[MailRef]) -> Sequence[Envelope]:
        raise Unavailable

    async def by_message_id(self, message_id: str, *, folders: Sequence[str] = ()) -> Sequence[MailRef]:
        raise Unavailable

    async def related(self, message_ids: Sequence[str]) -> Sequence[Envelope]:
        raise Unavailable

    async def flag(self, refs: Sequence[MailRef], add: frozenset[Flag], remove: frozenset[Flag]) -> None:
        raise Unavailable

    async def move(self, refs: Sequence[MailRef], folder: str) -> Sequence[MailRef]:
        raise Unavailable

    async def remove(self, ref: MailRef) -> None:
        raise Unavailable

    async def changes(self, _folder: str = "", /) -> AsyncGenerator[Changed]:
        for folder in ():
            yield Changed(folder)

    async def capabilities(self) -> Capabilities:
        raise Unavailable

    async def aclose(self) -> None:
        raise Unavailable


async def deliver(inbox: Inbox, *recipients: str) -> str:
    delivery = LocalDelivery(inbox, OWN, lambda: NOW)
    return (await delivery.deliver(RAW, "me@example.org", recipients, crossing=inbox.crossing)).answer


@pytest.mark.parametrize("recipient", ["me@example.org", "ALIAS@example.org", "me+tea@example.org"])
async def test_a_mail_to_oneself_comes_into_the_inbox_after_the_crossing(recipient: str) -> None:
    inbox = Inbox()
    assert await deliver(inbox, recipient) == "Delivered locally, into your own inbox."
    copy = b"X-Deskhand-Delivery: local\r\n" + RAW
    assert inbox.did == ["crossing", ("inbox, True", copy, frozenset(), NOW)]


async def test_a_mail_to_others_goes_nowhere_and_says_so() -> None:
    inbox = Inbox()
    answer = await deliver(inbox, "bob@example.org")
    assert "nothing left this machine for bob@example.org" in answer
    assert inbox.did == ["crossing"]


async def test_a_mail_to_oneself_and_others_does_both() -> None:
    inbox = Inbox()
    assert "for bob@example.org." in await deliver(inbox, "bob@example.org", "me@example.org")
    assert len(inbox.did) == 2


async def test_an_address_that_is_none_is_refused_as_it_would_be_by_a_server() -> None:
    inbox = Inbox()
    with pytest.raises(InvalidInput):
        await deliver(inbox, "bob")
    assert inbox.did == []


def test_a_copy_is_marked_once() -> None:
    assert marked(marked(RAW)) == marked(RAW) == b"X-Deskhand-Delivery: local\r\n" + RAW
