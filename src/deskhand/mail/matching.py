"""Whether a mail is what a query asks for, where no server answers that."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from deskhand.mail.address import Address
from deskhand.mail.mail import Headers
from deskhand.mail.mailbox import Flag
from deskhand.mail.query import Query


class Candidate(Protocol):
    """A mail that may match. What costs reading is asked for last, and only when all else matches."""

    @property
    def headers(self) -> Headers:
        """The decoded header."""
        ...

    @property
    def received(self) -> datetime:
        """When the mailbox got it."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def flags(self) -> frozenset[Flag]:
        """The flags it has now."""
        ...

    def attachments(self) -> tuple[str, ...]:
        """Names of attached files."""
        ...

    def contains(self, text: str) -> bool:
        """Whether the readable text holds this, which is case-folded."""
        ...


def matches(query: Query, mail: Candidate) -> bool:
    """Whether all that the query says holds for the mail, and nothing that it excludes."""
    return (
        _flags(query, mail.flags)
        and (not query.larger or mail.size > query.larger)
        and query.in_days(mail.received)
        and _headers(query, mail.headers)
        and _attachments(query, mail)
        and not any(matches(excluded, mail) for excluded in query.excluded)
        and all(_word(word.casefold(), mail) for word in query.words)
    )


def _flags(query: Query, flags: frozenset[Flag]) -> bool:
    wanted = (
        (query.unread, "seen" not in flags),
        (query.flagged, "flagged" in flags),
        (query.answered, "answered" in flags),
    )
    return all(want is None or want == there for want, there in wanted)


def _headers(query: Query, headers: Headers) -> bool:
    subject = headers.subject.casefold()
    return (
        (not query.message_id or headers.message_id == query.message_id)
        and _in_addresses(query.sender, headers.sender)
        and _in_addresses(query.to, (*headers.to, *headers.cc, *headers.bcc))
        and all(text.casefold() in subject for text in query.subject)
    )


def _in_addresses(texts: Iterable[str], addresses: Iterable[Address]) -> bool:
    shown = [str(address).casefold() for address in addresses]
    return all(any(text.casefold() in one for one in shown) for text in texts)


def _attachments(query: Query, mail: Candidate) -> bool:
    if query.has_attachment is None and not query.filename:
        return True
    names = [name.casefold() for name in mail.attachments()]
    wanted = query.has_attachment
    return (wanted is None or wanted == bool(names)) and all(
        any(text.casefold() in name for name in names) for text in query.filename
    )


def _word(word: str, mail: Candidate) -> bool:
    return word in mail.headers.subject.casefold() or mail.contains(word)
