"""The seam to where mail lies: the local mailbox and IMAP behave alike behind it."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from deskhand.mail.mail import Headers
from deskhand.mail.query import Query

Role = Literal["inbox", "sent", "drafts", "trash", "archive", "junk", "all", ""]
"""The special use of a folder (RFC 6154), found by attribute or by name; empty for any other folder."""
Flag = Literal["seen", "answered", "flagged", "draft", "forwarded"]


@dataclass(frozen=True, slots=True, order=True)
class MailRef:
    """Where a mail is. `uid` is the mailbox's own stable name of it, without slashes (IMAP: `<uid>.<uidvalidity>`)."""

    account: str
    folder: str
    uid: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder by its full name, decoded, with `/` between levels."""

    name: str
    role: Role = ""
    total: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Envelope:
    """A line of a list: what is known of a mail without reading its body."""

    ref: MailRef
    headers: Headers
    received: datetime
    """Aware; when the mailbox got it."""
    size: int
    flags: frozenset[Flag] = frozenset()
    attachments: tuple[str, ...] = ()
    """Names of attached files, as far as the mailbox says without the body."""
    keywords: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Page:
    """Envelopes, newest first, of `total` that match (`at_least`: there may be more)."""

    envelopes: tuple[Envelope, ...]
    total: int
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """What is different in a folder: new or gone mails, or flags."""

    folder: str
    uids: tuple[str, ...] = ()
    """Those that are known to have changed; empty when only the folder is known."""
    new: bool = False
    """Whether mail arrived."""


LISTENING = Changed("")
"""What a mailbox tells first, when it listens: who looks now misses nothing."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the mailbox can do, for `health` and `deskhand accounts test`."""

    description: str
    folders: tuple[Folder, ...] = field(default=())
    push: bool = False
    """IDLE (RFC 2177), or file events; else it is looked at every so often."""


class Mailbox(Protocol):
    """One account's mail. All errors are DeskhandErrors; `Unavailable` when the server does not answer."""

    account: str

    async def folders(self) -> Sequence[Folder]:
        """All folders, those with a role first."""
        ...

    async def folder_for(self, role: Role, *, create: bool = False) -> str:
        """The name of the folder with this role.

        Raises:
            NotFound: there is none, and it is not to be made.
        """
        ...

    async def search(self, query: Query, *, offset: int, limit: int) -> Page:
        """Mails that match, newest first, in the folder the query names (`in:`), else where a person would look."""
        ...

    async def raw(self, ref: MailRef, *, max_bytes: int) -> bytes:
        """The whole mail, RFC 5322 bytes. It is not marked as read.

        Raises:
            NotFound: it is not there any more, or was moved: the error says how to find it again.
            LimitExceeded: it is larger.
        """
        ...

    async def envelopes(self, refs: Sequence[MailRef]) -> Sequence[Envelope]:
        """The lines of these mails that are still there."""
        ...

    async def by_message_id(self, message_id: str, *, folders: Sequence[str] = ()) -> Sequence[MailRef]:
        """Where mails with this Message-ID are, in these folders or in all."""
        ...

    async def related(self, message_ids: Sequence[str]) -> Sequence[Envelope]:
        """Mails of all folders (without trash and junk) that have, or refer to, one of these Message-IDs."""
        ...

    async def append(self, folder: str, raw: bytes, flags: frozenset[Flag], at: datetime) -> MailRef:
        """Put a mail into a folder, which is made if it is missing. On disk when this returns."""
        ...

    async def flag(self, refs: Sequence[MailRef], add: frozenset[Flag], remove: frozenset[Flag]) -> None:
        """Change flags."""
        ...

    async def move(self, refs: Sequence[MailRef], folder: str) -> Sequence[MailRef | None]:
        """Move mails; where they are then, in this order, None where the mailbox does not tell.

        The folder is made if it is missing.
        """
        ...

    async def remove(self, ref: MailRef) -> None:
        """Delete one mail for good: only a draft that was sent or replaced."""
        ...

    def changes(self, folder: str = "", /) -> AsyncGenerator[Changed]:
        """`LISTENING`, then what changes, until the generator is closed; heals by itself after a lost connection.

        It tells of the inbox as it changes, or of `folder`: a server of that one every so often. It may tell of others.
        """
        ...

    async def capabilities(self) -> Capabilities:
        """Connect, and say what is there.

        Raises:
            Unavailable: it cannot be reached, and why, in words that help: address, TLS, password.
        """
        ...

    async def aclose(self) -> None:
        """Give up connections."""
        ...
