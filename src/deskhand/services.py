"""What the house lends a toolset."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from deskhand.kept import Kept
from deskhand.mail.accounts import Accounts
from deskhand.mail.post import Post
from deskhand.outbox.outbox import Outbox
from deskhand.result import Health
from deskhand.retrieval.find import Found
from deskhand.store.database import Database
from deskhand.zone import Zone


class Changes(Protocol):
    """Where a toolset announces changes. Events are coalesced for 250 ms; all methods return at once."""

    def resource_updated(self, uri: str, *, subject: str | None = None) -> None:
        """The resource changed. With `subject`, only that principal's subscribers hear of it."""
        ...

    def followers(self, uri: str) -> Collection[str]:
        """The subjects whose subscribers follow the resource now, for watchers that look for each of them."""
        ...

    def resource_list_changed(self, *, subject: str | None = None) -> None:
        """Resources appeared or went away."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """What the house lends a toolset."""

    data_dir: Path
    workspace: Path
    changes: Changes
    now: Callable[[], datetime]
    survey: Callable[[], Awaitable[dict[str, Health]]]
    """How every toolset of this server is doing, by name."""
    database: Database
    """The one database of the installation. Rows of a person are reached through `store.personal.People`."""
    embedding: Found
    """What turns texts into vectors; its `embedder` is None where search is by keywords only."""
    zone: Zone
    """The person's time zone: naive times are in it."""
    kept: Kept
    """Where what is too large for an answer is kept, as `result://{id}`."""
    outbox: Outbox
    """Through which everything goes that leaves the machine or cannot be undone."""
    accounts: Accounts
    """Each person's mail and calendar accounts, and their mailboxes."""
    post: Post
    """Sends mails, through the outbox."""
