"""One person's mailboxes, and the mails in them by what somebody wrote for them."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from deskhand.errors import DeskhandError, InvalidInput, LimitExceeded, NotFound, Unavailable
from deskhand.mail.account import Account
from deskhand.mail.accounts import Accounts
from deskhand.mail.mailbox import Mailbox, MailRef
from deskhand.toolsets.email.handle import parse_handle
from deskhand.toolsets.email.samples import Samples


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail is, and in whose hands."""

    account: Account
    mailbox: Mailbox
    ref: MailRef


class Mailboxes:
    """The mailboxes of everybody; each method sees those of `subject` only."""

    def __init__(self, accounts: Accounts, max_bytes: int, samples: Samples | None = None) -> None:
        self._accounts = accounts
        self._max_bytes = max_bytes
        self._samples = samples
        self._troubles: dict[tuple[str, str], str] = {}

    async def readable(self, subject: str, name: str = "") -> tuple[Account, ...]:
        """The accounts with a mailbox, or the one of this name.

        Raises:
            NotFound: there is no such account.
        """
        named = (self._accounts.named(subject, name),) if name else self._accounts.for_mail(subject)
        for account in named:
            await self._begun(account)
        return tuple(one for one in named if one.is_local or one.imap is not None) or named

    def sending(self, subject: str, name: str = "") -> Account:
        """The account of this name; without a name the first that can send.

        Raises:
            NotFound: there is no such account.
        """
        if name:
            return self._accounts.named(subject, name)
        found = self._accounts.for_mail(subject)
        return next((one for one in found if one.is_local or one.smtp is not None), found[0])

    def box(self, account: Account) -> Mailbox:
        """The account's mailbox.

        Raises:
            NotFound: the account only sends.
        """
        return self._accounts.mailbox(account)

    async def place(self, subject: str, handle: str) -> Place:
        """Where the mail is that somebody means by `handle`; one given by its place is not looked for.

        Raises:
            InvalidInput: it is no handle.
            NotFound: there is no such account, or no mail with this Message-ID.
        """
        found = parse_handle(handle)
        if isinstance(found, MailRef):
            account = self._accounts.named(subject, found.account)
            await self._begun(account)
            return Place(account, self.box(account), found)
        for account in await self.readable(subject):
            with self.noting(account):
                refs = await self.box(account).by_message_id(found)
            if refs:
                return Place(account, self.box(account), refs[0])
        raise NotFound(f"No mail of yours has the Message-ID {found}. Find it with email_search.")

    async def raw(self, place: Place) -> bytes:
        """The bytes of a mail.

        Raises:
            NotFound: it is not there any more.
            LimitExceeded: it is too large to be read here.
        """
        try:
            with self.noting(place.account):
                return await place.mailbox.raw(place.ref, max_bytes=self._max_bytes)
        except LimitExceeded as error:
            raise LimitExceeded(f"{error.message} The operator can raise toolsets.email.max_mail_bytes.") from error

    async def _begun(self, account: Account) -> None:
        if account.is_local and self._samples is not None:
            await self._samples.plant(account, self.box(account))

    @contextmanager
    def noting(self, account: Account) -> Generator[None]:
        """Keep in mind how the account is doing, for `troubles`: nobody connects just to know that."""
        key = (account.owner, account.name)
        try:
            yield
        except Unavailable as error:
            self._troubles[key] = error.message
            raise
        except DeskhandError:
            raise
        else:
            self._troubles.pop(key, None)

    def troubles(self, subject: str) -> dict[str, str]:
        """The person's accounts that did not answer the last time, and why."""
        return {name: trouble for (owner, name), trouble in self._troubles.items() if owner == subject}

    async def folder(self, mailbox: Mailbox, name: str) -> str:
        """The full name of a folder that exists, by its name or its role, in any case.

        Raises:
            InvalidInput: there is none; names those there are.
        """
        folders = await mailbox.folders()
        wanted = name.strip().casefold()
        by_name = {folder.role: folder.name for folder in reversed(folders) if folder.role}
        by_name = {**by_name, **{folder.name.casefold(): folder.name for folder in folders}}
        if wanted in by_name:
            return by_name[wanted]
        names = ", ".join(folder.name for folder in folders[:40])
        raise InvalidInput(f"There is no folder {name[:60]!r}. There are: {names}.")
