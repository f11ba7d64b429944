"""A mail as the person sees it before it is sent: everything in it, and what is unusual about it."""

from collections.abc import Collection, Sequence

import idna

from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing, recipients_of
from deskhand.mail.recipients import needs_smtputf8
from deskhand.mail.reply_recipients import Own
from deskhand.visible import hides, visible, visible_line

MOST_TEXT = 20_000
"""Letters of the text that are shown; the rest is counted."""
MANY = 10
"""From so many recipients on it is worth a word."""


def preview(outgoing: Outgoing, *, own: Own, known: Collection[str] | None = None, notes: Sequence[str] = ()) -> str:
    """Who gets what, in full, with hidden characters made visible.

    Args:
        outgoing: the mail.
        own: the person; domains other than theirs are named as outside.
        known: addresses the person has written to before; None when nobody knows.
        notes: more to tell, such as those of a `Reply`.

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
        ("Note", "\n      ".join([*map(visible_line, notes), *_unusual(outgoing, people.everyone, own, known)])),
    ]
    header = "\n".join(f"{name}: {value}" for name, value in rows if value)
    return f"{header}\n\n{_text(outgoing.text)}"


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
    files = [f"{visible_line(file.name)} ({size_text(len(file.data))})" for file in outgoing.attachments]
    if outgoing.calendar:
        files.append(f"an invitation ({visible_line(outgoing.method)})")
    return ", ".join(files)


def _text(text: str) -> str:
    shown = visible(text.replace("\r\n", "\n"))
    if len(shown) <= MOST_TEXT:
        return shown
    return f"{shown[:MOST_TEXT]}\n[… {len(shown) - MOST_TEXT:,} more letters]"


def _unusual(outgoing: Outgoing, everyone: Sequence[Address], own: Own, known: Collection[str] | None) -> list[str]:
    """One sentence each."""
    found: list[str] = []
    others = [address for address in everyone if not own.holds(address)]
    outside = sorted({address.domain for address in others if address.domain != own.address.domain})
    if outside:
        found.append(f"Goes outside {own.address.domain}: {_first(outside)}.")
    if len(everyone) >= MANY:
        found.append(f"Goes to {len(everyone)} people.")
    if known is not None and (new := _never_written(others, known)):
        found.append(f"First mail to {_first(new)}.")
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


def _never_written(others: Sequence[Address], known: Collection[str]) -> list[str]:
    keys = {email.casefold() for email in known}
    return [visible_line(address.email) for address in others if address.key not in keys]


def _read(domain: str) -> str:
    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except idna.IDNAError:
        return domain
