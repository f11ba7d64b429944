"""What follows when a mail has left: the copy in Sent, the mark at the mail it answers, the end of its draft.

Nothing of it can undo the sending: what goes wrong becomes a warning.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Literal

import anyio

from deskhand.errors import DeskhandError, NotFound
from deskhand.mail.accounts import Accounts
from deskhand.mail.letter import Letter, copy_for_sent
from deskhand.mail.mailbox import Flag, Mailbox, MailRef

SECONDS = 30.0
"""Longest time for all of it."""


class AfterSending:
    """Does it for one mail. `warnings` and `copy` tell what came of it."""

    def __init__(self, accounts: Accounts, subject: str, account: str) -> None:
        self._accounts = accounts
        self._subject = subject
        self._account = account
        self.warnings: list[str] = []
        self.copy: MailRef | None = None

    async def run(self, letter: Letter, raw: bytes, message_id: str, at: datetime) -> None:
        """All steps, each even where another one fails; a cancellation waits for them."""
        with anyio.move_on_after(SECONDS, shield=True) as scope:
            async with self._warning("No copy is in Sent"):
                mailbox = self._mailbox(self._account)
                self.copy = await put_once(mailbox, "sent", copy_for_sent(raw, letter), message_id, at)
            async with self._warning("The mail it belongs to is not marked"):
                await self._mark(letter)
            async with self._warning("The draft is still there"):
                await self._drop(letter)
        if scope.cancelled_caught:
            self.warnings.append(f"The mailbox did not answer within {SECONDS:g} s: look whether the copy is in Sent.")

    @asynccontextmanager
    async def _warning(self, what: str) -> AsyncGenerator[None]:
        try:
            yield
        except DeskhandError as error:
            self.warnings.append(f"{what}: {error.message}")
        except OSError as error:
            self.warnings.append(f"{what}: {error.strerror or type(error).__name__}.")

    async def _mark(self, letter: Letter) -> None:
        message_id, flag = _mark_of(letter)
        if not message_id:
            return
        mailbox = self._mailbox(self._account)
        refs = await mailbox.by_message_id(message_id)
        if refs:
            await mailbox.flag(refs, frozenset({flag}), frozenset())

    async def _drop(self, letter: Letter) -> None:
        if letter.draft is not None:
            with suppress(NotFound):
                await drop_draft(self._mailbox(letter.draft.account), letter.draft, keep=letter.keeps_draft)

    def _mailbox(self, name: str) -> Mailbox:
        return self._accounts.mailbox(self._accounts.named(self._subject, name))


async def drop_draft(mailbox: Mailbox, draft: MailRef, *, keep: bool) -> None:
    """Take away a draft that was sent or replaced; into the trash where what took its place holds less than it.

    Raises:
        NotFound: it is not there any more.
    """
    if keep:
        await mailbox.move([draft], await mailbox.folder_for("trash", create=True))
    else:
        await mailbox.remove(draft)


async def put_once(
    mailbox: Mailbox, role: Literal["sent", "inbox"], raw: bytes, message_id: str, at: datetime
) -> MailRef:
    """Put a mail, as read, into Sent or the inbox, if it is not there yet: some servers keep the copy themselves."""
    folder = await mailbox.folder_for(role, create=True)
    found = await mailbox.by_message_id(message_id, folders=[folder])
    if found:
        return found[0]
    return await mailbox.append(folder, raw, frozenset({"seen"}) if role == "sent" else frozenset(), at)


def _mark_of(letter: Letter) -> tuple[str, Flag]:
    return (letter.answers, "answered") if letter.answers else (letter.forwards, "forwarded")
