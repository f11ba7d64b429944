"""From what somebody wants to write to the mail it becomes: a new one, an answer, a forward, or a changed draft."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import ZoneInfo

from anyio import to_thread

from deskhand.errors import InvalidInput
from deskhand.mail.account import Account
from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing
from deskhand.mail.compose_body import OutgoingAttachment
from deskhand.mail.forward import forward
from deskhand.mail.mail import Mail
from deskhand.mail.mailbox import MailRef
from deskhand.mail.parse import attachment, parse
from deskhand.mail.recipients import Recipients, parse_addresses
from deskhand.mail.reply import reply
from deskhand.mail.reply_recipients import Own
from deskhand.toolsets.email.attaching import Attaching
from deskhand.toolsets.email.mailboxes import Mailboxes, Place
from deskhand.toolsets.email.redrafting import kept, rewritten
from deskhand.zone import Zone

FORWARD_CUT = "The text of the mail is longer than is read here: its end is not passed on."
Mode = Literal["reply", "reply_all", "forward"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to write; empty where nothing was said. Addresses with commas between them."""

    text: str = ""
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    source: str = ""
    """The mail that is answered or passed on."""
    mode: Mode = "reply"
    attachments: tuple[str, ...] = ()
    account: str = ""
    draft: str = ""
    """The draft that is changed, or sent."""

    @property
    def says_nothing(self) -> bool:
        """Whether a draft stays as it is."""
        return not any((self.text, self.to, self.cc, self.bcc, self.subject, self.attachments))


@dataclass(frozen=True, slots=True)
class Written:
    """The mail, from whose account, what the person should know of it, and the draft it was."""

    account: Account
    outgoing: Outgoing
    notes: tuple[str, ...] = ()
    draft: MailRef | None = None


class Writing:
    """Writes mails of one person at a time."""

    def __init__(self, mailboxes: Mailboxes, attaching: Attaching, zone: Zone) -> None:
        self._mailboxes = mailboxes
        self._attaching = attaching
        self._zone = zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")

    async def write(self, subject: str, wanted: Wanted) -> Written:
        """The mail as it would be sent. Nothing is kept.

        Raises:
            InvalidInput: an address or a combination is wrong.
            NotFound: the account, the mail or a file is not there.
        """
        if wanted.draft and wanted.source:
            raise InvalidInput("Give draft or reply_to, not both: a draft knows already what it answers.")
        files = await self._attaching.load(subject, wanted.attachments)
        if wanted.draft:
            return await self._changed(subject, wanted, files)
        if wanted.source:
            return await self._from_mail(subject, wanted, files)
        account = self._mailboxes.sending(subject, wanted.account)
        outgoing = Outgoing(
            sender=account.address,
            to=parse_addresses(wanted.to),
            cc=parse_addresses(wanted.cc),
            bcc=parse_addresses(wanted.bcc),
            subject=wanted.subject,
            text=_ended(wanted.text),
            attachments=files,
        )
        return Written(account, outgoing)

    async def _from_mail(self, subject: str, wanted: Wanted, files: Sequence[OutgoingAttachment]) -> Written:
        place = await self._mailboxes.place(subject, wanted.source)
        raw = await self._mailboxes.raw(place)
        mail = await to_thread.run_sync(parse, raw)
        account = self._mailboxes.sending(subject, wanted.account or place.account.name)
        own = account.own
        if wanted.mode == "forward":
            made = self._forwarded(wanted, mail, own, [*await _files_of(raw, mail), *files])
            return Written(account, made, (FORWARD_CUT,) if mail.cut else ())
        made = reply(mail, wanted.text, own=own, zone=self._zone, everyone=wanted.mode == "reply_all")
        said = _with_said(made.outgoing, replace(wanted, text=""))
        return Written(account, replace(said, attachments=tuple(files)), made.notes)

    def _forwarded(self, wanted: Wanted, mail: Mail, own: Own, files: Sequence[OutgoingAttachment]) -> Outgoing:
        people = Recipients(parse_addresses(wanted.to), parse_addresses(wanted.cc), parse_addresses(wanted.bcc))
        made = forward(mail, wanted.text, own=own, people=people, attachments=files, zone=self._zone)
        return replace(made, subject=wanted.subject or made.subject)

    async def _changed(self, subject: str, wanted: Wanted, files: Sequence[OutgoingAttachment]) -> Written:
        """A draft with what was said in the place of what was there; without another text it stays as it is written."""
        place = await self._mailboxes.place(subject, wanted.draft)
        await self._check_draft(place)
        raw = await self._mailboxes.raw(place)
        mail = await to_thread.run_sync(parse, raw)
        changed = rewritten if wanted.text else kept
        before, notes = await to_thread.run_sync(changed, raw, mail, place.account.address, tuple(files))
        below = mail.quoted if mail.headers.references else ""
        return Written(place.account, _with_said(before, wanted, below=below), notes, place.ref)

    async def _check_draft(self, place: Place) -> None:
        """A mail that somebody else wrote must not be sent as one's own."""
        envelopes = await place.mailbox.envelopes([place.ref])
        drafts = [folder.name for folder in await place.mailbox.folders() if folder.role == "drafts"]
        if envelopes and "draft" not in envelopes[0].flags and place.ref.folder not in drafts:
            raise InvalidInput("This mail is no draft. To answer it or pass it on, give it as reply_to with a mode.")


def _with_said(outgoing: Outgoing, wanted: Wanted, *, below: str = "") -> Outgoing:
    """The mail with what was said put in the place of what was there."""

    def people(said: str, before: tuple[Address, ...]) -> tuple[Address, ...]:
        return parse_addresses(said) if said else before

    text = f"{wanted.text.rstrip()}\n\n{below}" if wanted.text and below else wanted.text
    return replace(
        outgoing,
        to=people(wanted.to, outgoing.to),
        cc=people(wanted.cc, outgoing.cc),
        bcc=people(wanted.bcc, outgoing.bcc),
        subject=wanted.subject or outgoing.subject,
        text=_ended(text) if text else outgoing.text,
    )


async def _files_of(raw: bytes, mail: Mail) -> tuple[OutgoingAttachment, ...]:
    """The files of a mail, for another one."""

    def load() -> tuple[OutgoingAttachment, ...]:
        numbers = [file.number for file in mail.attachments if not file.inline]
        found = [attachment(raw, number) for number in numbers]
        return tuple(OutgoingAttachment(file.name, file.mime_type, data) for file, data in found)

    return await to_thread.run_sync(load)


def _ended(text: str) -> str:
    """Ends with one line break, so that what a draft gives back is what was put into it."""
    return f"{text.rstrip()}\n" if text.strip() else ""
