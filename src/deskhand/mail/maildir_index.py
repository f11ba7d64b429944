"""What is remembered of the mails of a local mailbox: a file never changes, so its header is read once."""

from collections import OrderedDict
from datetime import datetime
from pathlib import Path

from deskhand.mail.headers import parse_headers
from deskhand.mail.mail import Headers
from deskhand.mail.mailbox import Envelope, Flag, MailRef
from deskhand.mail.maildir_files import Place, received_at
from deskhand.mail.parse import parse

_HEADER_BYTES = 256 * 1024
_MAIL_BYTES = 64 * 1024 * 1024
"""What is read of one mail to look into its text."""
_MOST = 50_000


class Stored:
    """A mail on disk, as a candidate of a search: header at once, the rest when it is asked for."""

    def __init__(self, place: Place, received: datetime, size: int, headers: Headers) -> None:
        self.path = place.path
        self.flags: frozenset[Flag] = place.flags
        self.received = received
        self.size = size
        self.headers = headers
        self._attachments: tuple[str, ...] | None = None

    def attachments(self) -> tuple[str, ...]:
        """Names of attached files, without pictures that are part of the text."""
        if self._attachments is None:
            found = parse(self._raw()).attachments
            self._attachments = tuple(one.name for one in found if not one.inline)
        return self._attachments

    def contains(self, text: str) -> bool:
        """Whether the readable text holds this, which is case-folded."""
        raw = self._raw()
        if text.isascii() and not _may_hide_text(raw, text):
            return False
        return text in parse(raw).text.casefold()

    def envelope(self, ref: MailRef) -> Envelope:
        """Its line in a list."""
        return Envelope(ref, self.headers, self.received, self.size, self.flags, self.attachments())

    def _raw(self) -> bytes:
        with self.path.open("rb") as file:
            return file.read(_MAIL_BYTES)


class MaildirIndex:
    """The mails that were looked at, the last 50,000 of them."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Stored] = OrderedDict()

    def stored(self, uid: str, place: Place) -> Stored:
        """The mail at this place.

        Raises:
            FileNotFoundError: it was renamed or deleted since it was listed.
        """
        known = self._known.get(uid)
        if known is None:
            known = self._known[uid] = _read(place)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        known.path, known.flags = place.path, place.flags
        return known


def received(place: Place) -> float:
    """When the mail came, in seconds, to sort by; 0 when it is gone."""
    try:
        return place.path.stat().st_mtime
    except FileNotFoundError:
        return 0


def _read(place: Place) -> Stored:
    with place.path.open("rb") as file:
        status = Path(file.name).stat()
        block = _header_block(file.read(_HEADER_BYTES))
    return Stored(place, received_at(status), status.st_size, parse_headers(block))


def _header_block(start: bytes) -> bytes:
    ends = [at for at in (start.find(b"\r\n\r\n"), start.find(b"\n\n")) if at >= 0]
    return start[: min(ends) + 2] if ends else start


def _may_hide_text(raw: bytes, word: str) -> bool:
    """Whether the text may hold the word: it is there as it is, or the body is encoded in a way that hides it."""
    folded = raw.lower()
    words = word.split() or [""]
    return all(part.encode() in folded for part in words) or any(
        mark in folded for mark in (b"base64", b"quoted-printable", b"text/html", b"charset=utf-16", b"=?")
    )
