"""Encoded words of headers (RFC 2047), read as mail programs do: leniently, and in linear time."""

import binascii
import re
from collections.abc import Iterator

from deskhand.mail.charsets import decode_charset
from deskhand.mail.transfer import from_base64

_START = re.compile(r"=\?([^?\s]{1,64})\?([bBqQ])\?")
_NOT_HEX = re.compile(rb"=(?![0-9A-Fa-f]{2})")


def decode_words(text: str) -> str:
    """`text` with its encoded words decoded; what is broken beyond reading stays as it is.

    Words that touch and share a charset are joined before decoding: many programs split a letter between two.
    """
    decoded: list[str] = []
    charset, pending = "", b""
    for between, new_charset, data in _pieces(text):
        joins = data is not None and not between.strip() and bool(charset)
        if not joins or new_charset != charset:
            decoded.append(_flushed(charset, pending))
            pending = b""
        if not joins:
            decoded.append(between)
        if data is None:
            charset = ""
        else:
            charset, pending = new_charset, pending + data
    decoded.append(_flushed(charset, pending))
    return "".join(decoded)


def _pieces(text: str) -> Iterator[tuple[str, str, bytes | None]]:
    """What stands before a word, its charset, its bytes; at the end what is left, with None."""
    at = 0
    while (start := _START.search(text, at)) is not None:
        end = text.find("?=", start.end())
        if end < 0:
            break
        body = text[start.end() : end].encode("utf-8", "replace")
        yield text[at : start.start()], start[1].lower(), _from_q(body) if start[2] in "qQ" else from_base64(body)[0]
        at = end + 2
    yield text[at:], "", None


def _flushed(charset: str, data: bytes) -> str:
    return decode_charset(data, charset).text if data else ""


def _from_q(body: bytes) -> bytes:
    """RFC 2047 §4.2; a `=` that encodes nothing stays."""
    return binascii.a2b_qp(_NOT_HEX.sub(b"=3D", body), header=True)
