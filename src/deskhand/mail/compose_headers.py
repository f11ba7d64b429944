"""The lines of a header: encoded (RFC 2047), folded (RFC 5322 §2.2.3), and closed to who would add a line of their own.

They are written here, and not by `email.policy`, because that one encodes long Message-IDs in References as words,
after which no mail program finds the thread any more.
"""

import re
from collections.abc import Sequence
from email.header import Header

from deskhand.errors import InvalidInput
from deskhand.mail.address import Address
from deskhand.visible import visible_line

WIDTH = 78
"""Letters of a line, without CRLF: SHOULD of RFC 5322 §2.1.1."""
MOST_EXTRA = 2000
"""Letters of the value of a further header."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_WORD = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=")
_OURS = frozenset(
    {
        "from",
        "sender",
        "reply-to",
        "to",
        "cc",
        "bcc",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "mime-version",
        "return-path",
        "received",
        "dkim-signature",
    }
)


def check_line(field: str, value: str) -> str:
    """The same value, if it is one line of letters.

    Raises:
        InvalidInput: it holds CR, LF, NUL or another control character, with which a header could be added.
    """
    if found := _CONTROL.search(value):
        raise InvalidInput(
            f"The {visible_line(field)[:80]} of a mail is one line of text; it holds {visible_line(found[0])!r}."
        )
    return value


def check_extra(name: str) -> str:
    """The name of a further header, if it may be given.

    Raises:
        InvalidInput: it is not a name, or a header that has its own field.
    """
    if not _NAME.fullmatch(name) or name.lower() in _OURS or name.lower().startswith(("resent-", "content-")):
        raise InvalidInput(f"{visible_line(name)[:80]!r} cannot be given as a further header of a mail.")
    return name


def text_line(name: str, value: str) -> str:
    """A header of free text. What is not ASCII, or looks like an encoded word, becomes encoded words."""
    if len(value) > MOST_EXTRA:
        raise InvalidInput(f"The header {name} has {len(value)} letters; {MOST_EXTRA} are the most.")
    if value.isascii() and not _WORD.search(value) and _fits(value):
        return _folded(name, value.split(" "))
    return f"{name}: {_encoded(value, len(name) + 2)}"


def ids_line(name: str, ids: Sequence[str]) -> str:
    """A header of Message-IDs: each stays whole, however long it is."""
    return _folded(name, ids)


def address_line(name: str, addresses: Sequence[Address]) -> str:
    """A header of checked addresses, at most one folded line each."""
    return _folded(name, [_mailbox(address) for address in addresses], separator=",")


def _mailbox(address: Address) -> str:
    check_line("address", address.email)
    name = check_line("name", address.name)
    if not name:
        return address.email
    return f"{_phrase(name)} <{address.email}>"


def _phrase(name: str) -> str:
    """RFC 5322 §3.2.5: atoms as they are, other ASCII in quotation marks, the rest as encoded words (RFC 2047 §5)."""
    if not name.isascii() or _WORD.search(name):
        return _encoded(name, 20)
    if _ATOMS.fullmatch(name) and name == " ".join(name.split()):
        return name
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'


def _encoded(value: str, indent: int) -> str:
    """Encoded words of at most 75 letters, each of whole characters, folded after `indent` letters."""
    header = Header(value, "utf-8", maxlinelen=WIDTH - 3, header_name="x" * (indent - 2))
    return header.encode(linesep="\r\n").replace("\n\t", "\n ")


def _fits(value: str) -> bool:
    """Whether it can be folded at single spaces without a line that is too long, or that is white space alone."""
    return value == " ".join(value.split()) and all(len(word) < WIDTH for word in value.split(" "))


def _folded(name: str, parts: Sequence[str], separator: str = "") -> str:
    lines, line = list[str](), f"{name}:"
    for number, part in enumerate(parts):
        piece = part + (separator if number < len(parts) - 1 else "")
        last = line.rpartition("\n")[2]
        if len(last) + 1 + len(piece.partition("\r")[0]) > WIDTH and line != f"{name}:":
            lines.append(line)
            line = ""
        line += f" {piece}"
    return "\r\n".join([*lines, line])
