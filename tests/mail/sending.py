"""Ann's account at a real SMTP server on loopback, with her mailbox as files: what a provider would hold."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.mail.smtp_server import SmtpServer, running
from tests.outbox.world import Clock

from deskhand.mail.account import Account
from deskhand.mail.accounts import Accounts
from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing
from deskhand.mail.letter import Origin
from deskhand.mail.mailbox import Mailbox, MailRef
from deskhand.mail.maildir import Maildir
from deskhand.mail.post import Post
from deskhand.outbox.act import Entry
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

    def __init__(
        self, accounts: Mapping[str, AccountSettings], folder: Path, clock: Callable[[], datetime] = now
    ) -> None:
        super().__init__(accounts, folder, clock, UTC)
        self.provider: Mailbox = Maildir("work", folder / "provider")

    def mailbox(self, account: Account) -> Mailbox:
        return super().mailbox(account) if account.is_local else self.provider


class Office:
    """What one process has in hand."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        accounts: Mapping[str, AccountSettings],
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.database = database
        self.accounts = Beside(accounts, folder, clock)
        self.outbox = Outbox(database, clock)
        self.post = Post(self.accounts, self.outbox, clock, UTC)

    @property
    def work(self) -> Account:
        """Ann's account `work`."""
        return self.accounts.named(ANN, "work")

    def outgoing(self, subject: str = "Figures", **values: object) -> Outgoing:
        """A mail to Bob."""
        fields: dict[str, object] = {"to": (BOB,), "text": "Here they are.\n", **values}
        return Outgoing(self.work.address, subject=subject, **fields)  # type: ignore[arg-type]


@dataclass
class Desk:
    """Ann's office, the clock in it, and the server her mail leaves through."""

    office: Office
    clock: Clock
    server: SmtpServer

    @property
    def provider(self) -> Maildir:
        found = self.office.accounts.provider
        assert isinstance(found, Maildir)
        return found

    async def send(self, outgoing: Outgoing, *, key: str = "", draft: MailRef | None = None) -> Entry:
        entry = await self.office.post.propose(ANN, self.office.work, outgoing, key=key, origin=Origin(draft))
        return await self.office.post.send(ANN, entry.key)

    async def keep(self, folder: str, message_id: str) -> MailRef:
        raw = f"Message-ID: {message_id}\r\n\r\nText\r\n".encode()
        return await self.provider.append(folder, raw, frozenset(), self.clock())

    async def raw(self, entry: Entry) -> bytes:
        """The copy in Sent."""
        copy = entry.result["copy"]
        assert isinstance(copy, list)
        return await self.provider.raw(MailRef(*map(str, copy)), max_bytes=1_000_000)


@asynccontextmanager
async def desk_in(folder: Path) -> AsyncGenerator[Desk]:
    """A desk whose account may write to Bob and to example.com unasked, twice an hour."""
    clock = Clock()
    with Database(None) as database:
        async with running() as server:
            work = settings(server.port, allow=["bob@example.org", "*@example.com"], hourly=2)
            yield Desk(Office(database, folder, {"work": work}, clock), clock, server)
