"""Addresses as people write them, made into addresses that a mail can be sent to, or refused with the reason."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import idna

from deskhand.errors import InvalidInput
from deskhand.mail.address import Address
from deskhand.visible import hides, visible_line

MOST_RECIPIENTS = 100
"""Most people one mail goes to, To, Cc and Bcc together; what goes to more is a newsletter."""
MOST_TEXT, MOST_PARTS = 50_000, 500
"""Letters of a list of addresses, and addresses in it, that are looked at: checking one takes its time."""
MOST_LOCAL, MOST_EMAIL, MOST_NAME = 64, 254, 200
"""Octets before the `@` (RFC 5321 §4.5.3.1.1) and in all (§4.5.3.1.3, without the brackets); letters of a name."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NAMED = re.compile(r"(?P<name>.*?)\s*<(?P<email>[^<>]*)>", re.DOTALL)
_IN_PARTS = f"A mail goes to {MOST_RECIPIENTS} people at most: send it in parts, or to a mailing list."
_EXAMPLE = "Write it as ann@example.org, or Ann <ann@example.org>."


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who a mail goes to. Nobody is in it twice."""

    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()

    @property
    def everyone(self) -> tuple[Address, ...]:
        """All of them: the envelope."""
        return (*self.to, *self.cc, *self.bcc)


def parse_address(text: str) -> Address:
    """One address, with or without a name: `ann@example.org`, `Ann <ann@example.org>`, `"Lee, Ann" <ann@example.org>`.

    The domain comes out in lower case and as it is in the DNS (punycode, RFC 5891), so that one mailbox has one
    spelling.

    Raises:
        InvalidInput: it is not an address; says what is wrong with it.
    """
    if hides(text):
        raise _refused(text, "holds a control or invisible character")
    text = text.strip()
    named = _NAMED.fullmatch(text)
    if not named:
        return Address(_checked_email(text))
    name = _unquoted(named["name"].strip())
    if len(name) > MOST_NAME:
        raise _refused(text, f"has a name of more than {MOST_NAME} letters")
    return Address(_checked_email(named["email"].strip()), name)


def parse_addresses(texts: str | Iterable[str]) -> tuple[Address, ...]:
    """Addresses from a list, or from one text with commas or semicolons between them; in order, none twice.

    Raises:
        InvalidInput: one of them is not an address, or the list is too long to be looked at.
    """
    given = [texts] if isinstance(texts, str) else list(texts)
    if sum(map(len, given)) > MOST_TEXT:
        raise InvalidInput(f"A list of addresses may have {MOST_TEXT:,} letters. {_IN_PARTS}")
    parts = [part for text in given for part in _split(text)]
    if len(parts) > MOST_PARTS:
        raise InvalidInput(f"These are {len(parts):,} addresses; {MOST_PARTS} are looked at at once. {_IN_PARTS}")
    return without_duplicates(parse_address(part) for part in parts)


def check_address(address: Address) -> Address:
    """The same address, if a mail can be sent to it.

    Raises:
        InvalidInput: it cannot; says why.
    """
    if hides(address.name) or hides(address.email):
        raise _refused(str(address), "holds a control or invisible character")
    if len(address.name) > MOST_NAME:
        raise _refused(address.email, f"has a name of more than {MOST_NAME} letters")
    return Address(_checked_email(address.email), address.name.strip())


def without_duplicates(addresses: Iterable[Address], seen: Iterable[Address] = ()) -> tuple[Address, ...]:
    """`addresses` without those that are in `seen` or came before, compared as `folded`; the first spelling stays."""
    known = {address.key for address in seen}
    kept: list[Address] = []
    for address in addresses:
        if address.key not in known:
            known.add(address.key)
            kept.append(address)
    return tuple(kept)


def check_recipients(to: Sequence[Address], cc: Sequence[Address] = (), bcc: Sequence[Address] = ()) -> Recipients:
    """Everybody a mail goes to, checked; who is in To is not in Cc again, who is in either is not in Bcc.

    Raises:
        InvalidInput: an address is wrong, there is none, or there are more than `MOST_RECIPIENTS`.
    """
    first = without_duplicates(map(check_address, to))
    second = without_duplicates(map(check_address, cc), first)
    hidden = without_duplicates(map(check_address, bcc), (*first, *second))
    recipients = Recipients(first, second, hidden)
    if not recipients.everyone:
        raise InvalidInput("The mail goes to nobody: name somebody in to, cc or bcc.")
    if len(recipients.everyone) > MOST_RECIPIENTS:
        raise InvalidInput(
            f"The mail goes to {len(recipients.everyone)} people; {MOST_RECIPIENTS} are the most. Send it in parts, "
            "or to a mailing list."
        )
    return recipients


def needs_smtputf8(email: str) -> bool:
    """Whether only servers with SMTPUTF8 (RFC 6531) take this address: its part before the `@` is not ASCII."""
    return not email.isascii()


def _checked_email(email: str) -> str:
    local, at, domain = email.rpartition("@")
    if not at:
        raise _refused(email, "has no @")
    _check_local(email, local)
    checked = f"{local}@{_checked_domain(email, domain)}"
    if len(checked.encode()) > MOST_EMAIL:
        raise _refused(email, f"is longer than {MOST_EMAIL} octets")
    return checked


def _check_local(email: str, local: str) -> None:
    """RFC 5322 §3.4.1, with the letters of RFC 6532."""
    if not local:
        raise _refused(email, "has nothing before the @")
    if len(local.encode()) > MOST_LOCAL:
        raise _refused(email, f"has more than {MOST_LOCAL} octets before the @")
    if local.startswith('"'):
        if not _QUOTED.fullmatch(local):
            raise _refused(email, "has quotation marks that do not match")
    elif local.startswith(".") or local.endswith(".") or ".." in local:
        raise _refused(email, "has a dot too many before the @")
    elif any(letter.isspace() for letter in local):
        raise _refused(email, "holds a space")
    elif not _DOT_ATOM.fullmatch(local):
        raise _refused(email, "holds a character that is not allowed before the @")


def _checked_domain(email: str, domain: str) -> str:
    """In lower case, as A-labels. Literals such as `[192.0.2.1]` are refused: nobody means them, spam filters do."""
    if not domain:
        raise _refused(email, "has nothing after the @")
    if any(letter.isspace() for letter in domain):
        raise _refused(email, "holds a space")
    if domain.startswith("["):
        raise _refused(email, "has a number instead of the name of a domain")
    if domain.startswith(".") or domain.endswith(".") or ".." in domain:
        raise _refused(email, "has a dot too many after the @")
    ascii_domain = domain.lower() if domain.isascii() else _punycode(email, domain)
    if not all(_LABEL.fullmatch(label) for label in ascii_domain.split(".")):
        raise _refused(email, "has a domain that cannot be one")
    return ascii_domain


def _punycode(email: str, domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise _refused(email, "has a domain that cannot be one") from None


def _split(text: str) -> list[str]:
    """At commas and semicolons that stand neither in quotation marks nor in angle brackets."""
    parts, start, quoted, escaped, angled = list[str](), 0, False, False, False
    for at, letter in enumerate(text):
        if escaped or (quoted and letter == "\\"):
            escaped = not escaped
        elif letter == '"':
            quoted = not quoted
        elif letter in "<>" and not quoted:
            angled = letter == "<"
        elif letter in ",;" and not quoted and not angled:
            parts.append(text[start:at])
            start = at + 1
    return [part for part in [*parts, text[start:]] if part.strip()]


def _unquoted(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name[1:-1]) if _QUOTED.fullmatch(name) else name


def _refused(text: str, problem: str) -> InvalidInput:
    shown = visible_line(text.strip())
    return InvalidInput(f"The address {shown[:100]!r} {problem}. {_EXAMPLE}")
