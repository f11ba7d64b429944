"""Sending mails, exactly once, through the outbox."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from anyio import to_thread

from deskhand.errors import Denied, InvalidInput
from deskhand.mail.account import Account
from deskhand.mail.accounts import Accounts
from deskhand.mail.compose import Outgoing, build
from deskhand.mail.letter import letter_from, letter_of, sameness_of, title_of
from deskhand.mail.mail_performer import MailPerformer
from deskhand.mail.mailbox import MailRef
from deskhand.mail.message_id import message_id_for
from deskhand.mail.preview import preview
from deskhand.outbox.act import Act, Entry, Performer
from deskhand.outbox.outbox import Outbox
from deskhand.zone import Zone

KIND = "mail"
"""The kind of acts that are mails."""
HOUR = timedelta(hours=1)
LOCAL_ONLY = "Local only: nothing leaves this machine."


class Post:
    """The way of every mail: `propose`, then `send` at once where `passes` says so, else when the person said yes."""

    def __init__(self, accounts: Accounts, outbox: Outbox, now: Callable[[], datetime], zone: Zone) -> None:
        self._accounts = accounts
        self._outbox = outbox
        self._now = now
        self._zone = zone
        self._performer = MailPerformer(accounts, now, zone)

    async def propose(
        self,
        subject: str,
        account: Account,
        outgoing: Outgoing,
        *,
        key: str = "",
        draft: MailRef | None = None,
        notes: Sequence[str] = (),
    ) -> Entry:
        """Put the mail down as it will be sent, or find it if it was proposed before, in whatever state it is.

        `draft` is where it lies among the drafts: it is removed there when the mail was sent. With In-Reply-To, the
        mail that is answered is marked then; with References alone, it is marked as forwarded. `notes` is what else the
        person is to read in the preview.

        Raises:
            InvalidInput: it cannot be sent, or not from this account.
            Conflict: the key was used for something else.
        """
        _check(subject, account, outgoing)
        act = await to_thread.run_sync(_act, account, outgoing, draft, tuple(notes))
        date = self._now().astimezone(self._zone)

        def freeze(minted: str) -> bytes:
            return build(outgoing, message_id=message_id_for(subject, minted, outgoing.sender), date=date)

        return await self._outbox.propose(subject, act, key=key, freeze=freeze)

    async def passes(self, entry: Entry) -> bool:
        """Whether this mail may leave without asking the person; the frozen recipients count."""
        account = self._accounts.named(entry.subject, entry.account)
        return await self.may_pass(entry.subject, account, letter_from(entry.payload).recipients)

    async def may_pass(self, subject: str, account: Account, recipients: Sequence[str]) -> bool:
        """Whether a mail to these addresses may leave without asking the person.

        With the local account nothing leaves. Else everybody must be on the account's allow list, and fewer than
        `hourly` mails have been sent with it in the last hour.
        """
        if account.is_local:
            return True
        if not recipients or not all(account.allows(recipient) for recipient in recipients):
            return False
        return await self._outbox.count(subject, KIND, account.name, self._now() - HOUR) < account.hourly

    async def send(self, subject: str, key: str) -> Entry:
        """Send a mail that was proposed, if nobody has; the entry as it is then.

        It is `done` (its `result` tells what the server answered, and `warnings`), or its outcome is `unknown`: then
        calling again looks whether it left a trace. What is done, denied or in other hands stays as it is.

        Raises:
            NotFound: there is no such mail.
            DeskhandError: it was not sent, and why; it can be tried again with the same key.
        """
        entry = await self._outbox.find(subject, key)
        if entry.kind != KIND:
            raise InvalidInput(f"{entry.title}: this is no mail.")
        return await self._outbox.perform(subject, key, self._performer)

    def performers(self) -> Mapping[str, Performer]:
        """Who performs the acts of this kind, for `deskhand approve`."""
        return {KIND: self._performer}


def _check(subject: str, account: Account, outgoing: Outgoing) -> None:
    if account.owner != subject:
        raise Denied("This account belongs to somebody else.")
    if not account.is_local and account.smtp is None:
        raise InvalidInput(f"The account {account.name!r} only reads mail: set accounts.{account.name}.smtp.")
    if outgoing.sender.key != account.address.key:
        raise InvalidInput(
            f"The account {account.name!r} sends as {account.address.email}, not as {outgoing.sender.email}."
        )


def _act(account: Account, outgoing: Outgoing, draft: MailRef | None, notes: Sequence[str]) -> Act:
    return Act(
        kind=KIND,
        title=title_of(outgoing),
        preview=preview(outgoing, own=account.own, notes=(LOCAL_ONLY, *notes) if account.is_local else notes),
        account=account.name,
        payload=letter_of(outgoing, draft).payload(),
        sameness=sameness_of(outgoing),
    )
