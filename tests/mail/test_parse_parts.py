"""Hostile and broken bodies: each case says what is shown of it."""

import base64
from collections.abc import Callable

import pytest

from deskhand.errors import NotFound
from deskhand.mail.mail import Mail
from deskhand.mail.parse import attachment, parse

Shown = Callable[[Mail], object]
HEAD = b"From: ann@example.org\nDate: Mon, 5 Jan 2026 10:00:00 +0100\nMIME-Version: 1.0\n"


def _single(content_type: bytes, body: bytes, *more: bytes) -> bytes:
    return HEAD + b"".join(line + b"\n" for line in (b"Content-Type: " + content_type, *more)) + b"\n" + body


def _multi(kind: bytes, *parts: bytes, end: bytes = b"--b--\n") -> bytes:
    return (
        HEAD
        + b"Content-Type: multipart/"
        + kind
        + b"; boundary=b\n\n"
        + b"".join(b"--b\n" + p + b"\n" for p in parts)
        + end
    )


def _nested(depth: int) -> bytes:
    heads = [b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth)]
    return HEAD + b"".join(heads) + b"\ndeep\n"


def _text(mail: Mail) -> object:
    return mail.text


def _files(mail: Mail) -> object:
    return [(file.name, file.mime_type, file.size) for file in mail.attachments]


def _warned(words: str) -> Shown:
    return lambda mail: any(words in warning for warning in mail.warnings)


GUESSED = b"--q\nContent-Type: text/plain\n\nhi\n--q--\n"
PLAIN, HTML = b"Content-Type: text/plain\n\n", b"Content-Type: text/html\n\n"
PDF = b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nQUJD"
QP = b"Content-Transfer-Encoding: quoted-printable"
B64 = b"Content-Transfer-Encoding: base64"
MAIL = b"Content-Type: message/rfc822\n\nSubject: Old/one\nFrom: x@example.org\n\nhello"
STATUS = (
    b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; bob@example.org\n"
    b"Action: Failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user"
)

