"""The text of an attached file, bounded: documents, tables, plain text, HTML and attached mails."""

from anyio import to_thread

from deskhand.documents.kind import kind_of
from deskhand.documents.text import DocumentText, text_of
from deskhand.mail.body import CHARACTERS
from deskhand.mail.charsets import decode_charset
from deskhand.mail.html_text import html_text
from deskhand.mail.mail import Attachment
from deskhand.mail.parse import parse

_MAILS = {"message/rfc822", "message/global"}
_TYPELESS = {"application/octet-stream", "application/x-download", "application/force-download", "binary/octet-stream"}
"""What programs say that do not know what they attach: its name tells more."""


async def attachment_text(found: Attachment, data: bytes, *, characters: int) -> DocumentText:
    """The first `characters` of what a person would read in an attached file; hidden characters are escapes.

    Raises:
        InvalidInput: it is of a type without text, damaged, or protected by a password.
        LimitExceeded: it takes too much time or memory.
        Unavailable: what reads this type is not installed.
    """
    name = found.name.lower()
    if found.mime_type in _MAILS or (found.mime_type in _TYPELESS and name.endswith(".eml")):
        return _shown(await to_thread.run_sync(_mail_text, data), characters)
    if found.mime_type == "text/html" or (found.mime_type in _TYPELESS and name.endswith((".html", ".htm"))):
        return _shown(await to_thread.run_sync(_page_text, data), characters)
    by_type = found.mime_type not in _TYPELESS and kind_of(found.mime_type) is not None
    return await text_of(
        found.mime_type if by_type and not _is_table(name) else found.name, data, characters=characters
    )


def _is_table(name: str) -> bool:
    """Many programs attach tables as plain text, or as a type of Excel."""
    return name.endswith((".csv", ".tsv"))


def _mail_text(data: bytes) -> str:
    mail = parse(data)
    sender = ", ".join(map(str, mail.headers.sender))
    date = mail.headers.date.isoformat() if mail.headers.date else "unknown"
    return f"From: {sender}\nDate: {date}\nSubject: {mail.headers.subject}\n\n{mail.text}"


def _page_text(data: bytes) -> str:
    return html_text(decode_charset(data[: 5 * CHARACTERS], "utf-8").text).text


def _shown(text: str, characters: int) -> DocumentText:
    return DocumentText(text[:characters], "lines", text.count("\n") + 1, len(text) > characters)
