"""The local mailbox keeps the laws of mailboxes, through crashes and beside other processes."""

from pathlib import Path

import pytest
from tests.mail.mailbox_laws import Law, every_law

from deskhand.mail.maildir import Maildir

pytestmark = pytest.mark.anyio


@every_law
async def test_the_local_mailbox_keeps_the_law(check: Law, tmp_path: Path) -> None:
    await check(Maildir("local", tmp_path / "mail"))
