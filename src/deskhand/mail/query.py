"""What to look for in a mailbox, in the words people know from mail programs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo


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
    zone: tzinfo = UTC
    """Where the days of `before` and `after` begin."""

    def in_days(self, received: datetime) -> bool:
        """Whether a mail came in the days that are asked for."""
        if self.after is not None and received < self._begin(self.after):
            return False
        return self.before is None or received < self._begin(self.before)

    def _begin(self, day: date) -> datetime:
        """The first instant of a day; where midnight does not exist that day, the clock's jump."""
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)

    @property
    def days_bounded(self) -> bool:
        """Whether some days are excluded."""
        return self.before is not None or self.after is not None
