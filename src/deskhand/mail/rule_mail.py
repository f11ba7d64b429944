"""A mail as the rules see it."""

from dataclasses import dataclass
from datetime import datetime

from deskhand.mail.headers import parse_headers
from deskhand.mail.mail import Headers
from deskhand.mail.mailbox import Flag
from deskhand.mail.parse import parse
from deskhand.mail.thread import thread_id


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail that arrived: a candidate of a search (`matching.Candidate`), read only as far as it is asked for."""

    raw: bytes
    received: datetime
    """When the mailbox got it; aware."""
    headers: Headers
    flags: frozenset[Flag] = frozenset()
    in_junk: bool = False
    """Whether it lies where spam does."""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.raw)

    @property
    def id(self) -> str:
        """Its Message-ID, by which it is known in the log; empty when it has none."""
        return self.headers.message_id

    @property
    def thread(self) -> str:
        """The thread it says that it belongs to."""
        return thread_id(self.headers)

    def attachments(self) -> tuple[str, ...]:
        """Names of attached files, without pictures that are part of the text."""
        return tuple(one.name for one in parse(self.raw).attachments if not one.inline)

    def contains(self, text: str) -> bool:
        """Whether the readable text holds this, which is case-folded."""
        return text in parse(self.raw).text.casefold()


def incoming(
    raw: bytes, received: datetime, *, flags: frozenset[Flag] = frozenset(), in_junk: bool = False
) -> Incoming:
    """A mail by its bytes."""
    return Incoming(raw, received, parse_headers(raw), flags, in_junk)
