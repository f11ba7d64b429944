"""Values with parameters, as in Content-Type and Content-Disposition: RFC 2045 §5.1 and RFC 2231."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from deskhand.mail.charsets import decode_charset
from deskhand.mail.encoded_words import decode_words

_MOST = 100
_LENGTH = 8_192
_SPLIT = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")


@dataclass(frozen=True, slots=True)
class Parameterized:
    """The value itself in lower case, and its parameters decoded, by lower-case name."""

    value: str = ""
    parameters: dict[str, str] = field(default_factory=dict[str, str])


def read_parameters(text: str) -> Parameterized:
    """A header's value taken apart; what is broken is left out. Of a parameter that came twice the first counts."""
    value, _, rest = text[:_LENGTH].partition(";")
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, piece in _pairs(rest):
        split = _SPLIT.fullmatch(name)
        if split is not None:
            number = int(split[2] or 0)
            by_number = pieces.setdefault(split[1] + ("*" if split[2] or split[3] else ""), {})
            by_number.setdefault(number, (piece, bool(split[3])))
    parameters = {name: decode_words(parts[0][0]) for name, parts in pieces.items() if not name.endswith("*")}
    extended = {name[:-1]: _joined(parts) for name, parts in pieces.items() if name.endswith("*")}
    return Parameterized("".join(value.split()).lower(), parameters | extended)


def _pairs(text: str) -> list[tuple[str, str]]:
    """Names and values in order; a quoted string that never closes goes on to the end."""
    pairs: list[tuple[str, str]] = []
    at = 0
    while at < len(text) and len(pairs) < _MOST:
        equals, semicolon = text.find("=", at), text.find(";", at)
        if equals < 0:
            break
        if 0 <= semicolon < equals:
            at = semicolon + 1
            continue
        name = text[at:equals].strip().lower()
        value, at = _value(text, equals + 1)
        pairs.append((name, value))
    return pairs


def _value(text: str, start: int) -> tuple[str, int]:
    """The value that begins at `start`, and where the next parameter begins."""
    while start < len(text) and text[start].isspace():
        start += 1
    if text[start : start + 1] != '"':
        end = text.find(";", start)
        end = len(text) if end < 0 else end
        return text[start:end].strip(), end + 1
    value: list[str] = []
    at = start + 1
    while at < len(text) and text[at] != '"':
        escaped = text[at] == "\\" and text[at + 1 : at + 2] in ('"', "\\")
        at += escaped
        value.append(text[at])
        at += 1
    end = text.find(";", at)
    return "".join(value), (len(text) if end < 0 else end) + 1


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    """The pieces of RFC 2231 §3 in order, as far as there is none missing, decoded by the charset of the first."""
    charset, data = "utf-8", b""
    for expected, number in enumerate(sorted(parts)):
        if number != expected:
            break
        piece, encoded = parts[number]
        if number == 0 and encoded and piece.count("'") >= 2:
            charset, _, piece = piece.split("'", 2)
        data += unquote_to_bytes(piece) if encoded else piece.encode("utf-8", "replace")
    return decode_charset(data, charset or "utf-8").text
