"""A mailbox on a real server keeps the laws of mailboxes, whatever the server can."""

from collections.abc import AsyncIterator
from typing import Literal

import pytest
from tests.mail.mailbox_laws import Law, every_law
from tests.mail_server.dovecot import Dovecot, MailUser

from deskhand.mail.endpoint import Endpoint
from deskhand.mail.imap import Imap
from deskhand.mail.imap_account import ImapAccount

pytestmark = pytest.mark.anyio


def account_of(server: Dovecot, user: MailUser, security: Literal["tls", "starttls", "none"] = "tls") -> ImapAccount:
    async def secret() -> str:
        return user.password

    port = server.tls_port if security == "tls" else server.plain_port
    at = Endpoint("localhost", port, security)
    return ImapAccount("work", at, user.name, secret, ca_file=server.ca_file, timeout=10, poll_seconds=0.05)


@pytest.fixture
async def box(dovecot: Dovecot) -> AsyncIterator[Imap]:
    mailbox = Imap(account_of(dovecot, dovecot.user()))
    yield mailbox
    await mailbox.aclose()


@pytest.fixture
async def plain_box(plain_dovecot: Dovecot) -> AsyncIterator[Imap]:
    mailbox = Imap(account_of(plain_dovecot, plain_dovecot.user(), "starttls"))
    yield mailbox
    await mailbox.aclose()


@every_law
async def test_a_server_that_can_all_keeps_the_law(check: Law, box: Imap) -> None:
    await check(box)


@every_law
async def test_a_server_that_can_little_keeps_the_law(check: Law, plain_box: Imap) -> None:
    await check(plain_box)
