"""What an automatic answer says: three placeholders, and nothing that a stranger put there."""

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from tests.mail.rule_world import BERLIN, NOW, RULE, given, mail

from deskhand.errors import InvalidInput
from deskhand.mail.compose import Outgoing, build
from deskhand.mail.rule import NEVER, days_from, rule_from
from deskhand.mail.rule_decision import Answer, decide
from deskhand.mail.rule_mail import Incoming


def answer_to(incoming: Incoming) -> Outgoing:
    decided = decide(RULE, incoming, given())
    assert isinstance(decided, Answer), decided
    return decided.outgoing


def test_the_answer_is_in_the_thread_and_says_that_it_is_automatic() -> None:
    outgoing = answer_to(mail("References: <first@example.com>"))
    raw = build(outgoing, message_id="<x@example.org>", date=NOW)
    message = message_from_bytes(raw, policy=policy.default)
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["Subject"] == "Auto: Figures"
    assert message["In-Reply-To"] == "<one@example.com>"
    assert message["References"] == "<first@example.com> <one@example.com>"
    assert (message["To"], message["From"]) == ("bob@example.com", "Ann <ann@example.org>")
    assert message["Cc"] is None


def test_the_text_is_filled_with_name_subject_and_date_in_the_zone_and_quotes_nothing() -> None:
    late = NOW.replace(hour=23, minute=30)
    decided = decide(RULE, mail(received=late), given(now=late))
    assert isinstance(decided, Answer)
    assert decided.outgoing.text == "Dear Bob,\n\nI read Figures of 2026-11-24 on Monday.\n"
    assert late.astimezone(BERLIN).day == 24
    assert decided.outgoing.attachments == ()


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("Bob <bob@example.com>", "Bob"),
        ("bob@example.com", "bob"),
        ('"Lee, Bob" <bob@example.com>', "Lee, Bob"),
        ("=?utf-8?q?J=C3=BCrgen?= <bob@example.com>", "Jürgen"),
        ("=?utf-8?q?Bob=0D=0ABcc=3A_eve=40example.com?= <bob@example.com>", "bob"),
        ('"Bob\\r\\nBcc: eve@example.com" <bob@example.com>', "bob"),
        ('"Win now https://example.com/x" <bob@example.com>', "bob"),
        ('"www.example.com" <bob@example.com>', "bob"),
        ('"{subject}{date}" <bob@example.com>', "bob"),
        ('"<script>" <bob@example.com>', "bob"),
        ('"' + "B" * 500 + '" <bob@example.com>', "B" * 59 + "…"),
    ],
)
def test_a_hostile_name_is_not_passed_on(sender: str, name: str) -> None:
    assert answer_to(mail(From_=sender)).text.startswith(f"Dear {name},\n")


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?Hi=0D=0ABcc=3A_eve=40example.com?=",
        "=?utf-8?q?Hi=0AX-Evil=3A_1?=",
        "Hi \u202e there",
        "{name} {date} {subject}",
        "x" * 5_000,
    ],
)
def test_a_hostile_subject_adds_no_header_and_is_not_filled_again(subject: str) -> None:
    outgoing = answer_to(mail(Subject=subject))
    raw = build(outgoing, message_id="<x@example.org>", date=NOW)
    message = message_from_bytes(raw, policy=policy.default)
    assert message["Bcc"] is None
    assert message["X-Evil"] is None
    assert str(message["Subject"]).startswith("Auto: ")
    assert "{name}" in outgoing.text or "{name}" not in subject
    assert len(outgoing.text.splitlines()) == 3


@pytest.mark.parametrize(
    "text",
    ["{secret}", "{name!r}", "{name.__class__}", "{0}", "{}", "{Name}", "{ name }", "Hi {name} and {password}"],
)
def test_other_placeholders_are_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"\{name\}, \{subject\}, \{date\}"):
        replace(RULE, text=text).checked(NOW, BERLIN)


@pytest.mark.parametrize("text", ["", "  \n", "a\x00b", "a\u202eb", "x" * 4_001])
def test_a_text_that_cannot_be_sent_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="text"):
        replace(RULE, text=text).checked(NOW, BERLIN)


@pytest.mark.parametrize("subject", ["Auto: {subject}\nBcc: eve@example.com", "", "{evil}", "x" * 201])
def test_a_subject_that_cannot_be_sent_is_refused(subject: str) -> None:
    with pytest.raises(InvalidInput):
        replace(RULE, subject=subject).checked(NOW, BERLIN)


def test_a_rule_is_the_same_after_it_was_kept() -> None:
    since, until = days_from("2026-12-20..2027-01-03")
    rule = replace(RULE, match="from:bob", since=since, until=until, hourly=3)
    assert rule_from(rule.body()) == rule
    assert rule.says_the_same(replace(rule, started=NEVER, created=NEVER))
    assert not rule.says_the_same(replace(rule, text="Other"))


@pytest.mark.parametrize(
    ("text", "days"),
    [("", ("None", "None")), ("2026-12-20..", ("2026-12-20", "None")), (" .. 2027-01-03", ("None", "2027-01-03"))],
)
def test_either_side_of_the_days_may_be_left_out(text: str, days: tuple[str, str]) -> None:
    assert tuple(map(str, days_from(text))) == days
