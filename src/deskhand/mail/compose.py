"""A mail that is to be written, and its bytes."""

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from deskhand.errors import InvalidInput
from deskhand.mail.address import Address
from deskhand.mail.compose_body import OutgoingAttachment, body_of
from deskhand.mail.compose_headers import address_line, check_extra, check_line, ids_line, text_line
from deskhand.mail.message_id import bounded_references, message_ids
from deskhand.mail.recipients import Recipients, check_address, check_recipients

MOST_SUBJECT = 500
"""Letters of a subject."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a person writes. Nothing in it is checked before `build`, `check` or `recipients_of`."""

    sender: Address
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    """Plain text; Markdown stays as it is written."""
    attachments: tuple[OutgoingAttachment, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = field(default=())
    """Further headers by name, such as `Auto-Submitted`; none that this module writes itself."""
    calendar: str = ""
    """An iCalendar text (RFC 5545) that is the mail's second form: see `invitation`."""
    method: str = ""
    """The iTIP method of `calendar` (RFC 5546), in capitals."""
    body: bytes = field(default=b"", repr=False)
    """MIME fields and body as another program wrote them (see `draft_body`): sent in place of what would be made of
    `text` and `attachments`, which only tell what is in it."""
    shortened: bool = False
    """Whether the draft that it was held more: that one is kept in the trash when this is sent."""


def recipients_of(outgoing: Outgoing) -> Recipients:
    """Who gets it, checked and without duplicates.

    Raises:
        InvalidInput: there is nobody, or too many, or an address is wrong.
    """
    return check_recipients(outgoing.to, outgoing.cc, outgoing.bcc)


def build(outgoing: Outgoing, *, message_id: str, date: datetime, keep_bcc: bool = False) -> bytes:
    """The mail as RFC 5322 bytes with CRLF, pure ASCII unless an address needs SMTPUTF8; always the same for the same.

    What is sent never names the Bcc recipients. With `keep_bcc` it does: for the copy in Sent and for drafts, so that
    the sender can see later who got it, as mail programs do. Nothing else differs.

    Raises:
        InvalidInput: something in it cannot be in a mail: a control character, an address, a header, no zone.
    """
    if date.tzinfo is None:
        raise InvalidInput("The date of a mail needs a zone.")
    if message_ids(message_id) != (message_id,):
        raise InvalidInput("A Message-ID is <something@a.domain>, in ASCII.")
    lines = [*_who(outgoing, keep_bcc=keep_bcc), *_what(outgoing, message_id, date)]
    made = outgoing.body or body_of(
        outgoing.text, outgoing.attachments, outgoing.calendar, outgoing.method, seed=message_id
    )
    return "".join(f"{line}\r\n" for line in lines).encode() + made


def check(outgoing: Outgoing) -> None:
    """Whether `build` would take it for somebody: before a person is asked about it.

    Raises:
        InvalidInput: it would not, or it goes to nobody.
    """
    recipients_of(outgoing)
    build(outgoing, message_id="<check@localhost>", date=datetime.fromisoformat("2000-01-01T00:00:00+00:00"))


def _who(outgoing: Outgoing, *, keep_bcc: bool) -> list[str]:
    """Drafts may go to nobody yet, so that there is no look at their number."""
    named = {
        "From": (outgoing.sender,),
        "Reply-To": outgoing.reply_to,
        "To": outgoing.to,
        "Cc": outgoing.cc,
        "Bcc": outgoing.bcc,
    }
    if any((outgoing.to, outgoing.cc, outgoing.bcc)):
        known = recipients_of(outgoing)
        named |= {"To": known.to, "Cc": known.cc, "Bcc": known.bcc}
    if not keep_bcc:
        del named["Bcc"]
    return [
        address_line(name, [check_address(address) for address in addresses])
        for name, addresses in named.items()
        if addresses
    ] + (["To: undisclosed-recipients:;"] if outgoing.bcc and not outgoing.to and not outgoing.cc else [])


def _what(outgoing: Outgoing, message_id: str, date: datetime) -> list[str]:
    subject = check_line("subject", outgoing.subject.strip())
    if len(subject) > MOST_SUBJECT:
        raise InvalidInput(f"The subject has {len(subject)} letters; {MOST_SUBJECT} are the most.")
    lines = [text_line("Subject", subject), f"Date: {format_datetime(date)}", f"Message-ID: {message_id}"]
    if answered := message_ids(outgoing.in_reply_to):
        lines.append(ids_line("In-Reply-To", answered[:1]))
    if references := bounded_references(outgoing.references):
        lines.append(ids_line("References", references))
    return [*lines, *(text_line(check_extra(name), check_line(name, value)) for name, value in outgoing.headers)]
