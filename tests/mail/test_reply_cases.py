"""The corpus of answers: who gets them, in which thread, under which subject. Written by hand, one case a line."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest

from deskhand.errors import InvalidInput
from deskhand.mail.address import Address
from deskhand.mail.mail import Headers, Mail
from deskhand.mail.reply import reply
from deskhand.mail.reply_recipients import Own

OWN = Own(Address("me@example.org", "Me"), ("alias@example.org", "me@old.example"))
LIST = {"list-post": ("<mailto:tea@lists.example>",), "list-id": ("<tea.lists.example>",)}


@dataclass(frozen=True)
class Case:
    """What came, and what the answer must be. Addresses are short: `ann` is `ann@example.org`."""

    came: dict[str, object]
    to: str
    cc: str = ""
    bcc: str = ""
    everyone: bool = False
    subject: str = "Re: Tea"
    answers: str = "<1@x>"
    references: str = "<1@x>"


def came(**fields: object) -> dict[str, object]:
    return {"sender": "ann", "to": "me", "subject": "Tea", "message_id": "<1@x>", **fields}


CASES: dict[str, Case] = {
    # Who: one
    "from one to me": Case(came(), "ann"),
    "others in To and Cc get no answer to one": Case(came(to="me bob", cc="dan"), "ann"),
    "Reply-To instead of From": Case(came(reply_to="desk"), "desk"),
    "several in Reply-To": Case(came(reply_to="desk bob"), "desk bob"),
    "several writers": Case(came(sender="ann bob"), "ann bob"),
    "Reply-To that is mine is nobody else": Case(came(reply_to="me"), "me"),
    "Reply-To with me and another": Case(came(reply_to="me desk"), "desk"),
    "no From, but a Sender": Case(came(sender="", other={"sender": ("ann@example.org",)}), "ann"),
    "the list wrote itself into Reply-To": Case(came(reply_to="tea@lists.example", other=LIST), "ann"),
    "the list put itself beside the writer": Case(
        came(sender="tea@lists.example", reply_to="tea@lists.example ann", other=LIST), "ann"
    ),
    "the list writes for the writer": Case(came(sender="tea@lists.example", reply_to="ann", other=LIST), "ann"),
    "only the list is known": Case(
        came(sender="tea@lists.example", reply_to="tea@lists.example", other=LIST), "tea@lists.example"
    ),
    "Mail-Followup-To is for everyone only": Case(came(other={"mail-followup-to": ("dan@example.org",)}), "ann"),
    "a mail to myself": Case(came(sender="me", to="me"), "me"),
    "a mail to myself from my alias": Case(came(sender="alias", to="me"), "alias"),
    # Who: what I sent
    "my own mail goes to its recipients again": Case(came(sender="me", to="bob dan", cc="eve"), "bob dan"),
    "my own mail from an alias": Case(came(sender="alias", to="bob"), "bob"),
    "my own mail to everyone": Case(came(sender="me", to="bob", cc="eve me"), "bob", "eve", everyone=True),
    "my own mail keeps Bcc hidden": Case(came(sender="me", to="bob", bcc="eve"), "bob", bcc="eve", everyone=True),
    "my own mail to Bcc alone": Case(came(sender="me", to="", bcc="eve bob"), "", bcc="eve bob"),
    "my own mail to Cc alone": Case(came(sender="me", to="", cc="bob"), "bob"),
    "my own mail with a Reply-To": Case(came(sender="me", to="bob", reply_to="desk"), "bob"),
    # Who: everyone
    "everyone keeps To and Cc": Case(came(to="me bob", cc="dan"), "ann bob", "dan", everyone=True),
    "everyone without me": Case(came(to="bob", cc="me dan"), "ann bob", "dan", everyone=True),
    "everyone without my aliases": Case(came(to="alias bob", cc="me@old.example"), "ann bob", everyone=True),
    "everyone without me in capitals": Case(came(to="ME@EXAMPLE.ORG bob"), "ann bob", everyone=True),
    "everyone without my subaddress": Case(came(to="me+tea bob"), "ann bob", everyone=True),
    "everyone, and nobody twice": Case(
        came(to="me bob ann", cc="bob ANN@example.org dan"), "ann bob", "dan", everyone=True
    ),
    "everyone takes Reply-To for the writer": Case(came(reply_to="desk", to="me bob"), "desk bob", everyone=True),
    "everyone when I am alone": Case(came(), "ann", everyone=True),
    "everyone when I was a blind copy": Case(came(to="bob", cc="dan"), "ann bob", "dan", everyone=True),
    "everyone of undisclosed recipients": Case(came(to=""), "ann", everyone=True),
    "everyone on a list": Case(came(to="tea@lists.example", other=LIST), "ann tea@lists.example", everyone=True),
    "everyone on a list that rewrote Reply-To": Case(
        came(to="tea@lists.example", reply_to="tea@lists.example", other=LIST),
        "ann tea@lists.example",
        everyone=True,
    ),
    "everyone, where Mail-Followup-To says whom": Case(
        came(to="me bob", cc="dan", other={"mail-followup-to": ("tea@lists.example, me@example.org",)}),
        "tea@lists.example",
        everyone=True,
    ),
    "everyone, where Mail-Followup-To is broken": Case(
        came(to="me bob", other={"mail-followup-to": ("not an address",)}), "ann bob", everyone=True
    ),
    "everyone, where Mail-Followup-To is me alone": Case(
        came(other={"mail-followup-to": ("me@example.org",)}), "ann", everyone=True
    ),
    "an address that is none is left out": Case(came(to="me bob broken@", cc="a..b"), "ann bob", everyone=True),
    # Thread
    "References grow": Case(came(references=("<a@x>", "<b@x>")), "ann", references="<a@x> <b@x> <1@x>"),
    "In-Reply-To stands in for References": Case(came(in_reply_to="<a@x>"), "ann", references="<a@x> <1@x>"),
    "References win over In-Reply-To": Case(
        came(in_reply_to="<z@x>", references=("<a@x>",)), "ann", references="<a@x> <1@x>"
    ),
    "several ids in In-Reply-To say nothing": Case(came(in_reply_to="<a@x> <b@x>"), "ann"),
    "words in In-Reply-To say nothing": Case(came(in_reply_to="Your mail of Monday"), "ann"),
    "no Message-ID, but References": Case(
        came(message_id="", references=("<a@x>",)), "ann", answers="", references="<a@x>"
    ),
    "nothing at all": Case(came(message_id=""), "ann", answers="", references=""),
    "a Message-ID that is none": Case(came(message_id="1@x"), "ann", answers="", references=""),
    "two Message-IDs: the first": Case(came(message_id="<1@x> <2@x>"), "ann"),
    "a Message-ID with a line end": Case(
        came(message_id="<1@x\r\nBcc: eve@example.org>"), "ann", answers="", references=""
    ),
    "an id that is there twice": Case(
        came(references=("<a@x>", "<b@x>", "<a@x>")), "ann", references="<a@x> <b@x> <1@x>"
    ),
    "References that hold the mail itself": Case(came(references=("<1@x>", "<a@x>")), "ann", references="<a@x> <1@x>"),
    "References without spaces": Case(came(references=("<a@x><b@x>",)), "ann", references="<a@x> <b@x> <1@x>"),
    "junk between References": Case(came(references=("junk", "<a@x>", "<b c@x>")), "ann", references="<a@x> <1@x>"),
    "forty References": Case(
        came(references=tuple(f"<r{number}@x>" for number in range(40))),
        "ann",
        references="<r0@x> " + " ".join(f"<r{number}@x>" for number in range(12, 40)) + " <1@x>",
    ),
    "a Message-ID without end": Case(came(message_id=f"<{'a' * 300}@x>"), "ann", answers="", references=""),
    "a Message-ID without @": Case(came(message_id="<abc>"), "ann", answers="<abc>", references="<abc>"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_answer_goes_where_it_belongs(case: Case) -> None:
    made = reply(mail_of(case.came), "Yes.", own=OWN, zone=ZoneInfo("Europe/Berlin"), everyone=case.everyone).outgoing
    assert (emails(made.to), emails(made.cc), emails(made.bcc)) == (
        full(case.to),
        full(case.cc),
        full(case.bcc),
    )
    assert made.subject == case.subject
    assert made.in_reply_to == case.answers
    assert " ".join(made.references) == case.references
    assert made.sender == OWN.address


SUBJECTS = {
    "Tea": "Re: Tea",
    "Re: Tea": "Re: Tea",
    "RE: Tea": "Re: Tea",
    "re:Tea": "Re: Tea",
    "Re : Tea": "Re: Tea",
    "Re: Re: RE: Tea": "Re: Tea",
    "RE[2]: Tea": "Re: Tea",
    "Re(3): Tea": "Re: Tea",
    "Re^4: Tea": "Re: Tea",
    "AW: Tea": "Re: Tea",
    "AW: Re: Tea": "Re: Tea",
    "Antw: Tea": "Re: Tea",
    "SV: Tea": "Re: Tea",
    "VS: Tea": "Re: Tea",
    "Odp: Tea": "Re: Tea",
    "R: Tea": "Re: Tea",
    "RIF: Tea": "Re: Tea",
    "Ref.: Tea": "Re: Tea",
    "RÉF: Tea": "Re: Tea",
    "YNT: Tea": "Re: Tea",
    "ΑΠ: Tea": "Re: Tea",
    "Отв: Tea": "Re: Tea",
    "答复: Tea": "Re: Tea",
    "答复：Tea": "Re: Tea",
    "回复: Re: Tea": "Re: Tea",
    "返信: Tea": "Re: Tea",
    "[list] Tea": "Re: [list] Tea",
    "Re: [list] Re: Tea": "Re: [list] Tea",
    "[list] AW: Tea": "Re: [list] Tea",
    "Fwd: Tea": "Re: Fwd: Tea",
    "Re: Fwd: Re: Tea": "Re: Fwd: Re: Tea",
    "Regarding: Tea": "Re: Regarding: Tea",
    "Ref. 123 and Tea": "Re: Ref. 123 and Tea",
    "Rest: Tea": "Re: Rest: Tea",
    "": "Re:",
    "Re:": "Re:",
    "  Tea \t break ": "Re: Tea \\t break",
    "Tea\r\nBcc: eve@example.org": "Re: Tea\\x0d\\nBcc: eve@example.org",
    "T" * 300: "Re: " + "T" * 249 + "…",
}


@pytest.mark.parametrize(("subject", "expected"), SUBJECTS.items())
def test_re_stands_once_before_the_subject_in_any_language(subject: str, expected: str) -> None:
    made = reply(mail_of(came(subject=subject)), "Yes.", own=OWN, zone=ZoneInfo("UTC")).outgoing
    assert made.subject == expected


@pytest.mark.parametrize("everyone", [False, True], ids=["one", "everyone"])
def test_a_mail_from_nobody_cannot_be_answered(everyone: bool) -> None:
    with pytest.raises(InvalidInput, match="names nobody who could be answered"):
        reply(mail_of(came(sender="", to="me")), "Yes.", own=OWN, zone=ZoneInfo("UTC"), everyone=everyone)


@pytest.mark.parametrize(
    ("fields", "everyone", "note"),
    [
        (came(to="bob"), True, "blind copy"),
        (came(to="bob"), False, ""),
        (came(to="me bob"), True, ""),
        (came(to="tea@lists.example", list_id="<tea.lists.example>", other=LIST), True, ""),
        (came(reply_to="ann@elsewhere.example"), False, "another domain"),
        (came(reply_to="desk"), False, ""),
    ],
    ids=["blind copy", "blind copy to one", "in To", "by a list", "Reply-To elsewhere", "Reply-To beside"],
)
def test_the_person_is_told_what_they_may_not_expect(fields: dict[str, object], everyone: bool, note: str) -> None:
    notes = reply(mail_of(fields), "Yes.", own=OWN, zone=ZoneInfo("UTC"), everyone=everyone).notes
    assert len(notes) == bool(note)
    assert note in "".join(notes)


def mail_of(fields: dict[str, object]) -> Mail:
    people = ("sender", "reply_to", "to", "cc", "bcc")
    given = {name: addresses(str(value)) if name in people else value for name, value in fields.items()}
    return Mail(Headers(**given), text="Shall we?\n", new_text="Shall we?")  # pyright: ignore[reportArgumentType]


def addresses(text: str) -> tuple[Address, ...]:
    return tuple(Address(word if "@" in word else f"{word}@example.org") for word in text.split())


def emails(people: tuple[Address, ...]) -> list[str]:
    return [address.email for address in people]


def full(text: str) -> list[str]:
    return emails(addresses(text))
