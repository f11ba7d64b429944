"""What to look for in a mailbox, in the words people know from mail programs."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Query:
    """All that is given must hold. Texts are compared without case, as parts of words or addresses.

    `excluded` is what must not hold (`-from:bob`, `-word`).
    """

    words: tuple[str, ...] = ()
    """Words, or phrases that were quoted, in subject or text."""
    sender: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    """To, Cc or Bcc."""
    subject: tuple[str, ...] = ()
    has_attachment: bool | None = None
    filename: tuple[str, ...] = ()
    before: date | None = None
    """Received before this day begins in the person's zone."""
    after: date | None = None
    """Received on this day or later."""
    unread: bool | None = None
    flagged: bool | None = None
    answered: bool | None = None
    folder: str = ""
    """`in:`: a folder's name or role (inbox, sent, drafts, trash, archive, junk, all); empty: all but trash, junk."""
    larger: int = 0
    """Bytes; 0 for any size."""
    message_id: str = ""
    excluded: "tuple[Query, ...]" = ()
