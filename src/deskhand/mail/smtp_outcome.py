"""How the delivery of a mail can end: it was taken, it was not, or nobody can know."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from deskhand.errors import DeskhandError

Crossing = Callable[[], Awaitable[None]]
"""Awaited right before the first byte after which the outcome can become unknown; what it raises stops the delivery."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The server took the mail for all its recipients. `answer` is what it said, often with its number in the queue."""

    answer: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """One recipient the server does not take: with the code of RFC 5321 §4.2.3, and why, in its own words."""

    recipient: str
    code: int
    reason: str

    @property
    def permanent(self) -> bool:
        """Whether trying again is of no use (5yz; 4yz may work later: RFC 5321 §4.2.1)."""
        return self.code >= 500

    def __str__(self) -> str:
        return f"{self.recipient} ({self.code} {self.reason})"


class NotSent(DeskhandError):
    """The mail was not sent: no server took it for anybody."""

    code: ClassVar[str] = "not_sent"

    def __init__(
        self,
        message: str | None = None,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        refused: Sequence[Refusal] = (),
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        """Whether the same mail would fail again: something must be changed first."""
        self.retry_after = retry_after
        """Seconds until it is worth trying again; None when it is permanent."""
        self.refused = tuple(refused)
        """The recipients that were not taken, where that was the reason."""


class OutcomeUnknown(DeskhandError):
    """The connection was lost before the server said whether it took the mail. Look for it before sending again."""

    code: ClassVar[str] = "outcome_unknown"


class Delivery(Protocol):
    """What brings a mail to its recipients: an SMTP server, or nothing but this machine."""

    async def deliver(self, raw: bytes, sender: str, recipients: Sequence[str], *, crossing: Crossing) -> Delivered:
        """Bring `raw` (RFC 5322, CRLF, without Bcc) to all `recipients`, or to none.

        Raises:
            NotSent: it was not taken for anybody.
            OutcomeUnknown: it may have been taken, or not.
        """
        ...
