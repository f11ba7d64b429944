"""Delivery where there is no account: nothing leaves this machine, and whoever reads the copy can see that."""

from collections.abc import Callable, Sequence
from datetime import datetime

from deskhand.mail.address import Address
from deskhand.mail.mailbox import Mailbox
from deskhand.mail.recipients import check_recipients
from deskhand.mail.reply_recipients import Own
from deskhand.mail.smtp_outcome import Crossing, Delivered

MARK = b"X-Deskhand-Delivery: local\r\n"
"""The header of a mail that went nowhere else."""


def marked(raw: bytes) -> bytes:
    """The mail with the header that says it was delivered locally: for the copy in Sent."""
    return raw if raw.startswith(MARK) else MARK + raw


class LocalDelivery:
    """The way out of the local mailbox: into its own inbox what is to its own person, and nowhere what is to others."""

    def __init__(self, mailbox: Mailbox, own: Own, now: Callable[[], datetime]) -> None:
        self._mailbox = mailbox
        self._own = own
        self._now = now

    async def deliver(self, raw: bytes, sender: str, recipients: Sequence[str], *, crossing: Crossing) -> Delivered:
        """Put a mail to oneself into the inbox. It is on disk when this returns, so that its outcome is known.

        Raises:
            InvalidInput: an address is wrong.
            DeskhandError: the mailbox cannot be written; what became of it, its own error says.
        """
        people = check_recipients([Address(recipient) for recipient in recipients]).to
        others = [address.email for address in people if not self._own.holds(address)]
        inbox = await self._mailbox.folder_for("inbox", create=True)
        await crossing()
        if len(others) < len(people):
            await self._mailbox.append(inbox, marked(raw), frozenset(), self._now())
        if not others:
            return Delivered("Delivered locally, into your own inbox.")
        return Delivered(
            f"Delivered locally only: no mail account is connected, so that nothing left this machine for "
            f"{', '.join(others[:10])}{' …' if len(others) > 10 else ''}. `deskhand accounts add` connects one."
        )
