"""Reading mails: the new text, all of it, the whole conversation, or an attached file, in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from anyio import to_thread

from deskhand.context.tokens import estimate
from deskhand.documents.kind import kind_of
from deskhand.documents.text import text_of
from deskhand.errors import DeskhandError, InvalidInput, NotFound
from deskhand.mail.address import Address
from deskhand.mail.mail import Attachment, Headers, Mail
from deskhand.mail.mailbox import Envelope
from deskhand.mail.parse import attachment, parse
from deskhand.mail.preview import shown_address
from deskhand.toolsets.email.conversation import Conversations
from deskhand.toolsets.email.cursor import cursor_after, position_of
from deskhand.toolsets.email.handle import attachment_uri, handle_of, thread_uri
from deskhand.toolsets.email.mailboxes import Mailboxes, Place
from deskhand.toolsets.email.results import Attached, Letter
from deskhand.visible import visible, visible_line
from deskhand.zone import Zone

Which = Literal["new", "full", "thread", "headers"]
_PEOPLE, _SUBJECT = 20, 300
_FILES = 50
_HEADERS = 60


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be read: `attachment` by its number (0: none), `max_tokens` of it from where `cursor` says."""

    part: Which = "new"
    attachment: int = 0
    cursor: str = ""
    max_tokens: int = 2_000

    @property
    def characters(self) -> int:
        """Most characters of a page: a token of English has four."""
        return 4 * self.max_tokens


@dataclass(frozen=True, slots=True)
class _Body:
    """A text as far as it is needed for a page."""

    text: str
    more: bool = False
    note: str = ""
    warnings: tuple[str, ...] = ()


class Reading:
    """Reads mails of one person at a time. Nothing is marked as read by it."""

    def __init__(self, mailboxes: Mailboxes, conversations: Conversations, zone: Zone) -> None:
        self._mailboxes = mailboxes
        self._conversations = conversations
        self._zone = zone

    async def read(self, subject: str, handle: str, request: Request) -> Letter:
        """A page of what was asked for.

        Raises:
            InvalidInput: the handle, the number or the cursor is wrong.
            NotFound: there is no such mail.
            LimitExceeded: the mail is too large.
        """
        asked = (handle.strip(), request.part, request.attachment)
        known = position_of(request.cursor, (int,), *asked)
        start = int(known[0]) if known else 0
        place = await self._mailboxes.place(subject, handle)
        raw = await self._mailboxes.raw(place)
        mail = await to_thread.run_sync(parse, raw)
        envelopes = await place.mailbox.envelopes([place.ref])
        body = await self._body(place, raw, mail, request, start + request.characters)
        page = page_of(body.text[start:], request.max_tokens)
        more = body.more or start + len(page) < len(body.text)
        cursor = cursor_after([start + len(page)], *asked) if more and page else ""
        told = {"attachments": (), "warnings": body.warnings} if start else {}  # the first page has told the rest
        return self._letter(place, mail, envelopes, body, page).model_copy(update={"next_cursor": cursor, **told})

    async def file(self, subject: str, handle: str, number: int) -> tuple[Attachment, bytes]:
        """An attached file, whole.

        Raises:
            InvalidInput: the handle is wrong.
            NotFound: there is no such mail or attachment.
            LimitExceeded: the mail is too large.
        """
        raw = await self._mailboxes.raw(await self._mailboxes.place(subject, handle))
        return await to_thread.run_sync(attachment, raw, number)

    async def files(self, subject: str, handle: str) -> list[tuple[Attachment, bytes]]:
        """All attached files, but for those that are shown inside of the text.

        Raises:
            InvalidInput: the handle is wrong.
            NotFound: there is no such mail.
            LimitExceeded: the mail is too large.
        """
        raw = await self._mailboxes.raw(await self._mailboxes.place(subject, handle))
        return await to_thread.run_sync(_whole_files, raw)

    async def _body(self, place: Place, raw: bytes, mail: Mail, request: Request, characters: int) -> _Body:
        if request.attachment:
            return await _file_text(raw, request.attachment, characters)
        if request.part == "thread":
            return await self._thread(place, mail, characters)
        if request.part == "headers":
            return _Body(_header_lines(mail.headers))
        if request.part == "full" or not mail.new_text.strip():
            return _Body(mail.text or "(The mail has no text.)")
        left = "Quoted text and signature are left out; part=full shows them." if mail.quoted else ""
        return _Body(mail.new_text, note=left)

    async def _thread(self, place: Place, mail: Mail, characters: int) -> _Body:
        """The new text of one mail after the other, no more of them than the page needs."""
        envelopes = await self._conversations.of(place, mail.headers)
        texts: list[str] = []
        warnings: list[str] = []
        for number, envelope in enumerate(envelopes, 1):
            found, told = await self._one(place, envelope, f"{number} of {len(envelopes)}")
            texts.append(found)
            warnings += [f"Mail {number}: {warning}" for warning in told]
            if sum(map(len, texts)) > characters and number < len(envelopes):
                return _Body("\n\n".join(texts), more=True, warnings=tuple(warnings))
        note = f"The whole conversation: {len(envelopes)} mails, oldest first, without what they quote."
        return _Body("\n\n".join(texts), note=note, warnings=tuple(warnings))

    async def _one(self, place: Place, envelope: Envelope, number: str) -> tuple[str, tuple[str, ...]]:
        sender = people(envelope.headers.sender)
        head = f"--- {number} · {sender} · {self._when(envelope.received)} [{handle_of(envelope.ref)}]"
        try:
            raw = await self._mailboxes.raw(Place(place.account, place.mailbox, envelope.ref))
        except DeskhandError as error:
            return f"{head}\n(It cannot be read: {error.message})", ()
        mail = await to_thread.run_sync(parse, raw)
        files = [f"\n(attachment {file.number}: {file.name})" for file in mail.attachments if not file.inline]
        return f"{head}\n{mail.new_text.strip() or mail.text.strip()}{''.join(files[:10])}", mail.warnings[:3]

    def _letter(self, place: Place, mail: Mail, envelopes: Sequence[Envelope], body: _Body, page: str) -> Letter:
        headers, handle = mail.headers, handle_of(place.ref)
        received = envelopes[0].received if envelopes else None
        return Letter(
            id=handle,
            thread=thread_uri(headers.message_id or handle),
            sender=people(headers.sender) or "(nobody)",
            to=people(headers.to),
            cc=people(headers.cc),
            subject=visible_line(headers.subject)[:_SUBJECT] or "(no subject)",
            date=self._when(headers.date or received),
            zone=str(self._zone),
            unread=bool(envelopes) and "seen" not in envelopes[0].flags,
            content=visible(page),
            attachments=tuple(_attached(handle, file) for file in mail.attachments if not file.inline)[:_FILES],
            warnings=tuple(dict.fromkeys((*_answers_elsewhere(headers), *mail.warnings, *body.warnings))),
            note=body.note,
        )

    def _when(self, moment: datetime | None) -> str:
        return moment.astimezone(self._zone).isoformat(timespec="seconds") if moment else "(no date)"


