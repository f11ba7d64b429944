"""Rules and mails for the tests of automatic answers: Ann has the rule, Bob writes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from deskhand.mail.address import Address
from deskhand.mail.reply_recipients import Own
from deskhand.mail.rule import Rule
from deskhand.mail.rule_decision import Answered, Circumstances
from deskhand.mail.rule_mail import Incoming, incoming

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
ANN = Own(Address("ann@example.org", "Ann"), ("ann@work.example",))
RULE = Rule(
    name="holiday",
    account="work",
    text="Dear {name},\n\nI read {subject} of {date} on Monday.\n",
    created=NOW - timedelta(days=2),
    started=NOW - timedelta(days=2),
)
HEADERS = {
    "From": "Bob <bob@example.com>",
    "To": "Ann <ann@example.org>",
    "Subject": "Figures",
    "Date": "Mon, 23 Nov 2026 08:59:00 +0000",
    "Message-ID": "<one@example.com>",
}


def mail(headers: str = "", *, received: datetime = NOW, junk: bool = False, **changed: str) -> Incoming:
    """Bob's mail with further header lines; `From_=` and the like replace a header, an empty value drops it."""
    named = {name.rstrip("_").replace("_", "-"): value for name, value in changed.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**HEADERS, **named}.items() if value)
    more = "".join(f"{line}\r\n" for line in headers.splitlines())
    return incoming(f"{lines}{more}\r\nHere they are: green ones.\r\n".encode(), received, in_junk=junk)


def given(*history: Answered, now: datetime = NOW) -> Circumstances:
    return Circumstances(ANN, now, BERLIN, history)


def past(
    minutes: float = 0, *, rule: str = "holiday", thread: str = "other", recipient: str = "cleo@example.com"
) -> Answered:
    """An answer some minutes ago."""
    return Answered(rule, thread, recipient, NOW - timedelta(minutes=minutes))
