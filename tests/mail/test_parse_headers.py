"""Hostile and broken headers: each case says what is shown of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from deskhand.mail.headers import parse_headers
from deskhand.mail.mail import Mail
from deskhand.mail.parse import parse

Shown = Callable[[Mail], object]
WHEN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def _subject(mail: Mail) -> object:
    return mail.headers.subject


def _senders(mail: Mail) -> object:
    return [(address.name, address.email) for address in mail.headers.sender]


def _to(mail: Mail) -> object:
    return [str(address) for address in mail.headers.to]


def _date(mail: Mail) -> object:
    return mail.headers.date


def _id(mail: Mail) -> object:
    return mail.headers.message_id


def _references(mail: Mail) -> object:
    return mail.headers.references


def _text(mail: Mail) -> object:
    return mail.text


CASES: list[tuple[str, bytes, Shown, object]] = [
    ("encoded word", b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=", _subject, "Grüße"),
    ("two words that touch", b"Subject: =?utf-8?q?a?= =?utf-8?q?b?=", _subject, "ab"),
    ("a letter split between words", b"Subject: =?utf-8?b?w4M=?= =?utf-8?q?=C3?= =?utf-8?q?=A4?=", _subject, "Ãä"),
    ("mixed encodings", b"Subject: =?iso-8859-1?q?=E4?= and =?utf-8?b?w6Q=?=", _subject, "ä and ä"),
    ("unknown charset", b"Subject: =?x-nothing?q?caf=C3=A9?=", _subject, "café"),
    ("charset that is a transformation", b"Subject: =?hex?q?6162?=", _subject, "6162"),
    ("word with a language", b"Subject: =?utf-8*en?q?hi?=", _subject, "hi"),
    ("word that never ends", b"Subject: =?utf-8?q?hello", _subject, "=?utf-8?q?hello"),
    ("word with spaces inside", b"Subject: =?utf-8?q?a b c?=", _subject, "a b c"),
    ("word with a question mark", b"Subject: =?utf-8?q?really??=", _subject, "really?"),
    ("word with damaged base64", b"Subject: =?utf-8?b?aGk*!?=", _subject, "hi"),
    ("word with lonely equals signs", b"Subject: =?utf-8?q?1=2=ZZ?=", _subject, "1=2=ZZ"),
    ("japanese", b"Subject: =?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", _subject, "日本"),
    ("raw utf-8 (RFC 6532)", "Subject: Grüße".encode(), _subject, "Grüße"),
    ("raw latin-1", b"Subject: Gr\xfc\xdfe", _subject, "Grüße"),
    ("folded", b"Subject: one\r\n two\r\n\tthree", _subject, "one two three"),
    ("line break in a word", b"Subject: =?utf-8?q?a=0D=0ABcc:_x@example.org?=", _subject,
     "a\\x0d\\nBcc: x@example.org"),
    ("text turned around", "Subject: \u202egpj.exe".encode(), _subject, "\\u202egpj.exe"),
    ("hidden tags", "Subject: hi\U000e0041".encode(), _subject, "hi\\U000e0041"),
    ("nul and escape", b"Subject: a\x00b\x1b[31m", _subject, "a\\x00b\\x1b[31m"),
    ("very long", b"Subject: " + b"a" * 100_000, lambda mail: len(mail.headers.subject), 2_000),
    ("very many words", b"Subject: " + b"=?utf-8?q?a?= " * 9_000, lambda mail: len(mail.headers.subject) < 2_001, True),
    ("first From counts", b"From: a@example.org\nFrom: b@example.org", _senders, [("", "a@example.org")]),
    ("comma in an encoded name", b"From: =?utf-8?q?B=2C_Bob?= <bob@example.org>",
     _senders, [("B, Bob", "bob@example.org")]),
    ("quoted name", b'From: "B, \\"Bob\\"" <bob@Example.ORG>', _senders, [('B, "Bob"', "bob@example.org")]),
    ("comment as name", b"From: bob@example.org (Bob (in bed))", _senders, [("Bob (in bed)", "bob@example.org")]),
    ("no address", b"From: MAILER-DAEMON", _senders, [("MAILER-DAEMON", "")]),
    ("quote that never ends", b'From: "Bob <bob@example.org>', _senders, [("Bob", "bob@example.org")]),
    ("comment that never ends", b"From: bob@example.org (Bob",
     lambda mail: mail.headers.sender[0].email, "bob@example.org"),
    ("spaces in an address", b"From: <bob @ example.org>", _senders, [("", "bob@example.org")]),
    ("quoted local part", b'From: "bob b"@example.org', _senders, [("", '"bob b"@example.org')]),
    ("source route", b"From: <@a.example,@b.example:bob@example.org>", _senders, [("", "bob@example.org")]),
    ("only angle brackets", b"From: <<<>>>", _senders, [(">>", "")]),
    ("group", b"To: team: ann@example.org, Bob <bob@example.org>;", _to, ["ann@example.org", "Bob <bob@example.org>"]),
    ("empty group", b"To: undisclosed-recipients:;", _to, []),
    ("semicolons", b"To: ann@example.org; bob@example.org", _to, ["ann@example.org", "bob@example.org"]),
    ("many recipients", b"To: " + b"a@example.org, " * 4_000, lambda mail: len(mail.headers.to), 500),
    ("date", b"Date: Mon, 5 Jan 2026 10:00:00 +0100", _date, WHEN),
    ("its offset stays", b"Date: Mon, 5 Jan 2026 10:00:00 +0100",
     lambda mail: mail.headers.date and mail.headers.date.tzinfo, timezone(timedelta(hours=1))),
    ("date without zone", b"Date: Mon, 5 Jan 2026 09:00:00 -0000", _date, WHEN),
    ("ISO date", b"Date: 2026-01-05T10:00:00+01:00", _date, WHEN),
    ("missing date", b"Subject: x", _date, None),
    ("nonsense date", b"Date: yesterday, I think", _date, None),
    ("offset of a week", b"Date: Mon, 5 Jan 2026 10:00:00 +9999999", _date, None),
    ("year that arithmetic cannot bear", b"Date: Fri, 31 Dec 9999 23:59:59 -1400", _date, None),
    ("message id without brackets", b"Message-ID: a@example.org", _id, "<a@example.org>"),
    ("message id with words", b"Message-ID: this is none", _id, ""),
    ("references, folded, twice the same", b"References: <a@x>\n <b@x>\n\t<a@x> junk", _references, ("<a@x>", "<b@x>")),
    ("very many references", b"References: " + b"".join(b"<%d@x> " % n for n in range(5_000)),
     lambda mail: (len(mail.headers.references), mail.headers.references[0], mail.headers.references[-1]),
     (200, "<0@x>", "<4999@x>")),
    ("no header at all", b"\nhello", _text, "hello"),
    ("no empty line", b"Subject: x\nhello there", _text, "hello there"),
    ("mbox line", b"From ann@example.org Mon Jan 5\nSubject: x\n\nhi", _subject, "x"),
    ("carriage returns alone", b"Subject: x\r\rhi\rthere", _text, "hi\nthere"),
    ("very many headers", b"X-A: b\n" * 50_000 + b"\nhi", lambda mail: len(mail.headers.other["x-a"]), 20),
    ("very many names", b"".join(b"X-%d: b\n" % n for n in range(900)), lambda mail: len(mail.headers.other), 100),
    ("nothing", b"", lambda mail: (mail.headers.subject, mail.text, mail.attachments), ("", "", ())),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "shown", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_hostile_header_is_shown_as_what_it_is(raw: bytes, shown: Shown, expected: object) -> None:
    assert shown(parse(raw)) == expected


WARNED = [
    ("two From headers", b"From: a@example.org\nFrom: b@example.org", "2 From headers"),
    ("two subjects", b"Subject: a\nSubject: b", "2 Subject headers"),
    ("a name that imitates an address", b'From: "boss@example.org" <x@evil.example>', "name shows boss@example.org"),
    (
        "such a name in an encoded word",
        b"From: =?utf-8?q?boss=40example=2Eorg?= <x@evil.example>",
        "shows boss@example.org",
    ),
    ("such a name in wide letters", "From: boss＠example．org <x@evil.example>".encode(), "shows boss@example.org"),
    ("line breaks in a word", b"Subject: =?utf-8?q?a=0Ab?=", "line breaks hidden"),
    ("no sender", b"Subject: x", "no From header"),
    ("a sender without address", b"From: root", "From header has no address"),
    ("two senders", b"From: a@example.org, b@example.org", "names 2 senders"),
    ("a bad date", b"Date: soon", "Date header cannot be read"),
    ("no date", b"Subject: x", "no Date header"),
    ("a header that does not end", b"Subject: x\nhello", "ends without an empty line"),
]


@pytest.mark.parametrize(("raw", "words"), [case[1:] for case in WARNED], ids=[case[0] for case in WARNED])
def test_the_reader_is_warned_of(raw: bytes, words: str) -> None:
    assert any(words in warning for warning in parse(raw).warnings)


def test_an_honest_header_gives_no_warning() -> None:
    raw = b"From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nDate: Mon, 5 Jan 2026 10:00:00 +0100\r\n\r\nhi\r\n"
    assert parse(raw).warnings == ()


def test_headers_alone_read_as_in_the_whole_mail() -> None:
    block = b"From: Ann <ann@example.org>\r\nSubject: =?utf-8?q?h=C3=AF?=\r\nIn-Reply-To: <a@x>\r\n"
    block += b"Auto-Submitted: Auto-Replied\r\n"
    headers = parse_headers(block)
    assert headers == parse(block + b"\r\nhi").headers
    assert (headers.subject, headers.in_reply_to, headers.auto_submitted) == ("hï", "<a@x>", "auto-replied")
