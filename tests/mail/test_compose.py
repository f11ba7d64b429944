"""What is written is a mail that every program reads as it was meant, and that nobody can add a line to."""

from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mail.composed import BOB, DATE, TEA, built, read

from deskhand.errors import InvalidInput
from deskhand.mail.address import Address
from deskhand.mail.compose import build, check
from deskhand.mail.compose_body import OutgoingAttachment
from deskhand.mail.invitation import invitation


def header_of(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[0]


def test_a_short_mail_is_plain_to_read_in_its_bytes() -> None:
    assert built(TEA).decode() == (
        "From: Ann <ann@example.org>\r\n"
        "To: Bob <bob@example.org>\r\n"
        "Subject: Tea\r\n"
        "Date: Mon, 23 Nov 2026 06:23:00 +0100\r\n"
        "Message-ID: <1@example.org>\r\n"
        "Content-Transfer-Encoding: 7bit\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: text/plain; charset="us-ascii"; format="flowed"\r\n'
        "\r\n"
        "Shall we?\r\n"
    )


def test_the_same_mail_has_the_same_bytes() -> None:
    mail = invitation(
        replace(TEA, attachments=(OutgoingAttachment("a.bin", "x/y", b"\0\xff"),)),
        "BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR",
        "REQUEST",
    )
    assert built(mail) == built(mail)


def test_blind_copies_are_named_only_in_the_senders_own_copy() -> None:
    mail = replace(TEA, bcc=(Address("eve@example.org"),))
    assert b"eve" not in built(mail)
    own = built(mail, keep_bcc=True)
    assert read(own)["Bcc"] == "eve@example.org"
    assert own.replace(b"Bcc: eve@example.org\r\n", b"") == built(mail)


def test_a_mail_to_blind_copies_alone_names_nobody() -> None:
    raw = built(replace(TEA, to=(), bcc=(BOB,)))
    assert b"To: undisclosed-recipients:;\r\n" in raw
    assert b"bob" not in raw


def test_a_draft_can_go_to_nobody_yet_but_not_be_sent() -> None:
    draft = replace(TEA, to=())
    assert read(built(draft))["To"] is None
    with pytest.raises(InvalidInput, match="goes to nobody"):
        check(draft)


NAMES = {
    "plain": "Ann Lee",
    "comma": "Lee, Ann",
    "quotes": 'Ann "A" Lee',
    "backslash": "Ann \\ Lee",
    "address inside": "boss@bank.example",
    "brackets": "Ann <eve@example.org>",
    "letters beyond ASCII": "Ünïcode Näme mit sehr vielen Buchstaben, damit sie nicht auf eine Zeile passen",
    "Chinese": "王小明",
    "emoji": "Ann 🎉",
    "looks encoded": "=?utf-8?q?Eve?=",
    "two spaces": "Ann  Lee",
    "long": "Ann " * 40 + "Lee",
    "semicolon and colon": "Team: a; b",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_arrives_as_it_was_written_with_its_address(name: str) -> None:
    raw = built(replace(TEA, to=(Address("bob@example.org", name), Address("dan@example.org", "Dan"))))
    # Not by email.policy: it keeps the fold between two encoded words of a name as a space (against RFC 2047 §6.2).
    found = getaddresses([message_from_bytes(raw)["To"]])
    assert [(str(make_header(decode_header(shown))), email) for shown, email in found] == [
        (name, "bob@example.org"),
        ("Dan", "dan@example.org"),
    ]
    assert header_of(raw).isascii()


SUBJECTS = {
    "empty": "",
    "beyond ASCII": "Grüße",
    "long": "word " * 60 + "end",
    "long beyond ASCII": "Grüße an alle, " * 20 + "Ende",
    "Japanese": "会議の件について" * 12,
    "emoji on the fold": "a" * 30 + "🎉" * 30,
    "one endless word": "a" * 300,
    "looks encoded": "=?utf-8?q?Free_money?=",
    "two spaces": "a  b",
    "a colon and more": "Re: Fwd: [list] a: b; <c>",
}


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    raw = built(replace(TEA, subject=subject))
    assert read(raw)["Subject"] == subject
    assert header_of(raw).isascii()
    assert all(len(line) <= 78 for line in header_of(raw).split(b"\r\n"))


@given(st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), max_size=120))
def test_any_subject_arrives(text: str) -> None:
    subject = " ".join(text.split())
    assert read(built(replace(TEA, subject=subject)))["Subject"] == subject


EVIL = ["\r\nBcc: eve@example.org", "\nBcc: eve@x", "\rBcc: eve@x", "\0", "\x1b[2J", "\x85", "\u2028"]


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
@pytest.mark.parametrize(
    "field",
    ["subject", "sender", "to", "cc", "bcc", "reply_to", "name", "header name", "header value", "file name"],
)
def test_no_field_can_add_a_line(field: str, evil: str) -> None:
    bad = Address(f"ann@example.org{evil}")
    changed = {
        "subject": replace(TEA, subject=f"Tea{evil}more"),
        "sender": replace(TEA, sender=bad),
        "to": replace(TEA, to=(bad,)),
        "cc": replace(TEA, cc=(bad,)),
        "bcc": replace(TEA, bcc=(bad,)),
        "reply_to": replace(TEA, reply_to=(bad,)),
        "name": replace(TEA, to=(Address("bob@example.org", f"Bob{evil}more"),)),
        "header name": replace(TEA, headers=((f"X-A{evil}", "b"),)),
        "header value": replace(TEA, headers=(("X-A", f"b{evil}c"),)),
        "file name": replace(TEA, attachments=(OutgoingAttachment(f"a{evil}.txt", "text/plain", b"a"),)),
    }[field]
    with pytest.raises(InvalidInput):
        built(changed)


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_ids_of_others_cannot_add_a_line(evil: str) -> None:
    raw = built(replace(TEA, in_reply_to=f"<a{evil}@x>", references=(f"<b{evil}@x>", "<c@x>")))
    message = read(raw)
    assert message["In-Reply-To"] is None
    assert message["References"] == "<c@x>"
    assert message["Bcc"] is None


@pytest.mark.parametrize("name", ["Bcc", "FROM", "Message-ID", "Content-Type", "Resent-To", "", "a b", "a:", "ä"])
def test_a_further_header_is_none_that_has_its_own_field(name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be given as a further header"):
        built(replace(TEA, headers=((name, "x"),)))


def test_a_further_header_arrives() -> None:
    assert read(built(replace(TEA, headers=(("Auto-Submitted", "auto-replied"),))))["Auto-Submitted"] == "auto-replied"


def test_a_message_id_that_is_none_and_a_date_without_zone_are_refused() -> None:
    for bad in ("1@x", "<1@x>\r\nBcc: eve@example.org", "<1@x> <2@x>", ""):
        with pytest.raises(InvalidInput, match="Message-ID"):
            build(TEA, message_id=bad, date=DATE)
    with pytest.raises(InvalidInput, match="zone"):
        build(TEA, message_id="<1@x>", date=datetime(2026, 1, 1))


def test_long_references_stay_whole() -> None:
    ids = tuple(f"<{'a' * 100}{number}@example.org>" for number in range(30))
    raw = built(replace(TEA, references=ids, in_reply_to=ids[-1]))
    for one in ids:
        assert one.encode() in raw
    assert read(raw)["References"].split() == list(ids)
