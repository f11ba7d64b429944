"""A mailbox on a real server keeps the laws of mailboxes, whatever the server can."""

from collections.abc import AsyncIterator

import pytest
from tests.mail.imap_accounts import account_of
from tests.mail.mailbox_laws import Law, every_law
from tests.mail_server.dovecot import Dovecot

from deskhand.mail.imap import Imap

pytestmark = pytest.mark.anyio


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
