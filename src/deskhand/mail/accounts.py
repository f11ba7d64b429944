"""Everybody's accounts: each person sees their own, and the local one where they have none."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from deskhand.errors import NotFound
from deskhand.kept import folder_of
from deskhand.mail.account import Account, local_account
from deskhand.mail.account_settings import accounts_of
from deskhand.mail.mailbox import Mailbox
from deskhand.mail.open_mailbox import open_mailbox
from deskhand.settings_accounts import AccountSettings
from deskhand.visible import visible_line
from deskhand.zone import Zone


class Accounts:
    """The accounts of this installation and their mailboxes, which are opened when first asked for.

    `subject` is always `Principal.subject`, never an argument of a call.
    """

    def __init__(
        self, settings: Mapping[str, AccountSettings], data_dir: Path, now: Callable[[], datetime], zone: Zone
    ) -> None:
        self._accounts = accounts_of(settings, now, data_dir / "tokens")
        self._folder = data_dir / "email"
        self._now = now
        self._zone = zone
        self._mailboxes: dict[tuple[str, str], Mailbox] = {}

    def of(self, subject: str) -> tuple[Account, ...]:
        """A person's accounts in the order of the settings; the local one alone where there is none."""
        return self._own(subject) or (local_account(subject),)

    def for_mail(self, subject: str) -> tuple[Account, ...]:
        """Those that have mail; the local one alone where none has."""
        return tuple(account for account in self._own(subject) if account.has_mail) or (local_account(subject),)

    def for_calendars(self, subject: str) -> tuple[Account, ...]:
        """Those that have calendars; the local one alone where none has."""
        return tuple(account for account in self._own(subject) if account.has_calendars) or (local_account(subject),)

    def named(self, subject: str, name: str) -> Account:
        """The person's account with this name. What lies in the local one stays within reach beside others.

        Raises:
            NotFound: they have none with this name; says which they have.
        """
        for account in (*self._own(subject), local_account(subject)):
            if account.name == name:
                return account
        known = ", ".join(account.name for account in self.of(subject))
        raise NotFound(f"There is no account {visible_line(name)[:60]!r}. There are: {known}.")

    def mailbox(self, account: Account) -> Mailbox:
        """The account's mail; the same object each time, until `aclose`.

        Raises:
            NotFound: the account only sends.
        """
        key = (account.owner, account.name)
        if key not in self._mailboxes:
            folder = folder_of(self._folder, account.owner)
            self._mailboxes[key] = open_mailbox(account, folder)
        return self._mailboxes[key]

    async def aclose(self) -> None:
        """Give up connections; they are made again when somebody asks for a mailbox."""
        opened, self._mailboxes = self._mailboxes, {}
        for mailbox in opened.values():
            with suppress(OSError):
                await mailbox.aclose()

    def _own(self, subject: str) -> tuple[Account, ...]:
        return tuple(account for account in self._accounts if account.owner == subject)
