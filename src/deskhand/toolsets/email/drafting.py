"""Drafts, kept where mail programs show them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from secrets import token_hex

from anyio import to_thread

from deskhand.errors import NotFound
from deskhand.mail.after_sending import drop_draft
from deskhand.mail.compose import Outgoing, build
from deskhand.mail.preview import preview
from deskhand.toolsets.email.handle import handle_of
from deskhand.toolsets.email.mailboxes import Mailboxes
from deskhand.toolsets.email.results import Drafted
from deskhand.toolsets.email.writing import Written
from deskhand.visible import visible
from deskhand.zone import Zone

NOBODY = "It goes to nobody yet: give to, cc or bcc before it is sent."


class Drafting:
    """Keeps drafts of one person at a time."""

    def __init__(self, mailboxes: Mailboxes, now: Callable[[], datetime], zone: Zone) -> None:
        self._mailboxes = mailboxes
        self._now = now
        self._zone = zone

    async def save(self, written: Written) -> Drafted:
        """Put the mail into Drafts; the draft it was goes away after, into the trash where it held more.

        Raises:
            InvalidInput: something in it cannot be in a mail.
            NotFound: the account only sends.
        """
        mailbox, now = self._mailboxes.box(written.account), self._now()
        message_id = f"<{token_hex(16)}@{written.account.address.domain}>"
        raw = await to_thread.run_sync(_built, written.outgoing, message_id, now.astimezone(self._zone))
        with self._mailboxes.noting(written.account):
            folder = await mailbox.folder_for("drafts", create=True)
            ref = await mailbox.append(folder, raw, frozenset({"draft", "seen"}), now)
        if written.draft is not None:
            with suppress(NotFound):
                await drop_draft(mailbox, written.draft, keep=written.outgoing.shortened)
        nobody = not (written.outgoing.to or written.outgoing.cc or written.outgoing.bcc)
        return Drafted(
            id=handle_of(ref),
            account=written.account.name,
            preview=visible(written.outgoing.text) if nobody else shown(written),
            notes=(*written.notes, NOBODY) if nobody else written.notes,
        )


def shown(written: Written) -> str:
    """The mail as the person sees it before it is sent.

    Raises:
        InvalidInput: it cannot be sent as it is.
    """
    return preview(written.outgoing, own=written.account.own, notes=written.notes)


def _built(outgoing: Outgoing, message_id: str, at: datetime) -> bytes:
    return build(outgoing, message_id=message_id, date=at, keep_bcc=True)
