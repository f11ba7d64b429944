"""What the header of a mail says, understood: every value decoded, on one line, bounded."""

import re
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from deskhand.mail.address import Address
from deskhand.mail.addresses_in import addresses_in, imitated
from deskhand.mail.encoded_words import decode_words
from deskhand.mail.fields import Fields, read_fields
from deskhand.mail.mail import Headers
from deskhand.visible import visible_line

_ONCE = ("from", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "sender")
"""Headers that may come once (RFC 5322 §3.6)."""
_OWN = {*_ONCE, "list-id", "auto-submitted"} - {"sender"}
_LINE = 2_000
_NAMES, _TIMES = 100, 20
_REFERENCES = 200
_ID = re.compile(r"<[^<>\s]{1,900}>")


def parse_headers(raw_header_block: bytes) -> Headers:
    """The headers of a block, which may end with an empty line or not; never fails."""
    return understood(read_fields(_with_newlines(raw_header_block)))[0]


def understood(fields: Fields) -> tuple[Headers, list[str]]:
    """The headers, and what the reader should be warned of. Of a header that came twice the first counts."""
    date = _date(fields.first("date"))
    headers = Headers(
        message_id=_own_id(fields.first("message-id")),
        in_reply_to=next(iter(_ids(fields.first("in-reply-to"))), ""),
        references=_references(fields.first("references")),
        subject=one_line(fields.first("subject")),
        date=date,
        sender=addresses_in(fields.first("from")),
        reply_to=_reachable(fields.first("reply-to")),
        to=_reachable(fields.first("to")),
        cc=_reachable(fields.first("cc")),
        bcc=_reachable(fields.first("bcc")),
        list_id=one_line(fields.first("list-id")),
        auto_submitted=one_line(fields.first("auto-submitted")).lower(),
        other=_others(fields),
    )
    return headers, [*fields.problems, *_warnings(fields, headers)]


def one_line(value: str) -> str:
    """A header's text for people: decoded, hidden characters and line ends as escapes, bounded."""
    return visible_line(decode_words(value[: 6 * _LINE])[:_LINE]).strip()[:_LINE]


def _with_newlines(raw: bytes) -> bytes:
    """Lines that end with CR alone, as old programs wrote them, end with LF."""
    return raw.replace(b"\r", b"\n") if b"\n" not in raw else raw


def _ids(value: str) -> list[str]:
    return [visible_line(found) for found in _ID.findall(value)]


def _own_id(value: str) -> str:
    """Some programs leave the angle brackets out."""
    found = _ids(value)
    if found:
        return found[0]
    bare = value.strip().strip("<>")
    return visible_line(f"<{bare}>") if bare and len(bare) <= 900 and not re.search(r"\s", bare) else ""


def _references(value: str) -> tuple[str, ...]:
    """Each once; of very many the first, which names the thread, and the last."""
    ids = list(dict.fromkeys(_ids(value)))
    return tuple(ids if len(ids) <= _REFERENCES else [ids[0], *ids[1 - _REFERENCES :]])


def _reachable(value: str) -> tuple[Address, ...]:
    return tuple(address for address in addresses_in(value) if address.email)


def _date(value: str) -> datetime | None:
    """Aware; `-0000` and a missing zone as UTC (RFC 5322 §3.3). None too for years that arithmetic cannot bear."""
    text = decode_words(value[:200]).strip()[:100]
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        parsed = _iso(text)
    if parsed is None or not 1900 <= parsed.year <= 9000:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _others(fields: Fields) -> dict[str, tuple[str, ...]]:
    others: dict[str, list[str]] = {}
    for name, value in fields.pairs:
        if name in _OWN or (name not in others and len(others) >= _NAMES):
            continue
        values = others.setdefault(name, [])
        if len(values) < _TIMES:
            values.append(one_line(value))
    return {name: tuple(values) for name, values in others.items()}


def _warnings(fields: Fields, headers: Headers) -> list[str]:
    return [*_twice(fields), *_of_sender(fields, headers), *_of_rest(fields, headers)]


def _twice(fields: Fields) -> list[str]:
    times = Counter(name for name, _ in fields.pairs)
    return [
        f"The mail has {times[name]} {name.title()} headers; the first counts."
        for name in (*_ONCE, "content-type", "content-transfer-encoding")
        if times[name] > 1
    ]


def _of_sender(fields: Fields, headers: Headers) -> list[str]:
    if not any(address.email for address in headers.sender):
        return ["The From header has no address."] if fields.first("from") else ["There is no From header."]
    found = [
        f"The sender's name shows {visible_line(shown)}, but the address is {address.email or 'missing'}."
        for address in headers.sender[:20]
        if (shown := imitated(address))
    ]
    if len(headers.sender) > 1:
        found.append(f"The From header names {len(headers.sender)} senders.")
    return found


def _of_rest(fields: Fields, headers: Headers) -> list[str]:
    found: list[str] = []
    if headers.date is None:
        found.append("The Date header cannot be read." if fields.first("date") else "There is no Date header.")
    if any(
        char in decode_words(value[: 6 * _LINE])
        for name in _ONCE
        for value in fields.every(name)[:3]
        for char in "\r\n"
    ):
        found.append("A header has line breaks hidden in it: they are shown as escapes.")
    return found
