"""Ann's account at a real SMTP server on loopback, with her mailbox as files: what a provider would hold."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from deskhand.mail.account import Account
from deskhand.mail.accounts import Accounts
from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing
from deskhand.mail.mailbox import Mailbox
from deskhand.mail.maildir import Maildir
from deskhand.mail.post import Post
from deskhand.outbox.outbox import Outbox
from deskhand.settings_accounts import AccountSettings
from deskhand.store.database import Database

ANN = "ann"
BOB = Address("bob@example.org", "Bob")


def now() -> datetime:
    return datetime.now(UTC)


def settings(port: int, **values: object) -> AccountSettings:
    """An account that sends through a server without encryption on this port."""
    given: Mapping[str, object] = {
        "address": "ann@example.org",
        "name": "Ann",
        "owner": ANN,
        "smtp": f"smtp://127.0.0.1:{port}",
        "security": "none",
        **values,
    }
    return AccountSettings.model_validate(given)


class Beside(Accounts):
    """Accounts whose mailboxes all lie in a folder: `provider`."""

    def __init__(self, accounts: Mapping[str, AccountSettings], folder: Path) -> None:
        super().__init__(accounts, folder, now, UTC)
        self.provider: Mailbox = Maildir("work", folder / "provider")

    def mailbox(self, account: Account) -> Mailbox:
        return super().mailbox(account) if account.is_local else self.provider


class Office:
    """What one process has in hand."""

    def __init__(self, database: Database, folder: Path, accounts: Mapping[str, AccountSettings]) -> None:
        self.accounts = Beside(accounts, folder)
        self.outbox = Outbox(database, now)
        self.post = Post(self.accounts, self.outbox, now, UTC)

    @property
    def work(self) -> Account:
        """Ann's account `work`."""
        return self.accounts.named(ANN, "work")

    def outgoing(self, subject: str = "Figures", **values: object) -> Outgoing:
        """A mail to Bob."""
        fields: dict[str, object] = {"to": (BOB,), "text": "Here they are.\n", **values}
        return Outgoing(self.work.address, subject=subject, **fields)  # type: ignore[arg-type]