def page_of(text: str, max_tokens: int) -> str:
    """The beginning of a text, no more tokens than that, ended at a line where there is one near."""
    page = text[: 4 * max_tokens]
    while (tokens := estimate(page)) > max_tokens:
        page = page[: max(1, len(page) * max_tokens // (tokens + 1))]
    line = page.rfind("\n")
    return page[: line + 1] if len(page) < len(text) and line > len(page) // 2 else page


def people(addresses: Sequence[Address]) -> str:
    """Names and addresses on one line; the rest of many is counted."""
    more = f" and {len(addresses) - _PEOPLE} more" if len(addresses) > _PEOPLE else ""
    return ", ".join(map(shown_address, addresses[:_PEOPLE])) + more


def _whole_files(raw: bytes) -> list[tuple[Attachment, bytes]]:
    return [attachment(raw, file.number) for file in parse(raw).attachments if not file.inline]


async def _file_text(raw: bytes, number: int, characters: int) -> _Body:
    found, data = await to_thread.run_sync(attachment, raw, number)
    if found.mime_type == "message/rfc822":
        return _Body((await to_thread.run_sync(parse, data)).text, note=f"Attachment {number}, a mail: {found.name}.")
    kind = found.mime_type if kind_of(found.mime_type) else found.name
    try:
        text = await text_of(kind, data, characters=characters + 1)
    except InvalidInput as error:
        raise InvalidInput(f"Attachment {number} ({found.name}): {error.message}") from error
    note = f"Text of attachment {number}, {found.name}: {text.total:,} {text.unit}."
    return _Body(text.text, text.truncated and len(text.text) > characters, note)


def _attached(handle: str, file: Attachment) -> Attached:
    uri = attachment_uri(handle, file.number)
    return Attached(number=file.number, name=visible_line(file.name), mime_type=file.mime_type, size=file.size, uri=uri)


def _answers_elsewhere(headers: Headers) -> list[str]:
    """The trick of a sender who hopes that nobody looks where the answer goes."""
    wrote = {address.key for address in headers.sender}
    others = [address for address in headers.reply_to if address.key not in wrote]
    return [f"Answers go to {people(others)}, not to the sender (Reply-To)."] if others and not headers.list_id else []


def _header_lines(headers: Headers) -> str:
    known = {
        "Message-ID": headers.message_id,
        "In-Reply-To": headers.in_reply_to,
        "References": " ".join(headers.references),
        "Reply-To": people(headers.reply_to),
        "Bcc": people(headers.bcc),
        "List-ID": headers.list_id,
        "Auto-Submitted": headers.auto_submitted,
    }
    lines = [f"{name}: {value}" for name, value in known.items() if value]
    lines += [f"{name}: {value}" for name, values in headers.other.items() for value in values]
    return visible("\n".join(lines[:_HEADERS])) or "(No further headers.)"


def number_of(number: str) -> int:
    """The number of an attachment in a URI.

    Raises:
        NotFound: it is no number.
    """
    if not number.isascii() or not number.isdigit():
        raise NotFound("Attachments have numbers: email://attachment/ID/1.")
    return int(number[:6])
