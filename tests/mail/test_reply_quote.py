"""What an answer quotes, and what is passed on."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from deskhand.mail.address import Address
from deskhand.mail.compose_body import OutgoingAttachment
from deskhand.mail.forward import forward
from deskhand.mail.mail import Headers, Mail
from deskhand.mail.quote import LEFT_OUT, quoted
from deskhand.mail.recipients import Recipients
from deskhand.mail.reply import reply
from deskhand.mail.reply_recipients import Own
from deskhand.mail.reply_subject import forward_subject

BERLIN = ZoneInfo("Europe/Berlin")
OWN = Own(Address("me@example.org", "Me"))


def mail(text: str, **headers: object) -> Mail:
    known: dict[str, object] = {
        "message_id": "<1@x>",
        "subject": "Tea",
        "date": datetime.fromisoformat("2026-11-23T04:05:00+00:00"),
        "sender": (Address("ann@example.org", "Ann"),),
        "to": (OWN.address,),
        **headers,
    }
    return Mail(Headers(**known), text=text, new_text=text)  # pyright: ignore[reportArgumentType]


def test_an_answer_stands_above_the_quote() -> None:
    made = reply(mail("Shall we?\n\nAnn\n"), "Yes.\n", own=OWN, zone=BERLIN).outgoing
    assert made.text == (
        "Yes.\n\nOn Mon, 23 Nov 2026 at 05:05 +01:00 (Europe/Berlin), Ann wrote:\n> Shall we?\n>\n> Ann\n"
    )


@pytest.mark.parametrize(
    ("headers", "first"),
    [
        ({"date": None}, "Ann wrote:"),
        ({"sender": ()}, "On Mon, 23 Nov 2026 at 05:05 +01:00 (Europe/Berlin), somebody wrote:"),
        ({"sender": (), "date": None}, "Somebody wrote:"),
        ({"sender": (Address("a@b.example"),), "date": None}, "a@b.example wrote:"),
        ({"sender": (Address("a@b.example", "A\r\nBcc: eve"),), "date": None}, "A\\x0d\\nBcc: eve wrote:"),
    ],
    ids=["no date", "no sender", "neither", "no name", "a name with a line end"],
)
def test_the_first_line_of_a_quote_says_what_is_known(headers: dict[str, object], first: str) -> None:
    assert quoted(mail("x", **headers), BERLIN).split("\n")[0] == first


def test_quotes_get_deeper_up_to_a_bound() -> None:
    text = "new\n> one\n>> two\n> > two\n>>> three\n> > > three\n>>>>> five\nend"
    assert quoted(mail(text), BERLIN).split("\n")[1:] == [
        "> new",
        ">> one",
        ">>> two",
        ">> > two",
        f">>> {LEFT_OUT}",
        "> end",
    ]


def test_a_thread_of_many_answers_does_not_grow_without_end() -> None:
    text = "first"
    for number in range(30):
        text = reply(mail(text), f"answer {number}", own=OWN, zone=BERLIN).outgoing.text
    assert len(text.split("\n")) < 25
    assert "answer 29" in text
    assert "first" not in text


def test_a_long_quote_is_cut_where_it_is_said() -> None:
    for text in ("line\n" * 5000, "a" * 100_000):
        lines = quoted(mail(text), BERLIN).split("\n")
        assert len(lines) <= 402
        assert len("\n".join(lines)) < 31_000
        assert lines[-1] == f"> {LEFT_OUT}"


def test_hidden_characters_are_quoted_as_what_they_are() -> None:
    assert quoted(mail("pay\u202e me\u200b"), BERLIN).endswith("> pay\\u202e me\\u200b")


def test_a_forward_keeps_the_header_the_text_and_the_files() -> None:
    file = OutgoingAttachment("a.pdf", "application/pdf", b"a")
    bob = Address("bob@example.org")
    original = mail("Shall we?\n> quoted\n", cc=(Address("dan@example.org", "Dan"),), references=("<0@x>",))
    made = forward(original, "Look.", own=OWN, people=Recipients((bob,)), attachments=[file], zone=BERLIN)
    assert made.text == (
        "Look.\n\n---------- Forwarded message ----------\n"
        "From: Ann <ann@example.org>\n"
        "Date: Mon, 23 Nov 2026 at 05:05 +01:00 (Europe/Berlin)\n"
        "Subject: Tea\n"
        "To: Me <me@example.org>\n"
        "Cc: Dan <dan@example.org>\n"
        "\nShall we?\n> quoted\n"
    )
    assert (made.to, made.subject, made.attachments) == ((bob,), "Fwd: Tea", (file,))
    assert (made.in_reply_to, made.references) == ("", ("<0@x>", "<1@x>"))


def test_a_forward_without_a_word_begins_with_the_block_and_is_bounded() -> None:
    made = forward(mail("a" * 600_000), " ", own=OWN, people=Recipients(), attachments=(), zone=BERLIN)
    assert made.text.startswith("---------- Forwarded message")
    assert made.text.endswith(f"\n{LEFT_OUT}\n")
    assert len(made.text) < 501_000


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Tea", "Fwd: Tea"),
        ("Fwd: Tea", "Fwd: Tea"),
        ("FW: Fwd: Tea", "Fwd: Tea"),
        ("WG: Tea", "Fwd: Tea"),
        ("TR: Tea", "Fwd: Tea"),
        ("I: Tea", "Fwd: Tea"),
        ("转发: Tea", "Fwd: Tea"),
        ("Re: Tea", "Fwd: Re: Tea"),
        ("[list] Fwd: Tea", "Fwd: [list] Tea"),
        ("", "Fwd:"),
    ],
)
def test_fwd_stands_once_before_the_subject(subject: str, expected: str) -> None:
    assert forward_subject(subject) == expected
