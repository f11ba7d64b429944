"""A mail as it was understood: what `parse` makes of its bytes."""

from dataclasses import dataclass, field
from datetime import datetime

from deskhand.mail.address import Address


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is a file of its own. `number` counts from 1 in the order of the parts; sizes in bytes."""

    number: int
    name: str
    """Safe as a file name: no folders, no control characters, never empty."""
    mime_type: str
    size: int
    inline: bool = False
    """Shown inside the text, such as a logo; not offered as a file by itself."""
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Headers:
    """What the header says, decoded (RFC 2047), bounded, on one line each; untrusted as everything in a mail is."""

    message_id: str = ""
    """With its angle brackets; empty when there is none."""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    """Message-IDs, oldest first."""
    subject: str = ""
    date: datetime | None = None
    """Aware, with the sender's offset; None when it is missing or cannot be read."""
    sender: tuple[Address, ...] = ()
    """From."""
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    list_id: str = ""
    auto_submitted: str = ""
    """RFC 3834 §5: `no`, `auto-generated`, `auto-replied`, …; empty when the header is missing."""
    other: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """All further headers by lower-case name, bounded in number and length."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail."""

    headers: Headers
    text: str
    """The whole readable text: the plain part, or the HTML part made readable. Hidden characters are escapes."""
    new_text: str
    """`text` without the quoted tail and the signature; all of it where nothing is quoted."""
    quoted: str = ""
    """The quoted tail."""
    signature: str = ""
    from_html: bool = False
    attachments: tuple[Attachment, ...] = ()
    calendar: tuple[str, ...] = ()
    """The text/calendar parts (RFC 5545 texts), bounded; an invitation or an answer to one."""
    cut: bool = False
    """Whether `text` is not all of it: it is longer than is read."""
    warnings: tuple[str, ...] = ()
    """For the reader: hidden text was left out, parts were too deep, the charset was wrong, headers came twice …"""