CASES: list[tuple[str, bytes, Shown, object]] = [
    ("ascii that is utf-8", _single(b"text/plain; charset=us-ascii", "Grüße".encode()), _text, "Grüße"),
    ("ascii that is latin-1", _single(b"text/plain; charset=us-ascii", b"Gr\xfc\xdfe"), _text, "Grüße"),
    ("latin-1 that is utf-8", _single(b"text/plain; charset=iso-8859-1", "Grüße".encode()), _text, "Grüße"),
    ("utf-8 that is latin-1", _single(b"text/plain; charset=utf-8", b"Gr\xfc\xdfe"), _text, "Grüße"),
    ("utf-8 with one bad byte", _single(b"text/plain; charset=utf-8", "äöü".encode() + b"\xff"), _text, "äöü\ufffd"),
    ("latin-1 with Windows' quotes", _single(b"text/plain; charset=iso-8859-1", b"\x93hi\x94"), _text, "“hi”"),
    ("unknown charset", _single(b"text/plain; charset=klingon", "é".encode()), _text, "é"),
    ("charset that unpacks", _single(b"text/plain; charset=zlib", b"abc"), _text, "abc"),
    ("charset of 4,000 letters", _single(b"text/plain; charset=" + b"x" * 4_000, b"abc"), _text, "abc"),
    ("utf-16", _single(b"text/plain; charset=utf-16", "hi ä".encode("utf-16"), b"Content-Transfer-Encoding: binary"),
     _text, "hi ä"),
    ("damaged quoted-printable", _single(b"text/plain; charset=utf-8", b"a=3Db=ZZ=", QP), _text, "a=b=ZZ"),
    ("soft line break", _single(b"text/plain; charset=utf-8", b"one=\ntwo", QP), _text, "onetwo"),
    ("base64 with junk", _single(b"text/plain", b"aGVs!!bG8\n", B64), _text, "hello"),
    ("base64 padded in the middle", _single(b"text/plain", b"aGk=aGk=", B64), _text, "hihi"),
    ("base64 cut off", _single(b"text/plain", b"aGVsbG8gd29yb", B64), _text, "hello wor"),
    ("unknown encoding", _single(b"text/plain", b"hi", b"Content-Transfer-Encoding: rot13"), _text, "hi"),
    ("invisible characters", _single(b"text/plain; charset=utf-8", "a\u200bb\u202ec".encode()),
     _text, "a\\u200bb\\u202ec"),
    ("hidden tags", _single(b"text/plain; charset=utf-8", "a\U000e0062".encode()), _text, "a\\U000e0062"),
    ("flowed", _single(b"text/plain; format=flowed", b"one \ntwo\n> a \n> b\n-- \nann"),
     _text, "one two\n> a b\n-- \nann"),
    ("flowed with DelSp", _single(b"text/plain; format=flowed; delsp=yes", b"on \ne"), _text, "one"),
    ("flowed and stuffed", _single(b"text/plain; format=flowed", b" From here\n >no quote"),
     _text, "From here\n>no quote"),
    ("content type without slash", _single(b"text", b"hi"), _text, "hi"),
    ("content type of junk", _single(b";;;=;", b"hi"), _text, "hi"),
    ("two texts", _multi(b"mixed", PLAIN + b"one", PLAIN + b"two"), _text, "one\n\ntwo"),
    ("alternative", _multi(b"alternative", PLAIN + b"hello bob", HTML + b"<p>hello <b>bob</b>"), _text, "hello bob"),
    ("alternative, plain empty", _multi(b"alternative", PLAIN, HTML + b"<p>hello"), _text, "hello"),
    ("alternative that lies", _multi(b"alternative", PLAIN + b"pay now", HTML + b"<p>see you at noon"),
     _text, "see you at noon"),
    ("alternative, HTML only", _multi(b"alternative", HTML + b"<p>hello"),
     lambda mail: (mail.text, mail.from_html), ("hello", True)),
    ("missing boundary parameter", HEAD + b"Content-Type: multipart/mixed\n\n" + GUESSED, _text, "hi"),
    ("wrong boundary parameter", HEAD + b"Content-Type: multipart/mixed; boundary=z\n\n" + GUESSED, _text, "hi"),
    ("no boundary anywhere", HEAD + b"Content-Type: multipart/mixed; boundary=z\n\njust text", _text, "just text"),
    ("cut off", _multi(b"mixed", PLAIN + b"one", PDF, end=b""), _files, [("a.pdf", "application/pdf", 3)]),
    ("boundary that begins like another", _multi(b"mixed", PLAIN + b"--bc\nstill"), _text, "--bc\nstill"),
    ("preamble and epilogue", _multi(b"mixed", PLAIN + b"x").replace(b"\n\n--b", b"\n\nPRE\n--b", 1) + b"POST",
     _text, "x"),
    ("parts in parts with one boundary", _multi(b"mixed",
     b"Content-Type: multipart/mixed; boundary=b\n", PLAIN + b"hi"), _text, "hi"),
    ("nested 3,000 deep", _nested(3_000), _warned("nested more than 20 deep"), True),
    ("20,000 parts", _multi(b"mixed", *[b"Content-Type: image/png\n\nx"] * 20_000),
     lambda mail: len(mail.attachments), 999),
    ("mail in a mail", _multi(b"mixed", PLAIN + b"see", MAIL), lambda mail: mail.attachments[0].name, "Old_one.eml"),
    ("its text is not ours", _multi(b"mixed", PLAIN + b"see", MAIL), _text, "see"),
    ("digest", _multi(b"digest", b"\nSubject: One\n\nx"), lambda mail: mail.attachments[0].name, "One.eml"),
    ("delivery report", _multi(b"report", PLAIN + b"sorry", STATUS), _text,
     "sorry\n\nDelivery report:\n- bob@example.org: failed (5.1.1): 550 no such user"),
    ("report without recipients", _multi(b"report", b"Content-Type: message/delivery-status\n\n"), _text,
     "Delivery report:\n(it names no recipient)"),
    ("signed", _multi(b"signed", PLAIN + b"hi", b"Content-Type: application/pgp-signature; name=s.asc\n\nx"),
     _text, "hi"),
    ("encrypted", _multi(b"encrypted", b"Content-Type: application/pgp-encrypted\n\nVersion: 1"),
     lambda mail: "encrypted" in mail.text, True),
    ("S/MIME encrypted", _single(b"application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", b"x"),
     lambda mail: "encrypted" in mail.text, True),
    ("winmail.dat", _multi(b"mixed", PLAIN + b"x", b"Content-Type: application/ms-tnef\n\nx"), _files,
     [("winmail.dat", "application/ms-tnef", 1)]),
    ("uuencode", _single(b"text/plain", b"hi\nbegin 644 a.txt\n#0V%T\n`\nend\nbye"), lambda mail: (mail.text,
     _files(mail)),
     ("hi\n\nbye", [("a.txt", "application/octet-stream", 3)])),
    ("uuencode that never ends", _single(b"text/plain", b"hi\nbegin 644 a.txt\n#0V%T"), _files, []),
    ("the whole mail is a file", _single(b"application/pdf; name=a.pdf", b"ABC"),
     _files, [("a.pdf", "application/pdf", 3)]),
    ("text with a name, alone", _single(b"text/plain; name=body.txt", b"hi"),
     lambda mail: (mail.text, mail.attachments), ("hi", ())),
    ("text as attachment", _multi(b"mixed", PLAIN + b"x", b"Content-Disposition: attachment; filename=n.txt\n\nnotes"),
     _files,
     [("n.txt", "text/plain", 5)]),
    ("picture in the text", _multi(b"related", HTML + b"<p>x<img src=cid:i>",
     b"Content-Type: image/png\nContent-ID: <i>\n\nx"),
     lambda mail: [(file.inline, file.content_id) for file in mail.attachments], [(True, "i")]),
    ("picture before the text", _multi(b"related", b"Content-Type: image/png\nContent-ID: <i>\n\nx", HTML + b"<p>x"),
     lambda mail: (mail.text, len(mail.attachments)), ("x", 1)),
    ("invitation", _multi(b"alternative", PLAIN + b"come",
     b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR"),
     lambda mail: (mail.text, mail.calendar), ("come", ("BEGIN:VCALENDAR\nEND:VCALENDAR",))),
    ("invitation as a file too", _multi(b"mixed", b"Content-Type: text/calendar; name=i.ics\n\nBEGIN:VCALENDAR"),
     lambda mail: (len(mail.calendar), _files(mail)), (1, [("i.ics", "text/calendar", 15)])),
    ("one line of 3 MB", _single(b"text/plain", b"a" * 3_000_000), lambda mail: len(mail.text), 1_000_000),
    ("zeros", b"\0" * 10_000, lambda mail: mail.text[:8], "\\x00\\x00"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "shown", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_hostile_body_is_shown_as_what_it_is(raw: bytes, shown: Shown, expected: object) -> None:
    assert shown(parse(raw)) == expected


WARNED = [
    ("a wrong charset", _single(b"text/plain; charset=us-ascii", "ü".encode()), "it is UTF-8, not us-ascii"),
    ("an unknown charset", _single(b"text/plain; charset=klingon", b"x"), "charset is not known: klingon"),
    ("damaged base64", _single(b"text/plain", b"aGk=aGk=", B64), "base64 is damaged"),
    ("a damaged file", _multi(b"mixed", PDF + b"*"), "Attachment 1 may be wrong"),
    ("an alternative that lies", _multi(b"alternative", PLAIN + b"pay now", HTML + b"<p>see you at noon"),
     "something else than the HTML"),
    ("a mail that is cut off", _multi(b"mixed", PLAIN + b"x", end=b""), "cut off"),
    ("malformed boundaries", HEAD + b"Content-Type: multipart/mixed\n\nx", "boundaries are malformed"),
    ("a signature nobody checked", _multi(b"signed", PLAIN + b"hi"), "was not checked"),
    ("Outlook's wrapping", _multi(b"mixed", b"Content-Type: application/ms-tnef\n\nx"), "TNEF"),
    ("text that was cut", _single(b"text/plain", b"a" * 1_000_001), "cut after 1,000,000"),
    ("an encrypted text", _single(b"text/plain", b"-----BEGIN PGP MESSAGE-----\nx"), "encrypted (PGP)"),
    ("a part that is elsewhere", _multi(b"mixed", b"Content-Type: message/external-body\n\nx"), "is not in it"),
    ("hidden text beside a plain part",
     _multi(b"alternative", PLAIN + b"hello bob", HTML + b"<p>hello bob<p hidden>obey"), "Invisible text"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "words"), [case[1:] for case in WARNED], ids=[case[0] for case in WARNED])
def test_the_reader_is_warned_of(raw: bytes, words: str) -> None:
    assert any(words in warning for warning in parse(raw).warnings), parse(raw).warnings


def test_an_attachment_is_had_by_its_number() -> None:
    raw = _multi(b"mixed", PLAIN + b"see", PDF, MAIL)
    found, data = attachment(raw, 1)
    assert (found, data) == (parse(raw).attachments[0], b"ABC")
    assert attachment(raw, 2)[1].startswith(b"Subject: Old/one")


@pytest.mark.parametrize("number", [-1, 0, 2, 10**9])
def test_a_number_that_is_not_there_is_not_found(number: int) -> None:
    with pytest.raises(NotFound, match="has 1 to 1"):
        attachment(_multi(b"mixed", PDF), number)


def test_25_megabytes_are_read_whole() -> None:
    data = bytes(range(256)) * 70_000
    part = b"Content-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(
        data
    )
    raw = _multi(b"mixed", PLAIN + b"here", part)
    assert attachment(raw, 1)[1] == data
