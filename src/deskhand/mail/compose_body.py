"""The body of a mail: its text as every program shows it (RFC 3676), an invitation (RFC 6047), and files (RFC 2183)."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP

from deskhand.errors import InvalidInput
from deskhand.mail.compose_headers import check_line
from deskhand.visible import visible_line

FLOWED_WIDTH = 76
"""Letters of a flowed line with its trailing space; RFC 3676 §4.2: 78 or less, and quotes shall fit too."""
MOST_ATTACHMENTS, MOST_BYTES = 50, 25_000_000
"""Files of one mail, and their size together before encoding; few servers take more."""

_POLICY = SMTP.clone(cte_type="7bit")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_MIME_TYPE = re.compile(r"([A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126})/([A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126})")
_AS_IT_IS = re.compile(r"[>|]|\s{2}|\t|```|~~~|-- $")


@dataclass(frozen=True, slots=True)
class OutgoingAttachment:
    """A file that goes with a mail."""

    name: str
    mime_type: str
    data: bytes = field(repr=False)


def body_of(text: str, attachments: Sequence[OutgoingAttachment], calendar: str, method: str, *, seed: str) -> bytes:
    """The MIME headers, an empty line and the body, with CRLF. Boundaries are made from `seed`: never two different.

    Raises:
        InvalidInput: the text holds control characters, or a file cannot be attached.
    """
    message = EmailMessage(_POLICY)
    _set_text(message, text)
    if calendar:
        _add_calendar(message, calendar, method)
    _check_files(attachments)
    for attachment in attachments:
        _attach(message, attachment)
    _set_boundaries(message, seed)
    return message.as_bytes()


def file_parts(attachments: Sequence[OutgoingAttachment]) -> list[bytes]:
    """Files as parts of a multipart: each its headers, an empty line and its body, with CRLF.

    Raises:
        InvalidInput: one cannot be attached.
    """
    message = EmailMessage(_POLICY)
    _check_files(attachments)
    for attachment in attachments:
        _attach(message, attachment)
    parts: list[bytes] = []
    for part in message.iter_attachments():
        del part["MIME-Version"]
        parts.append(part.as_bytes())
    return parts


def flowed(text: str) -> str:
    """Text with soft line breaks (RFC 3676, DelSp=no): paragraphs of any length, which programs flow to the window.

    Quotes, tables, indented lines and code between fences keep their line breaks.
    """
    lines, fenced = list[str](), False
    for line in text.split("\n"):
        fence = line.startswith(("```", "~~~"))
        lines += [_fixed(line)] if fence or fenced or _AS_IT_IS.match(line) else _soft(line)
        fenced ^= fence
    return "\n".join(lines)


def _fixed(line: str) -> str:
    """One line that ends where it ends: no space at its end, but for the signature's separator (RFC 3676 §4.3)."""
    kept = line if line == "-- " else line.rstrip(" ")
    return _stuffed(kept)


def _soft(line: str) -> list[str]:
    """A paragraph on lines that end with a space, but for the last: it stands for the line break and is kept."""
    pieces, piece = list[str](), ""
    for word in line.rstrip(" ").split(" "):
        if piece and len(piece) + len(word) >= FLOWED_WIDTH:
            pieces.append(piece)
            piece = ""
        piece += f"{word} "
    return [_stuffed(text, ">") for text in [*pieces, piece[:-1]]]


def _stuffed(line: str, *marks: str) -> str:
    """RFC 3676 §4.4: a space before what a program would take for something else."""
    return f" {line}" if line.startswith((" ", "From ", *marks)) else line


def _set_text(message: EmailMessage, text: str) -> None:
    body = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := _CONTROL.search(body):
        raise InvalidInput(f"The text of the mail holds the control character {visible_line(found[0])!r}: take it out.")
    shown = flowed(body)
    message.set_content(shown, charset="us-ascii" if shown.isascii() else "utf-8", cte=_encoding(shown))
    message.set_param("format", "flowed")


def _encoding(text: str) -> str:
    """7bit where it can be; else what stays readable, and base64 where most of it is not ASCII."""
    if text.isascii():
        return "7bit" if all(len(line) <= 78 for line in text.split("\n")) else "quoted-printable"
    others = sum(not letter.isascii() for letter in text)
    return "base64" if others * 4 > len(text) else "quoted-printable"


def _add_calendar(message: EmailMessage, calendar: str, method: str) -> None:
    """As the second form of the text (RFC 6047 §2.4), which Gmail and Outlook act on, and as a file for the others."""
    message.add_alternative(calendar, subtype="calendar", charset="utf-8", cte="base64", params={"method": method})
    name = "invite.ics" if method != "CANCEL" else "cancel.ics"
    message.add_attachment(
        calendar.encode(), maintype="application", subtype="ics", filename=name, params={"name": name}
    )


def _check_files(attachments: Sequence[OutgoingAttachment]) -> None:
    size = sum(len(attachment.data) for attachment in attachments)
    if len(attachments) > MOST_ATTACHMENTS or size > MOST_BYTES:
        raise InvalidInput(
            f"{len(attachments)} files with {size:,} bytes are too much for a mail: {MOST_ATTACHMENTS} files and "
            f"{MOST_BYTES:,} bytes are the most. Share a link instead."
        )


def _attach(message: EmailMessage, attachment: OutgoingAttachment) -> None:
    name = check_line("name of an attachment", attachment.name).replace("/", "_").replace("\\", "_").strip(". ")
    kind = _MIME_TYPE.fullmatch(attachment.mime_type)
    if not name or len(name) > 200:
        raise InvalidInput("An attachment has a name of at most 200 letters.")
    if not kind or kind[1].lower() in {"multipart", "message"}:
        # A part of such a type is read as mail structure, not as a file, and may not be base64 (RFC 2046 §5.2.1).
        kind = _MIME_TYPE.fullmatch("application/octet-stream")
    assert kind
    message.add_attachment(attachment.data, maintype=kind[1].lower(), subtype=kind[2].lower(), filename=name)


def _set_boundaries(message: EmailMessage, seed: str) -> None:
    """`=_` is in no quoted-printable or base64 (RFC 2045 §6.7); in plain ASCII nobody can guess the rest of it."""
    for number, part in enumerate(message.walk()):
        if number:
            del part["MIME-Version"]  # it is the whole mail's (RFC 2045 §4)
        if part.is_multipart():
            digest = hashlib.sha256(f"{seed}\0{number}".encode()).hexdigest()
            part.set_boundary(f"=_{digest[:32]}")
