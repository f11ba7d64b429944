"""The addresses that a header names: RFC 5322 §3.4 with groups, comments, and what is written instead."""

import re
import unicodedata
from dataclasses import dataclass, field

from deskhand.mail.address import Address, folded
from deskhand.mail.encoded_words import decode_words
from deskhand.visible import visible_line

MOST = 500
"""Most addresses of one header."""
_TOKEN = re.compile(r'\\.|[^\\"()<>,;:\s]+|\s+|.', re.DOTALL)
_EMAIL = re.compile(r'(?:[^\s<>@,;:"()\[\]\\]{1,256}|"[^"<>\r\n]{1,256}")@[^\s<>@,;:"()\\]{1,255}')
_INSIDE = re.compile(r"[^\s<>@,;:\"'()]{1,100}@[^\s<>@,;:\"'()]{1,200}\.[^\s<>@,;:\"'().]{2,60}")


def addresses_in(value: str) -> tuple[Address, ...]:
    """Every address that `value`, the undecoded text of a header, names; at most MOST.

    What has no address but a name comes with an empty `email`; a group gives its members.
    """
    for quotes, comments in ((True, True), (True, False), (False, True), (False, False)):
        reader = _Reader(quotes, comments)
        for token in _TOKEN.findall(value):
            if len(reader.found) < MOST:
                reader.take(token)
        if reader.complete:
            break
    reader.flush()
    return tuple(reader.found[:MOST])


def imitated(address: Address) -> str:
    """The address that the display name shows, when it is not the one a reply would go to; else empty."""
    inside = _INSIDE.search(unicodedata.normalize("NFKC", address.name)[:1_000])
    return inside[0] if inside and folded(inside[0]) != address.key else ""


@dataclass(slots=True)
class _Reader:
    """Reads a header token by token. What opens and never closes is read again as if it opened nothing."""

    quotes: bool
    comments: bool
    found: list[Address] = field(default_factory=list[Address])
    _name: list[str] = field(default_factory=list[str])
    _comment: list[str] = field(default_factory=list[str])
    _angle: list[str] | None = None
    _quoted: bool = False
    _deep: int = 0
    _inside: bool = False

    @property
    def complete(self) -> bool:
        return not self._quoted and not self._deep

    def take(self, token: str) -> None:
        if self._quoted:
            self._in_quotes(token)
        elif self._deep:
            self._in_comment(token)
        elif token == '"' and self.quotes:
            self._quoted = True
            self._into().append(token)
        elif token == "(" and self.comments:
            self._deep = 1
        elif self._inside:
            self._in_angle(token)
        else:
            self._outside(token)

    def flush(self) -> None:
        """End an address."""
        if len(self.found) >= MOST:
            return
        name, bare = "".join(self._name), self._angle is None
        email = "".join(self._angle or [])
        if bare:
            email, name = _bare(name)
        name = _readable(name) or _readable("".join(self._comment))
        email = _cleaned(email)
        if email or name:
            self.found.append(Address(email, name[:1_000]))
        self._name, self._comment, self._angle, self._inside = [], [], None, False

    def _into(self) -> list[str]:
        return self._name if self._angle is None or not self._inside else self._angle

    def _in_quotes(self, token: str) -> None:
        self._quoted = token != '"'
        self._into().append(token)

    def _in_comment(self, token: str) -> None:
        self._deep += {"(": 1, ")": -1}.get(token, 0)
        if self._deep:
            self._comment.append(token)

    def _in_angle(self, token: str) -> None:
        if token == ">":
            self._inside = False
        elif self._angle is not None and not token.isspace():
            self._angle.append(token)

    def _outside(self, token: str) -> None:
        if token in (",", ";"):
            self.flush()
        elif token == "<":
            if self._angle is not None:
                self.flush()
            self._angle, self._inside = [], True
        elif token == ":" and self._angle is None:
            self._name = []
        else:
            self._name.append(token)


def _bare(text: str) -> tuple[str, str]:
    """An address without angle brackets, and the words beside it."""
    found = _EMAIL.search(text)
    return (found[0], text[: found.start()] + text[found.end() :]) if found else ("", text)


def _readable(name: str) -> str:
    if not name or name.isspace():
        return ""
    name = name[:4_000]
    unquoted = re.sub(r"\\(.)", r"\1", name.replace('"', " ") if "\\" not in name else _unquoted(name))
    return visible_line(" ".join(_spaced(decode_words(unquoted)).split(" "))).strip()


def _unquoted(name: str) -> str:
    return re.sub(r'\\.|"', lambda match: match[0] if len(match[0]) > 1 else " ", name)


def _spaced(text: str) -> str:
    return re.sub(r" {2,}", " ", text).strip(" ")


def _cleaned(email: str) -> str:
    """The address with its domain in lower case and no source route (RFC 5322 §4.4); empty when it is none."""
    plain = re.sub(r"^@[^:]{0,500}:", "", email)
    if not _EMAIL.fullmatch(plain):
        return ""
    local, _, domain = plain.rpartition("@")
    return visible_line(f"{local}@{domain.lower()}")
