"""The body of a draft as its program wrote it, for sending it as it is: HTML, pictures inside of it, a signature.

What a mail program keeps for itself in the header (`X-Mozilla-Draft-Info`, where copies go, …) is not part of it.
"""

import hashlib
import re
from collections.abc import Sequence

from deskhand.errors import LimitExceeded
from deskhand.mail.compose_body import MOST_BYTES, OutgoingAttachment, file_parts
from deskhand.mail.fields import read_fields
from deskhand.mail.mime_parts import Part, read_parts

MOST_BODY = MOST_BYTES * 3 // 2
"""Bytes of a body: the most that is attached, in base64."""
_VERSION = b"MIME-Version: 1.0\r\n"
_LINE_END = re.compile(rb"\r\n|\n|\r")
_FIELD = re.compile(rb"(?P<name>Content-[A-Za-z-]+)[ \t]*:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*", re.IGNORECASE)


def body_as_it_is(raw: bytes) -> bytes:
    """The MIME fields of a mail's header, an empty line, and the body; only line ends are made CRLF.

    Raises:
        LimitExceeded: it is larger than a mail may be.
    """
    lines = _LINE_END.sub(b"\r\n", raw)
    length = read_fields(lines).length
    header = b"\r\n" + lines[:length].rstrip(b"\r\n") + b"\r\n"
    fields: dict[bytes, bytes] = {}
    for found in _FIELD.finditer(header):
        if header[found.start() - 1 : found.start()] == b"\n":
            fields.setdefault(found["name"].lower(), found[0])
    return _bounded(_VERSION + b"".join(fields.values()) + b"\r\n" + lines[length:])


def with_files(body: bytes, files: Sequence[OutgoingAttachment]) -> bytes:
    """A body with files after it: the whole of it becomes the first part of a multipart/mixed (RFC 2046 §5.1.3).

    Raises:
        InvalidInput: a file cannot be attached.
        LimitExceeded: together they are larger than a mail may be.
    """
    if not files:
        return body
    parts = [body.removeprefix(_VERSION), *file_parts(files)]
    boundary = b"=_" + hashlib.sha256(b"\0".join(parts)).hexdigest()[:32].encode()
    mixed = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    head = _VERSION + b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n'
    return _bounded(head + mixed + b"--" + boundary + b"--\r\n")


def is_plain(raw: bytes) -> bool:
    """Whether a mail is a plain text, with or without files: then nothing is lost when it is written anew."""
    root, problems = read_parts(raw)
    first, *others = root.children if root.mime_type == "multipart/mixed" and root.children else [root]
    is_text = first.mime_type == "text/plain" and not first.children and not first.name
    return is_text and not problems and all(map(_is_file, others))


def _is_file(part: Part) -> bool:
    return not part.children and part.disposition.value == "attachment"


def _bounded(body: bytes) -> bytes:
    if len(body) > MOST_BODY:
        raise LimitExceeded(f"The mail is larger than {MOST_BODY:,} bytes. Share a link to its files instead.")
    return body
