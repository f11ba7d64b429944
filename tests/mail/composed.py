"""A mail of the tests, its bytes, and how the standard library reads them."""

from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing, build

DATE = datetime(2026, 11, 23, 6, 23, tzinfo=ZoneInfo("Europe/Berlin"))
ANN, BOB = Address("ann@example.org", "Ann"), Address("bob@example.org", "Bob")
TEA = Outgoing(ANN, to=(BOB,), subject="Tea", text="Shall we?\n")


def built(outgoing: Outgoing, *, keep_bcc: bool = False) -> bytes:
    return build(outgoing, message_id="<1@example.org>", date=DATE, keep_bcc=keep_bcc)


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert [part.defects for part in message.walk()] == [[] for _ in message.walk()]
    return message
