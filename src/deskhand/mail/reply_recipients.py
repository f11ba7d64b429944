"""Who an answer goes to: the rules of RFC 5322 §3.6.3, and what mail programs make of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from deskhand.errors import InvalidInput
from deskhand.mail.address import Address
from deskhand.mail.mail import Headers
from deskhand.mail.recipients import MOST_RECIPIENTS, Recipients, check_address, parse_addresses, without_duplicates

_MAILTO = re.compile(r"<mailto:([^>?\s]+)[^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Own:
    """The addresses of the person who writes."""

    address: Address
    """What is sent comes from it."""
    aliases: tuple[str, ...] = ()
    """Further addresses whose mail arrives at the same person."""

    def holds(self, address: Address) -> bool:
        """Whether it is the person; `ann+shop@` is `ann@` (RFC 5233: subaddresses)."""
        return _plain(address.email) in {_plain(own) for own in (self.address.email, *self.aliases)}


def reply_recipients(headers: Headers, own: Own, *, everyone: bool) -> Recipients:
    """Who an answer goes to, To and Cc as they were.

    To one: Reply-To, else From. When Reply-To is only the mailing list itself, From: an answer that was meant for one
    must not go to all (as Thunderbird does). To everyone: Mail-Followup-To where the sender set it, else also all To
    and Cc. What the person sent goes to its recipients again. Own addresses are left out, unless nobody else is there.

    Raises:
        InvalidInput: the mail names nobody who could be answered.
    """
    if headers.sender and all(own.holds(address) for address in headers.sender):
        found = _to_own(headers, everyone=everyone)
    elif everyone:
        found = _to_everyone(headers)
    else:
        found = Recipients(to=_author(headers))
    kept = _without_own(found, own)
    if not kept.everyone:
        kept = Recipients(to=_sound(_author(headers) or headers.sender)[:1])
    if not kept.everyone:
        raise InvalidInput("The mail names nobody who could be answered: write a new one, and say to whom.")
    return kept


def was_blind_copy(headers: Headers, own: Own) -> bool:
    """Whether the person got it as a blind copy: nobody else knows, until they answer everyone."""
    if not headers.to and not headers.cc:
        return False
    named = (*headers.to, *headers.cc, *headers.sender, *_list_posts(headers))
    return not headers.list_id and not any(own.holds(address) for address in named)


def _to_own(headers: Headers, *, everyone: bool) -> Recipients:
    """Bcc stays Bcc: who was hidden stays hidden."""
    if everyone:
        return Recipients(headers.to, headers.cc, headers.bcc)
    return Recipients(to=headers.to) if headers.to else Recipients(cc=headers.cc, bcc=headers.bcc)


def _to_everyone(headers: Headers) -> Recipients:
    if followup := _named(headers, "mail-followup-to"):
        return Recipients(to=followup)
    return Recipients(to=(*_author(headers), *headers.to, *_list_posts(headers)), cc=headers.cc)


def _author(headers: Headers) -> tuple[Address, ...]:
    """Who wrote it, or whom they named for answers; not the list that wrote itself into Reply-To."""
    posts = {address.key for address in _list_posts(headers)}
    named = tuple(address for address in headers.reply_to if address.key not in posts)
    return named or headers.sender or headers.reply_to or _named(headers, "sender")


def _list_posts(headers: Headers) -> tuple[Address, ...]:
    """Where one writes to the mailing list (List-Post, RFC 2369 §3.4)."""
    found = [match for value in headers.other.get("list-post", ()) for match in _MAILTO.findall(value)]
    return _sound(tuple(Address(email) for email in found[:3]))


def _named(headers: Headers, name: str) -> tuple[Address, ...]:
    """The addresses of another header; none when it cannot be read, as if it were not there."""
    found: list[Address] = []
    for value in headers.other.get(name, ())[:1]:
        try:
            found += parse_addresses(value)
        except InvalidInput:
            return ()
    return tuple(found)


def _without_own(recipients: Recipients, own: Own) -> Recipients:
    to = without_duplicates(_others(recipients.to, own))
    cc = without_duplicates(_others(recipients.cc, own), to)
    bcc = without_duplicates(_others(recipients.bcc, own), (*to, *cc))
    if not to and not bcc:
        to, cc = cc, ()
    return Recipients(to, cc, bcc)


def _others(addresses: Sequence[Address], own: Own) -> list[Address]:
    return [address for address in _sound(addresses) if not own.holds(address)]


def _sound(addresses: Sequence[Address]) -> tuple[Address, ...]:
    """Those a mail can be sent to; what a stranger's header holds beside them is left out."""
    found: list[Address] = []
    for address in addresses[: MOST_RECIPIENTS + 1]:
        try:
            found.append(check_address(address))
        except InvalidInput:
            continue
    return tuple(found)


def _plain(email: str) -> str:
    local, _, domain = email.casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
