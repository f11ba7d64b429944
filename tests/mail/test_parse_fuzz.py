"""Any bytes: no error, no hidden character in what comes out, and time that grows with their length."""

import re
import time
from dataclasses import fields
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskhand.mail.headers import parse_headers
from deskhand.mail.mail import Mail
from deskhand.mail.parse import attachment, parse
from deskhand.visible import hides

SEED = b"""From: "B, Bob" <bob@example.org>
To: team: ann@example.org (Ann), =?utf-8?q?J=C3=B6rg?= <j@example.org>;
Subject: =?iso-8859-1?b?R3L832U=?=
Date: Mon, 5 Jan 2026 10:00:00 +0100
Message-ID: <a@example.org>
References: <b@example.org> <c@example.org>
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=utf-8; format=flowed
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe =
On 5 Jan 2026 at 09:00, Ann <ann@example.org> wrote:
> From: x
-- =20
Bob
--c
Content-Type: text/html; charset=x

<style>.a{display:none}</style><div class=a style="color:#fff;font-size:0">x</div><table><tr><td>a<td>b</table>
<a href="https://x.example">y.example</a><blockquote type=cite>q</blockquote><ul><li>z&#8238;</ul>
--c--
--b
Content-Disposition: attachment; filename*0*=utf-8''..%2F; filename*1="a.pdf"
Content-Transfer-Encoding: base64

QUJD
--b
Content-Type: message/delivery-status

Final-Recipient: rfc822; bob@example.org
Action: failed
--b
Content-Type: text/plain

begin 644 a
#0V%T
end
--b--
"""
PIECES = [
    *re.findall(rb"[\w-]+|\W+", SEED),
    *(b"\r\n", b"\n\n", b"\r", b"\0", b"\xff", b"\xe2\x80\xae", b"=?", b"?=", b"=?utf-8?b?", b"''%", b"*0*=", b"<!--"),
    *(b"--b", b"--c--", b'"', b"(", b"<", b">", b";", b",", b"=", b"&#0;", b"&#xd800;",),
    *(b"charset=utf-16", b"charset=utf-7"),
]  # fmt: skip
EDIT = st.tuples(
    st.integers(0, len(SEED)), st.integers(0, 40), st.one_of(st.sampled_from(PIECES), st.binary(max_size=8))
)


def _mutated(edits: list[tuple[int, int, bytes]]) -> bytes:
    raw = SEED
    for at, gone, new in edits:
        raw = raw[:at] + new + raw[at + gone :]
    return raw


def _lines(mail: Mail) -> list[str]:
    """Everything that is shown on one line."""
    headers = [getattr(mail.headers, field.name) for field in fields(mail.headers)]
    texts = [value for value in headers if isinstance(value, str)]
    of = mail.headers
    addresses = [*of.sender, *of.reply_to, *of.to, *of.cc, *of.bcc]
    files = chain.from_iterable((file.name, file.mime_type, file.content_id) for file in mail.attachments)
    others = chain.from_iterable((name, *values) for name, values in mail.headers.other.items())
    return [*texts, *mail.headers.references, *map(str, addresses), *files, *others, *mail.warnings]


def _holds(raw: bytes) -> None:
    mail = parse(raw)
    for line in _lines(mail):
        assert not hides(line), line
    for text in (mail.text, mail.new_text, mail.quoted, mail.signature, *mail.calendar):
        assert not hides(text.replace("\n", "").replace("\t", "")), text
    for file in mail.attachments:
        assert len(attachment(raw, file.number)[1]) == file.size
    block = raw.partition(b"\n\n")[0]
    assert isinstance(parse_headers(block).subject, str)


@settings(max_examples=150, deadline=2_000, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EDIT, max_size=12))
def test_a_damaged_mail_is_read(edits: list[tuple[int, int, bytes]]) -> None:
    _holds(_mutated(edits))


@settings(max_examples=150, deadline=2_000)
@given(st.lists(st.sampled_from(PIECES), max_size=120).map(b"".join))
def test_pieces_of_mails_in_any_order_are_read(raw: bytes) -> None:
    _holds(raw)


@settings(max_examples=150, deadline=2_000)
@given(st.binary(max_size=400))
def test_any_bytes_are_read(raw: bytes) -> None:
    _holds(raw)


HTML = b"Content-Type: text/html\n\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"
FLOODS = {
    "quotes in addresses": (b"From: ", b'"\\"'),
    "comments in addresses": (b"To: ", b"("),
    "commas": (b"To: ", b","),
    "encoded words": (b"Subject: ", b"=?a?q?"),
    "header lines": (b"", b"X: a\n"),
    "folded lines": (b"X: a\n", b" x\n"),
    "parameters": (b"Content-Type: text/plain", b'; a="\\"'),
    "parts": (MIXED, b"--b\n\nx\n"),
    "parts in parts": (MIXED, b"--b\n" + MIXED),
    "boundaries in a line": (MIXED, b"--b"),
    "nearly boundaries": (MIXED, b"--bx\n"),
    "uuencode": (b"\n", b"begin 644 a\n"),
    "quotations": (b"\n", b"> a\nb\n"),
    "attributions": (b"\n", b"On 1.1.2026 a wrote\n"),
    "From": (b"\n", b"From: a\n"),
    "empty lines": (b"\n", b"\n"),
    "deep HTML": (HTML, b"<div>"),
    "formatting that stays open": (HTML, b"<b id=1><p>"),
    "tables in tables": (HTML, b"<table><tr><td>"),
    "angles": (HTML, b"<"),
    "tags that do not end": (HTML, b"<a "),
    "comments": (HTML, b"<!--"),
    "scripts": (HTML, b"<script></script "),
    "quotations in HTML": (HTML, b"<blockquote type=cite>a<br>"),
    "links": (HTML, b"<a href=https://x.example>b</a> "),
    "style sheet": (HTML + b"<style>", b"a{"),
    "rules": (HTML + b"<style>", b".a{display:none}"),
    "comments in a style": (HTML + b'<p style="', b"/*"),
    "attributes": (HTML + b"<p ", b"a=1 "),
}


@pytest.mark.parametrize(("head", "piece"), FLOODS.values(), ids=FLOODS.keys())
def test_a_flood_takes_time_by_its_length(head: bytes, piece: bytes) -> None:
    """400 KB in under 3 seconds: what grows with the square takes minutes."""
    started = time.process_time()
    _holds(head + piece * (400_000 // len(piece)))
    assert time.process_time() - started < 3
