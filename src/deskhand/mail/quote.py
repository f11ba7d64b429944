"""What was written before, as a mail that answers or passes it on shows it."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from deskhand.mail.address import Address
from deskhand.mail.mail import Mail
from deskhand.visible import visible, visible_line

DEEPEST = 3
"""Levels of quotes in an answer: older ones are in the mails before it."""
MOST_LINES, MOST_LETTERS = 400, 30_000
"""Of a quote in an answer."""
MOST_FORWARDED = 500_000
"""Letters of a mail that is passed on."""
LEFT_OUT = "[…]"
"""Stands where older quotes were."""

_MARKS = re.compile(r"(?:>\s?)*")


def quoted(mail: Mail, zone: ZoneInfo) -> str:
    """`On <date>, <name> wrote:` and the mail's text behind `>`, bounded in depth and length."""
    return "\n".join([_attribution(mail, zone), *_bounded(_deeper(visible(mail.text).rstrip().split("\n")))])


def forwarded(mail: Mail, zone: ZoneInfo) -> str:
    """The mail under a block that says who wrote it, when and to whom, as mail programs write it."""
    headers = mail.headers
    block = [
        ("From", _people(headers.sender)),
        ("Date", dated(headers.date, zone)),
        ("Subject", visible_line(headers.subject)),
        ("To", _people(headers.to)),
        ("Cc", _people(headers.cc)),
    ]
    text = visible(mail.text).rstrip()
    if len(text) > MOST_FORWARDED:
        text = f"{text[:MOST_FORWARDED]}\n{LEFT_OUT}"
    lines = [f"{name}: {value}" for name, value in block if value]
    return "\n".join(["---------- Forwarded message ----------", *lines, "", text])


def dated(date: datetime | None, zone: ZoneInfo) -> str:
    """`Mon, 23 Nov 2026 at 06:23 +01:00 (Europe/Berlin)`, in the reader's zone; empty without a date."""
    if date is None:
        return ""
    here = date.astimezone(zone)
    offset = here.isoformat()[-6:]
    return f"{_DAYS[here.weekday()]}, {here.day} {_MONTHS[here.month - 1]} {here:%Y at %H:%M} {offset} ({zone.key})"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _attribution(mail: Mail, zone: ZoneInfo) -> str:
    first = mail.headers.sender[0] if mail.headers.sender else None
    when = dated(mail.headers.date, zone)
    who = visible_line((first.name or first.email) if first else ("somebody" if when else "Somebody"))[:100]
    return f"On {when}, {who} wrote:" if when else f"{who} wrote:"


def _deeper(lines: Sequence[str]) -> Iterator[str]:
    """Each line one level deeper; what would be too deep is one mark of what was left out."""
    too_deep = False
    for line in lines:
        if depth_of(line) < DEEPEST:
            yield ">" + line if line.startswith(">") else f"> {line}".rstrip()
            too_deep = False
        elif not too_deep:
            yield ">" * DEEPEST + f" {LEFT_OUT}"
            too_deep = True


def depth_of(line: str) -> int:
    """How many levels of quotes a line is in."""
    marks = _MARKS.match(line)
    return marks[0].count(">") if marks else 0


def _bounded(lines: Iterator[str]) -> Iterator[str]:
    letters = 0
    for number, line in enumerate(lines):
        letters += len(line)
        if number >= MOST_LINES or letters > MOST_LETTERS:
            yield f"> {LEFT_OUT}"
            return
        yield line


def _people(addresses: Sequence[Address]) -> str:
    named = ", ".join(visible_line(str(address)) for address in addresses[:50])
    return f"{named} and {len(addresses) - 50} more" if len(addresses) > 50 else named
