"""A mail understood: `parse` makes of any bytes what a person would read, and never fails."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from deskhand.errors import NotFound
from deskhand.mail.attachment_names import deceives, safe_name
from deskhand.mail.body import CHARACTERS, Body, read_body
from deskhand.mail.charsets import decode_charset
from deskhand.mail.fields import read_fields
from deskhand.mail.headers import one_line, understood
from deskhand.mail.mail import Attachment, Mail
from deskhand.mail.mime_parts import Part, read_parts
from deskhand.mail.quoted import split_quoted
from deskhand.mail.subject_marks import says_forwarded
from deskhand.visible import visible, visible_line

_CALENDARS = 10
_CALENDAR = 200_000
_WARNINGS = 30


@dataclass(frozen=True, slots=True)
class _File:
    """A file and its decoded bytes, kept only where asked for."""

    attachment: Attachment
    data: bytes
    warnings: tuple[str, ...] = ()


def parse(raw: bytes) -> Mail:
    """`raw`, RFC 5322 bytes or anything else, as a mail; hidden characters are escapes, all is bounded."""
    root, problems = read_parts(_with_newlines(raw))
    headers, warnings = understood(root.fields)
    body = read_body(root)
    shown = _shown(body.text)
    text = _bounded(shown)
    files = [replace(file, data=b"") for file in _files(body)]
    new, quoted, signature = split_quoted(text, forwarded=says_forwarded(headers.subject))
    found = [*warnings, *problems, *body.warnings, *(said for file in files for said in file.warnings)]
    return Mail(
        headers=headers,
        text=text,
        new_text=new,
        quoted=quoted,
        signature=signature,
        from_html=body.from_html,
        attachments=tuple(file.attachment for file in files),
        calendar=tuple(_calendar(part) for part in body.calendars[:_CALENDARS]),
        cut=body.is_cut or len(shown) > CHARACTERS,
        warnings=tuple(visible_line(warning) for warning in dict.fromkeys(found))[:_WARNINGS],
    )


def attachment(raw: bytes, number: int) -> tuple[Attachment, bytes]:
    """One attached file of a mail, by the number that `parse` gave it.

    Raises:
        NotFound: the mail has no attachment of this number; the message says which there are.
    """
    last = 0
    for file in _files(read_body(read_parts(_with_newlines(raw))[0])):
        last = file.attachment.number
        if last == number:
            return file.attachment, file.data
    raise NotFound(f"This mail has no attachment {number}. " + (f"It has 1 to {last}." if last else "It has none."))


def _with_newlines(raw: bytes) -> bytes:
    """Lines that end with CR alone, as old programs wrote them, end with LF."""
    return raw.replace(b"\r", b"\n") if b"\n" not in raw else raw


def _shown(text: str) -> str:
    return visible(text.replace("\r\n", "\n").replace("\r", "\n"))


def _bounded(text: str) -> str:
    return text[:CHARACTERS].strip("\n").rstrip()


def _files(body: Body) -> Iterator[_File]:
    """The files in order, decoded one at a time: parts first, then what is uuencoded inside of the text."""
    number = 0
    for part in body.files:
        number += 1
        data, damage = part.body()
        yield _file(part, number, data, damage)
    for name, data in body.uuencoded:
        number += 1
        safe = safe_name(name, "application/octet-stream", number)
        yield _File(Attachment(number, safe, "application/octet-stream", len(data)), data)


def _file(part: Part, number: int, data: bytes, damage: str) -> _File:
    said = part.name or _own_name(part, data)
    name = safe_name(said, part.mime_type, number)
    found = Attachment(number, name, part.mime_type, len(data), _is_inline(part), visible_line(part.content_id))
    warnings = [f"Attachment {number} may be wrong: {damage}."] if damage else []
    if deceives(said):
        warnings.append(f"The name of attachment {number} has hidden characters: {visible_line(said[:200])}")
    return _File(found, data, tuple(warnings))


def _own_name(part: Part, data: bytes) -> str:
    """A mail that is attached is named by its subject; Outlook's wrapping by what everybody calls it."""
    if part.mime_type == "application/ms-tnef":
        return "winmail.dat"
    if part.mime_type not in ("message/rfc822", "message/global"):
        return ""
    subject = one_line(read_fields(data, 0, min(len(data), 100_000)).first("subject"))[:80]
    return f"{subject.replace('/', '_')}.eml" if subject else ""


def _is_inline(part: Part) -> bool:
    if part.disposition.value == "attachment" or not part.mime_type.startswith("image/"):
        return False
    return bool(part.content_id) or part.disposition.value == "inline"


def _calendar(part: Part) -> str:
    decoded = decode_charset(part.body()[0][:_CALENDAR], part.parameters.get("charset", "utf-8"))
    return _bounded(_shown(decoded.text))
