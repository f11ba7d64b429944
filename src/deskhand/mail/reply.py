"""Answers: in the right thread, to the right people, with what is answered below."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from deskhand.mail.compose import Outgoing
from deskhand.mail.mail import Headers, Mail
from deskhand.mail.message_id import bounded_references, message_ids
from deskhand.mail.quote import quoted
from deskhand.mail.reply_recipients import Own, reply_recipients, was_blind_copy
from deskhand.mail.reply_subject import reply_subject


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail that was made from another one, and what the person should know before it is sent."""

    outgoing: Outgoing
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Thread:
    """Where an answer belongs."""

    in_reply_to: str
    references: tuple[str, ...]


def reply(mail: Mail, text: str, *, own: Own, zone: ZoneInfo, everyone: bool = False) -> Reply:
    """An answer to the writer of `mail`, or to everyone: `text` above the quote, dates in `zone`.

    Raises:
        InvalidInput: the mail names nobody who could be answered.
    """
    headers = mail.headers
    people = reply_recipients(headers, own, everyone=everyone)
    thread = thread_of(headers)
    outgoing = Outgoing(
        sender=own.address,
        to=people.to,
        cc=people.cc,
        bcc=people.bcc,
        subject=reply_subject(headers.subject),
        text=f"{text.rstrip()}\n\n{quoted(mail, zone)}\n",
        in_reply_to=thread.in_reply_to,
        references=thread.references,
    )
    return Reply(outgoing, _notes(headers, own, everyone=everyone))


def thread_of(headers: Headers) -> Thread:
    """In-Reply-To and References of an answer (RFC 5322 §3.6.4).

    References are those of the mail and its own Message-ID; where it has none, its In-Reply-To stands in, if that is
    a single one. At most `MOST_REFERENCES` are kept, the first one always.
    """
    own_id = message_ids(headers.message_id)[:1]
    before = tuple(found for text in headers.references for found in message_ids(text))
    if not before and len(answered := message_ids(headers.in_reply_to)) == 1:
        before = answered
    older = [found for found in before if found not in own_id]
    return Thread("".join(own_id), bounded_references([*older, *own_id]))


def _notes(headers: Headers, own: Own, *, everyone: bool) -> tuple[str, ...]:
    notes: list[str] = []
    if everyone and was_blind_copy(headers, own):
        notes.append("You got this mail as a blind copy: an answer to everyone shows the others that you have it.")
    if not everyone and headers.reply_to and headers.sender and _elsewhere(headers):
        notes.append("The answer goes to another domain than the mail came from: its Reply-To asks for that.")
    return tuple(notes)


def _elsewhere(headers: Headers) -> bool:
    origins = {address.domain.casefold() for address in headers.sender}
    return any(address.domain.casefold() not in origins for address in headers.reply_to)
