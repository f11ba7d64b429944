"""Delivery and read reports (RFC 3464, RFC 8098), in a sentence for each recipient."""

import re

from deskhand.mail.fields import Fields, read_fields
from deskhand.mail.headers import one_line

_RECIPIENTS = 50
_EMPTY_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")


def readable_report(data: bytes, mime_type: str) -> str:
    """What a message/delivery-status or message/disposition-notification says."""
    blocks = [read_fields(block.strip() + b"\n") for block in _EMPTY_LINE.split(data[:500_000])[: 2 * _RECIPIENTS]]
    about = [block for block in blocks if block.first("final-recipient") or block.first("original-recipient")]
    title = "Delivery report:" if mime_type == "message/delivery-status" else "Receipt:"
    lines = [_line(block) for block in about[:_RECIPIENTS]]
    more = [f"(and {len(about) - _RECIPIENTS} more recipients)"] if len(about) > _RECIPIENTS else []
    return "\n".join([title, *(lines or ["(it names no recipient)"]), *more])


def _line(block: Fields) -> str:
    recipient = _untyped(block.first("final-recipient") or block.first("original-recipient"))
    done = one_line(block.first("action") or block.first("disposition")).lower() or "unknown"
    status = one_line(block.first("status"))
    reason = _untyped(block.first("diagnostic-code"))
    return f"- {recipient}: {done}" + (f" ({status})" if status else "") + (f": {reason}" if reason else "")


def _untyped(value: str) -> str:
    """`rfc822; bob@example.org` without the type before the semicolon."""
    text = one_line(value)
    return text.split(";", 1)[1].strip() if ";" in text[:20] else text
