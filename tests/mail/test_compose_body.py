"""Texts, files and invitations arrive as they were meant, in a form every program reads."""

from dataclasses import replace

import pytest
from tests.mail.composed import TEA, built, read

from deskhand.errors import InvalidInput
from deskhand.mail.address import Address
from deskhand.mail.compose_body import OutgoingAttachment, flowed
from deskhand.mail.invitation import invitation

CALENDAR = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1\nSUMMARY:Tee für zwei\nEND:VEVENT\nEND:VCALENDAR\n"

TEXTS = {
    "empty": "",
    "one line": "Hello",
    "a long paragraph": "word " * 200 + "end",
    "beyond ASCII": "Grüße aus Köln\n" * 3,
    "Chinese": "会议改到星期三。\n" * 50,
    "one endless word": "https://example.org/" + "a" * 2000,
    "dots": ".\n..\n.hidden\n",
    "From at the start": "From here on\nFromage\n",
    "spaces at the start": "  indented\n    more\n",
    "quotes": "> quoted words that go on and on " + "and on " * 20 + "on\n>> deeper\n>\n",
    "a table": "| a | b |\n|---|---|\n| " + "cell " * 30 + "| x |\n",
    "code": "```\n" + "x = 1  # " + "long " * 30 + "1\n```\n",
    "a signature": "Hello\n\n-- \nAnn\n",
    "a tab": "\tone\ttwo\n",
    "a boundary": "--=_a3acb638ddb5020b4a05a36391376ccd--\n",
    "an arrow after a break": "word " * 14 + "then >5 people " + "and so on " * 10 + "end",
    "several spaces": "one  two   three " * 12 + "end",
    "emoji": "🎉" * 300,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_arrives_as_it_was_written(text: str) -> None:
    raw = built(replace(TEA, text=text))
    part = read(raw)
    assert part.get_content_charset() in {"us-ascii", "utf-8"}
    assert unflowed(part.get_content()).rstrip("\n") == text.rstrip("\n")
    assert raw.isascii()
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))


def unflowed(text: str) -> str:
    """What RFC 3676 §4 says a program shows, written once more; quotes stay as they are."""
    shown = ""
    for line in text.splitlines():
        plain = line if line.startswith(">") else line.removeprefix(" ")
        flows = plain.endswith(" ") and plain != "-- " and not line.startswith(">")
        shown += plain if flows else f"{plain}\n"
    return shown


def test_line_ends_of_any_system_are_line_ends() -> None:
    assert read(built(replace(TEA, text="a\r\nb\rc\n"))).get_content() == "a\r\nb\r\nc\r\n"


@pytest.mark.parametrize("letter", ["\0", "\x08", "\x1b", "\x7f", "\ud800"], ids=ascii)
def test_a_text_with_control_characters_is_refused(letter: str) -> None:
    with pytest.raises(InvalidInput, match="control character"):
        built(replace(TEA, text=f"a{letter}b"))


def test_no_flowed_line_is_longer_than_78() -> None:
    assert max(map(len, flowed("word " * 500).split("\n"))) <= 78


FILES = {
    "plain": ("notes.txt", "notes.txt"),
    "beyond ASCII": ("Übersicht.pdf", "Übersicht.pdf"),
    "long": ("ä" * 150 + ".pdf", "ä" * 150 + ".pdf"),
    "quotes": ('a "b" c.txt', 'a "b" c.txt'),
    "semicolon": ("a; filename=b.exe", "a; filename=b.exe"),
    "folders": ("../../etc/passwd", "_.._etc_passwd"),
    "backslashes": ("..\\a.txt", "_a.txt"),
}


@pytest.mark.parametrize(("name", "arrives"), FILES.values(), ids=FILES)
def test_a_file_arrives_with_its_name_and_bytes(name: str, arrives: str) -> None:
    data = bytes(range(256)) * 20
    message = read(built(replace(TEA, attachments=(OutgoingAttachment(name, "application/x-odd", data),))))
    (part,) = message.iter_attachments()
    assert (part.get_filename(), part.get_content_type(), part.get_content()) == (arrives, "application/x-odd", data)


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed", "nonsense", "a/b; c=d", "text/plain\r\nX: y"])
def test_a_type_that_could_change_the_structure_becomes_bytes(kind: str) -> None:
    message = read(built(replace(TEA, attachments=(OutgoingAttachment("a", kind, b"From: eve\r\n\r\n"),))))
    (part,) = message.iter_attachments()
    assert part.get_content_type() == "application/octet-stream"


def test_too_many_or_too_large_files_are_refused() -> None:
    small = OutgoingAttachment("a", "a/b", b"a")
    for files in ((small,) * 51, (replace(small, data=b"a" * 25_000_001),)):
        with pytest.raises(InvalidInput, match="too much for a mail"):
            built(replace(TEA, attachments=files))


def test_an_invitation_has_the_form_calendars_read() -> None:
    pdf = OutgoingAttachment("a.pdf", "application/pdf", b"a")
    mail = invitation(replace(TEA, attachments=(pdf,)), CALENDAR, "REQUEST")
    message = read(built(mail))
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/calendar",
        "application/ics",
        "application/pdf",
    ]
    parts = list(message.walk())
    assert parts[3]["Content-Type"].params["method"] == "REQUEST"
    assert parts[3].get_content_charset() == "utf-8"
    whole = CALENDAR.replace("\n", "\r\n").encode()
    assert parts[3].get_payload(decode=True) == parts[4].get_payload(decode=True) == whole
    assert parts[4].get_filename() == "invite.ics"


@pytest.mark.parametrize(
    ("text", "method"),
    [
        (CALENDAR, "CANCEL"),
        (CALENDAR, "request"),
        ("hello", "REQUEST"),
        (CALENDAR.replace("METHOD:REQUEST\n", ""), "REQUEST"),
        (CALENDAR.replace("METHOD:REQUEST\n", "METHOD:REQUEST\nMETHOD:CANCEL\n"), "REQUEST"),
        (CALENDAR.replace("UID", "X" * 500_000), "REQUEST"),
    ],
    ids=["another method", "no method", "no calendar", "without method", "two methods", "endless"],
)
def test_what_is_no_invitation_is_refused(text: str, method: str) -> None:
    with pytest.raises(InvalidInput):
        invitation(TEA, text, method)


def test_an_international_address_is_written_as_it_is() -> None:
    raw = built(replace(TEA, to=(Address("jürgen@münchen.example", "Jürgen"),)))
    assert "<jürgen@xn--mnchen-3ya.example>".encode() in raw
