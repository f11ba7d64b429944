"""Drafts, of other mail programs too, on their way out: as they are, or with another text; what is lost is told."""

from deskhand.errors import LimitExceeded
from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing
from deskhand.mail.compose_body import OutgoingAttachment
from deskhand.mail.draft_body import body_as_it_is, is_plain, with_files
from deskhand.mail.mail import Mail
from deskhand.mail.parse import attachment

Files = tuple[OutgoingAttachment, ...]
Notes = tuple[str, ...]
_HEADERS = {
    name.lower(): name
    for name in ("Importance", "X-Priority", "Priority", "Sensitivity", "Disposition-Notification-To", "Organization")
}
"""What else of a draft's header is for the recipient; the rest is its program's own."""
_RICH = "The draft is sent as its program wrote it, formatting and all; what is shown here is its text."
_LONG = "The text is longer than what is shown here; all of it is sent."
_SHORTENED = (
    "The draft held more than text and files, such as formatting (HTML): that is left out. It is kept in Trash."
)
_PICTURES = "Pictures inside of the text become attached files."
_WARNINGS = 5


def kept(raw: bytes, mail: Mail, sender: Address, files: Files) -> tuple[Outgoing, Notes]:
    """The draft as it is, and files with it. Blocks.

    Raises:
        InvalidInput: a file cannot be attached.
        LimitExceeded: it is larger than a mail may be.
    """
    body = with_files(body_as_it_is(raw), files)
    notes = [] if is_plain(raw) else [_RICH]
    notes += [_LONG] if mail.cut else []
    text = f"{mail.text.rstrip()}\n" if mail.text.strip() else ""
    made = _outgoing(mail, sender, (*_files_of(raw, mail), *files), text=text, body=body)
    return made, (*_from_another(mail, sender), *notes, *mail.warnings[:_WARNINGS])


def rewritten(raw: bytes, mail: Mail, sender: Address, files: Files) -> tuple[Outgoing, Notes]:
    """The draft with its people and files, for another text. Blocks.

    Raises:
        LimitExceeded: what it quotes, and keeps, is longer than is read.
    """
    if mail.cut and mail.headers.references:
        raise LimitExceeded("What this draft quotes is too long to be changed here. Change it in a mail program.")
    shortened = not is_plain(raw)
    notes = [_SHORTENED] if shortened else []
    notes += [_PICTURES] if any(file.inline for file in mail.attachments) else []
    made = _outgoing(mail, sender, (*_files_of(raw, mail), *files), shortened=shortened)
    return made, (*_from_another(mail, sender), *notes)


def _outgoing(
    mail: Mail, sender: Address, files: Files, *, text: str = "", body: bytes = b"", shortened: bool = False
) -> Outgoing:
    headers = mail.headers
    other = [(name, value) for key, name in _HEADERS.items() for value in headers.other.get(key, ())[:1]]
    return Outgoing(
        sender=sender,
        to=headers.to,
        cc=headers.cc,
        bcc=headers.bcc,
        reply_to=headers.reply_to,
        subject=headers.subject,
        text=text,
        attachments=files,
        in_reply_to=headers.in_reply_to,
        references=headers.references,
        headers=tuple(other),
        body=body,
        shortened=shortened,
    )


def _from_another(mail: Mail, sender: Address) -> Notes:
    other = next((one for one in mail.headers.sender if one.key != sender.key), None)
    return (f"The draft is from {other.email}; it is sent as {sender.email}.",) if other else ()


def _files_of(raw: bytes, mail: Mail) -> Files:
    """All files of the draft, pictures inside of its text too."""
    found = [attachment(raw, file.number) for file in mail.attachments]
    return tuple(OutgoingAttachment(file.name, file.mime_type, data) for file, data in found)
