"""A mail that waits in the outbox: what is known of it beside its bytes, and what makes two of them the same."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import cast

from pydantic import JsonValue

from deskhand.mail.compose import Outgoing, recipients_of
from deskhand.mail.compose_headers import address_line
from deskhand.mail.mailbox import MailRef
from deskhand.mail.message_id import message_ids
from deskhand.visible import visible_line

LONGEST_TITLE = 200
"""Letters of the line that names a mail in lists."""

_DATE = re.compile(rb"^Date: [^\r\n]*", re.MULTILINE)
_STAMP = re.compile(r"^(?:DTSTAMP|CREATED|LAST-MODIFIED)[:;].*(?:\r?\n[ \t].*)*\r?\n?", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a mail comes from."""

    draft: MailRef | None = None
    """Where it lies among the drafts."""
    call: str = ""
    """A hash of the arguments that it was made from; empty when nobody called for it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """The envelope, and what is to be done when the mail has left."""

    sender: str
    recipients: tuple[str, ...]
    bcc: str = ""
    """The header line that only the copy in Sent has."""
    answers: str = ""
    """The Message-ID of the mail that is answered by it and marked so; none where a program answers."""
    forwards: str = ""
    draft: MailRef | None = None
    """Goes away when the mail is sent."""
    call: str = ""
    """See `Origin.call`."""
    keeps_draft: bool = False
    """Whether the draft goes to the trash instead, since it held more than was sent."""

    def is_same_work(self, other: "Letter") -> bool:
        """Whether both were made from one draft, or from the same arguments."""
        return (self.draft is not None and self.draft == other.draft) or (self.call != "" and self.call == other.call)

    def payload(self) -> dict[str, JsonValue]:
        """It as JSON, for the row."""
        draft = self.draft
        return {
            "sender": self.sender,
            "recipients": list(self.recipients),
            "bcc": self.bcc,
            "answers": self.answers,
            "forwards": self.forwards,
            "draft": [draft.account, draft.folder, draft.uid] if draft else None,
            "call": self.call,
            "keeps_draft": self.keeps_draft,
        }


def letter_of(outgoing: Outgoing, origin: Origin) -> Letter:
    """What the outbox keeps of a mail.

    Raises:
        InvalidInput: it goes to nobody, or an address is wrong.
    """
    people = recipients_of(outgoing)
    thread = [found for text in outgoing.references for found in message_ids(text)]
    answers = (*message_ids(outgoing.in_reply_to), "")[0]
    return Letter(
        sender=outgoing.sender.email,
        recipients=tuple(address.email for address in people.everyone),
        bcc=address_line("Bcc", people.bcc) if people.bcc else "",
        answers="" if is_automatic(outgoing) else answers,
        forwards=thread[-1] if thread and not answers else "",  # see `forward`
        draft=origin.draft,
        call=origin.call,
        keeps_draft=outgoing.shortened,
    )


def is_automatic(outgoing: Outgoing) -> bool:
    """Whether a rule writes it, not the person (RFC 3834 §5): it counts for no limit of theirs and marks nothing."""
    return any(name.casefold() == "auto-submitted" and value != "no" for name, value in outgoing.headers)


def letter_from(payload: Mapping[str, JsonValue]) -> Letter:
    """What `Letter.payload` made."""
    draft = cast("list[str] | None", payload["draft"])
    return Letter(
        sender=str(payload["sender"]),
        recipients=tuple(cast("list[str]", payload["recipients"])),
        bcc=str(payload["bcc"]),
        answers=str(payload["answers"]),
        forwards=str(payload["forwards"]),
        draft=MailRef(*draft) if draft else None,
        call=str(payload.get("call", "")),
        keeps_draft=bool(payload.get("keeps_draft")),
    )


def title_of(outgoing: Outgoing) -> str:
    """One line that names the mail: `Mail to ann@example.org and 2 more: Figures`."""
    first, *others = recipients_of(outgoing).everyone
    more = f" and {len(others)} more" if others else ""
    title = visible_line(f"Mail to {first.email}{more}: {outgoing.subject.strip() or '(no subject)'}")
    return title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}…"


def sameness_of(outgoing: Outgoing) -> str:
    """Equal for mails that say the same to the same people, whenever they are written.

    The times in a calendar part that say when it was written (RFC 5545 §3.8.7) do not count.
    """
    people = recipients_of(outgoing)
    files = [[file.name, file.mime_type, hashlib.sha256(file.data).hexdigest()] for file in outgoing.attachments]
    return json.dumps(
        [
            str(outgoing.sender),
            [[str(address) for address in group] for group in (people.to, people.cc, people.bcc, outgoing.reply_to)],
            outgoing.subject.strip(),
            outgoing.text,
            files,
            outgoing.in_reply_to,
            outgoing.references,
            outgoing.headers,
            _STAMP.sub("", outgoing.calendar),
            outgoing.method,
            *([hashlib.sha256(outgoing.body).hexdigest()] if outgoing.body else []),
        ]
    )


def dated(raw: bytes, at: datetime) -> bytes:
    """The mail with another Date: when it leaves, not when it was written and began to wait."""
    header, end, body = raw.partition(b"\r\n\r\n")
    return _DATE.sub(f"Date: {format_datetime(at)}".encode(), header, count=1) + end + body


def copy_for_sent(raw: bytes, letter: Letter) -> bytes:
    """The mail as its sender keeps it: it tells who got it in secret."""
    return f"{letter.bcc}\r\n".encode() + raw if letter.bcc else raw
