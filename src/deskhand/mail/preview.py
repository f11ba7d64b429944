"""A mail as the person sees it before it is sent: everything in it, and what is unusual about it."""

from collections.abc import Sequence
from hashlib import sha256

import idna

from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing, recipients_of
from deskhand.mail.recipients import needs_smtputf8
from deskhand.mail.reply_recipients import Own
from deskhand.outbox.excerpt import excerpt
from deskhand.visible import hides, visible, visible_line

MOST_TEXT = 20_000
"""Letters of the text that are shown where nothing else is said; of the rest it is told how much it is."""
MANY = 10
"""From so many recipients on it is worth a word."""


def preview(outgoing: Outgoing, *, own: Own, notes: Sequence[str] = (), most: int | None = MOST_TEXT) -> str:
    """Who gets what, in full, with hidden characters made visible.

    Args:
        outgoing: the mail.
        own: the person; domains other than theirs are named as outside.
        notes: more to tell, such as those of a `Reply`.
        most: letters of the text that are shown, from its head and its tail; None for all of it.

    Raises:
        InvalidInput: it cannot be sent as it is.
    """
    people = recipients_of(outgoing)
    rows = [
        ("From", _people((outgoing.sender,))),
        ("Reply-To", _people(outgoing.reply_to)),
        ("To", _people(people.to)),
        ("Cc", _people(people.cc)),
        ("Bcc", _people(people.bcc)),
        ("Subject", visible_line(outgoing.subject) or "(none)"),
        ("Attached", _files(outgoing)),
        ("Note", "\n      ".join([*map(visible_line, notes), *_unusual(outgoing, people.everyone, own)])),
    ]
    header = "\n".join(f"{name}: {value}" for name, value in rows if value)
    text = visible(outgoing.text.replace("\r\n", "\n"))
    return f"{header}\n\n{text if most is None else excerpt(text, most)}"


def shown_address(address: Address) -> str:
    """`Ann <ann@example.org>`; a domain in punycode with what it reads as, since letters can look alike."""
    domain = _read(address.domain)
    reads = f" (reads as {domain})" if domain != address.domain else ""
    return visible_line(str(address)) + reads


def size_text(size: int) -> str:
    """Bytes as people read them: `812 bytes`, `1.4 MB`."""
    if size < 1000:
        return f"{size} bytes"
    if size < 999_500:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB"


def _people(addresses: Sequence[Address]) -> str:
    return ", ".join(map(shown_address, addresses))


def _files(outgoing: Outgoing) -> str:
    files = [
        f"{visible_line(file.name)} ({size_text(len(file.data))}, sha256 {sha256(file.data).hexdigest()[:16]}…)"
        for file in outgoing.attachments
    ]
    if outgoing.calendar:
        files.append(f"an invitation ({visible_line(outgoing.method)})")
    return ", ".join(files)


def _unusual(outgoing: Outgoing, everyone: Sequence[Address], own: Own) -> list[str]:
    """One sentence each."""
    found: list[str] = []
    others = [address for address in everyone if not own.holds(address)]
    outside = sorted({address.domain for address in others if address.domain != own.address.domain})
    if outside:
        found.append(f"Goes outside {own.address.domain}: {_first(outside)}.")
    if len(everyone) >= MANY:
        found.append(f"Goes to {len(everyone)} people.")
    if any(needs_smtputf8(address.email) for address in everyone):
        found.append("An address has letters beyond ASCII before the @: not every server can deliver there.")
    if outgoing.reply_to and not all(own.holds(address) for address in outgoing.reply_to):
        found.append("Answers go to somebody else (Reply-To).")
    if not outgoing.subject.strip():
        found.append("Has no subject.")
    if hides(outgoing.text.replace("\r\n", "").replace("\n", "").replace("\t", "")):
        found.append("The text holds invisible characters, shown as \\u….")
    return found


def _first(names: Sequence[str]) -> str:
    return f"{', '.join(names[:10])} and {len(names) - 10} more" if len(names) > 10 else ", ".join(names)


def _read(domain: str) -> str:
    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except idna.IDNAError:
        return domain
