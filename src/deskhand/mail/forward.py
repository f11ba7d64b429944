"""Passing a mail on."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from deskhand.mail.compose import Outgoing
from deskhand.mail.compose_body import OutgoingAttachment
from deskhand.mail.mail import Mail
from deskhand.mail.message_id import bounded_references
from deskhand.mail.quote import forwarded
from deskhand.mail.recipients import Recipients
from deskhand.mail.reply import thread_of
from deskhand.mail.reply_recipients import Own
from deskhand.mail.reply_subject import forward_subject


def forward(
    mail: Mail,
    text: str,
    *,
    own: Own,
    people: Recipients,
    attachments: Sequence[OutgoingAttachment],
    zone: ZoneInfo,
) -> Outgoing:
    """The mail for somebody else, `text` above it, with its `attachments`.

    It belongs to the thread by References alone, as Gmail and Thunderbird do: it answers nothing, so that there is no
    In-Reply-To.
    """
    note = f"{text.rstrip()}\n\n" if text.strip() else ""
    return Outgoing(
        sender=own.address,
        to=people.to,
        cc=people.cc,
        bcc=people.bcc,
        subject=forward_subject(mail.headers.subject),
        text=f"{note}{forwarded(mail, zone)}\n",
        attachments=tuple(attachments),
        references=bounded_references(thread_of(mail.headers).references),
    )
