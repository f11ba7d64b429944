"""What a person sees before a mail is sent is all of it."""

from dataclasses import replace

import pytest

from deskhand.errors import InvalidInput
from deskhand.mail.address import Address
from deskhand.mail.compose import Outgoing
from deskhand.mail.compose_body import OutgoingAttachment
from deskhand.mail.preview import preview, size_text
from deskhand.mail.reply_recipients import Own

OWN = Own(Address("me@example.org", "Me"))
BOB = Address("bob@example.org", "Bob")
TEA = Outgoing(OWN.address, to=(BOB,), subject="Tea", text="Shall we?\n")


def test_a_usual_mail_is_shown_without_a_note() -> None:
    assert preview(TEA, own=OWN) == (
        "From: Me <me@example.org>\nTo: Bob <bob@example.org>\nSubject: Tea\n\nShall we?\n"
    )


def test_everything_is_shown() -> None:
    mail = replace(
        TEA,
        cc=(Address("dan@example.org"),),
        bcc=(Address("eve@elsewhere.example"),),
        reply_to=(Address("desk@example.org"),),
        attachments=(OutgoingAttachment("a.pdf", "application/pdf", b"a" * 1_400_000),),
        calendar="BEGIN:VCALENDAR",
        method="REQUEST",
    )
    assert preview(mail, own=OWN, notes=["You were a blind copy."]).split("\n") == [
        "From: Me <me@example.org>",
        "Reply-To: desk@example.org",
        "To: Bob <bob@example.org>",
        "Cc: dan@example.org",
        "Bcc: eve@elsewhere.example",
        "Subject: Tea",
        "Attached: a.pdf (1.4 MB, sha256 63ef093b8fc6d160…), an invitation (REQUEST)",
        "Note: You were a blind copy.",
        "      Goes outside example.org: elsewhere.example.",
        "      Answers go to somebody else (Reply-To).",
        "",
        "Shall we?",
        "",
    ]


@pytest.mark.parametrize(
    ("mail", "shown"),
    [
        (replace(TEA, to=tuple(Address(f"p{n}@example.org") for n in range(12))), "Goes to 12 people."),
        (replace(TEA, subject=" "), "Has no subject."),
        (replace(TEA, subject=""), "Subject: (none)"),
        (replace(TEA, text="pay\u202e me"), "The text holds invisible characters"),
        (replace(TEA, text="pay\u202e me"), "pay\\u202e me"),
        (replace(TEA, to=(Address("bob@xn--mnchen-3ya.example"),)), "(reads as münchen.example)"),
        (replace(TEA, to=(Address("jürgen@example.org"),)), "letters beyond ASCII"),
        (replace(TEA, text="a" * 20_500), "[… 500 letters are not shown here …]"),
        (replace(TEA, to=tuple(Address(f"p@d{n}.example") for n in range(12))), " and 2 more."),
    ],
    ids=["many", "no subject", "none", "hidden", "hidden shown", "punycode", "unicode", "long", "many domains"],
)
def test_what_is_unusual_is_said(mail: Outgoing, shown: str) -> None:
    assert shown in preview(mail, own=OWN)


def test_a_mail_that_cannot_be_sent_has_no_preview() -> None:
    with pytest.raises(InvalidInput, match="has no @"):
        preview(replace(TEA, to=(Address("bob"),)), own=OWN)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (25_000_000, "25.0 MB"),
    ],
)
def test_sizes_read_as_people_say_them(size: int, text: str) -> None:
    assert size_text(size) == text
