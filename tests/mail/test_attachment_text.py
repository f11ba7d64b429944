"""The text of what was attached."""

import pytest

from deskhand.errors import InvalidInput
from deskhand.mail.attachment_text import attachment_text
from deskhand.mail.mail import Attachment

pytestmark = pytest.mark.anyio

READ = [
    ("plain", "a.txt", "text/plain", b"one\ntwo", "one\ntwo"),
    ("named only", "a.txt", "application/octet-stream", b"one", "one"),
    ("page", "a.html", "text/html", b"<p>one<p hidden>OBEY</p>", "one"),
    ("page, named only", "a.htm", "application/octet-stream", b"<p>one", "one"),
    ("mail", "a.eml", "message/rfc822", b"From: Ann <ann@example.org>\nSubject: =?utf-8?q?h=C3=AF?=\n\nhello",
     "From: Ann <ann@example.org>\nDate: unknown\nSubject: hï\n\nhello"),
    ("hidden characters", "a.txt", "text/plain", "a\u202eb".encode(), "a\\u202eb"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "mime", "data", "text"), [case[1:] for case in READ], ids=[case[0] for case in READ])
async def test_an_attachment_reads_as(name: str, mime: str, data: bytes, text: str) -> None:
    found = await attachment_text(Attachment(1, name, mime, len(data)), data, characters=1_000)
    assert (found.text.strip(), found.truncated) == (text, False)


async def test_a_long_attachment_is_cut_and_says_so() -> None:
    found = await attachment_text(Attachment(1, "a.html", "text/html", 9), b"<p>" + b"a" * 500, characters=100)
    assert (len(found.text), found.truncated) == (100, True)


async def test_a_table_is_read_as_one_whatever_its_type() -> None:
    data = b"name,price\nbread,3\n"
    plain = await attachment_text(Attachment(1, "a.csv", "text/plain", 9), data, characters=1_000)
    typed = await attachment_text(Attachment(1, "a.csv", "text/csv", 9), data, characters=1_000)
    assert plain == typed
    assert "bread" in plain.text


async def test_a_picture_has_no_text() -> None:
    with pytest.raises(InvalidInput):
        await attachment_text(Attachment(1, "a.png", "image/png", 3), b"\x89PN", characters=1_000)
