"""Sending mails, exactly once, through the outbox."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from anyio import to_thread

from deskhand.errors import Conflict, Denied, InvalidInput
from deskhand.mail.account import Account
from deskhand.mail.accounts import Accounts
from deskhand.mail.compose import Outgoing, build
from deskhand.mail.letter import Origin, is_automatic, letter_from, letter_of, sameness_of, title_of
from deskhand.mail.mail_performer import MailPerformer
from deskhand.mail.mailbox import MailRef
from deskhand.mail.message_id import message_id_for
from deskhand.mail.preview import preview
from deskhand.outbox.act import Act, Entry, Limit, Performer
from deskhand.outbox.outbox import Outbox
from deskhand.zone import Zone

KIND = "mail"
"""The kind of acts that are mails."""
AUTOMATIC = "mail_automatic"
"""The kind of those that a rule writes: they have limits of their own."""
_LOOKED_THROUGH = 200
"""Among how many open acts is looked for other versions of a mail."""
NOWHERE = Origin()
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
        origin: Origin = NOWHERE,
        notes: Sequence[str] = (),
    ) -> Entry:
        """Put the mail down as it will be sent, or find it if it was proposed before, in whatever state it is.

        Its draft is removed when it was sent. What waits of the same draft, or of the same arguments when what they
        name has changed meanwhile, is withdrawn: one of two versions leaves. With In-Reply-To, the
        mail that is answered is marked then; with References alone, it is marked as forwarded. `notes` is what else the
        person is to read in the preview.

        Raises:
            InvalidInput: it cannot be sent, or not from this account.
            Conflict: the key was used for something else.
        """
        _check(subject, account, outgoing)
        act = await to_thread.run_sync(_act, account, outgoing, origin, tuple(notes))
        date = self._now().astimezone(self._zone)

        def freeze(minted: str) -> bytes:
            return build(outgoing, message_id=message_id_for(subject, minted, outgoing.sender), date=date)

        entry = await self._outbox.propose(subject, act, key=key, freeze=freeze)
        if entry.state == "waiting" and origin != NOWHERE:
            await self._replace_others(entry)
        return entry

    async def withdraw(self, subject: str, draft: MailRef, why: str) -> None:
        """What waits of a draft that is not any more what it was does not wait any more."""
        for entry in await self._open(subject):
            if letter_from(entry.payload).draft == draft:
                await self._deny(entry, why)

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
        return not await self._outbox.is_reached(subject, self.limit(account))

    def limit(self, account: Account, *kinds: str) -> Limit:
        """How much may leave from an account unasked: its mails, and acts of other `kinds` that send some."""
        return Limit((KIND, *kinds), account.name, account.hourly)

    async def send(self, subject: str, key: str, *, unasked: bool = False) -> Entry:
        """Send a mail that was proposed, if nobody has; the entry as it is then.

        With `unasked` nobody said yes to it, because it `passes`: beyond the hourly limit it goes on waiting.

        It is `done` (its `result` tells what the server answered, and `warnings`), or its outcome is `unknown`: then
        calling again looks whether it left a trace. What is done, denied or in other hands stays as it is.

        Raises:
            NotFound: there is no such mail.
            DeskhandError: it was not sent, and why; it can be tried again with the same key.
        """
        entry = await self._outbox.find(subject, key)
        if entry.kind not in (KIND, AUTOMATIC):
            raise InvalidInput(f"{entry.title}: this is no mail.")
        account = self._accounts.named(subject, entry.account) if unasked else None
        limit = None if account is None or account.is_local else self.limit(account)
        return await self._outbox.perform(subject, key, self._performer, limit=limit)

    async def _replace_others(self, entry: Entry) -> None:
        letter = letter_from(entry.payload)
        for other in await self._open(entry.subject):
            older = other.key != entry.key and other.created <= entry.created
            if older and letter_from(other.payload).is_same_work(letter):
                await self._deny(other, f"Replaced by {entry.uri}.")

    async def _open(self, subject: str) -> list[Entry]:
        found = await self._outbox.newest(subject, states=("waiting", "failed"), limit=_LOOKED_THROUGH)
        return [entry for entry in found if entry.kind == KIND]

    async def _deny(self, entry: Entry, why: str) -> None:
        with suppress(Conflict):  # it is being sent at this moment, or somebody else decided
            await self._outbox.deny(entry.subject, entry.key, why)

    def performers(self) -> Mapping[str, Performer]:
        """Who performs the acts of this kind, for `deskhand approve`."""
        return {KIND: self._performer, AUTOMATIC: self._performer}


def _check(subject: str, account: Account, outgoing: Outgoing) -> None:
    if account.owner != subject:
        raise Denied("This account belongs to somebody else.")
    if not account.is_local and account.smtp is None:
        raise InvalidInput(f"The account {account.name!r} only reads mail: set accounts.{account.name}.smtp.")
    if outgoing.sender.key != account.address.key:
        raise InvalidInput(
            f"The account {account.name!r} sends as {account.address.email}, not as {outgoing.sender.email}."
        )


def _act(account: Account, outgoing: Outgoing, origin: Origin, notes: Sequence[str]) -> Act:
    return Act(
        kind=AUTOMATIC if is_automatic(outgoing) else KIND,
        title=title_of(outgoing),
        preview=preview(
            outgoing, own=account.own, notes=(LOCAL_ONLY, *notes) if account.is_local else notes, most=None
        ),
        account=account.name,
        payload=letter_of(outgoing, origin).payload(),
        sameness=sameness_of(outgoing),
    )
