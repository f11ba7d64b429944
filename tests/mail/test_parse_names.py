"""Names of attached files: what is shown and written to disk, whatever the mail says."""

from urllib.parse import quote

import pytest

from deskhand.mail.attachment_names import safe_name
from deskhand.mail.parse import parse
from deskhand.visible import hides

NAMES = [
    ("plain", "offer.pdf", "offer.pdf"),
    ("folders", "../../etc/passwd", "passwd"),
    ("folders of Windows", "C:\\temp\\x.exe", "x.exe"),
    ("both", "..\\../a/..\\b.txt", "b.txt"),
    ("a drive", "C:x.txt", "C_x.txt"),
    ("a stream of NTFS", "a.txt:evil.exe", "a.txt_evil.exe"),
    ("turned around", "invoice\u202efdp.exe", "invoice_fdp.exe"),
    ("zero width", "a\u200b.txt", "a_.txt"),
    ("line break", "a\r\nb.txt", "a__b.txt"),
    ("nul", "a.txt\0.exe", "a.txt.exe"),
    ("empty", "", "attachment-7.pdf"),
    ("dots", "...", "attachment-7.pdf"),
    ("only a folder", "../", "attachment-7.pdf"),
    ("only forbidden", "???", "attachment-7.pdf"),
    ("hidden on Unix", ".bashrc", "bashrc"),
    ("ends with dots and spaces", "a.txt. . ", "a.txt"),
    ("device", "CON", "_CON"),
    ("device with an extension", "nul.txt", "_nul.txt"),
    ("no device", "console.txt", "console.txt"),
    ("wild cards", 'a*b?"<>|.txt', "a_b_____.txt"),
    ("decomposed", "u\u0308.txt", "ü.txt"),
    ("spaces", "a   b.txt", "a b.txt"),
    ("300 letters", "a" * 300 + ".tar.gz", "a" * 113 + ".tar.gz"),
    ("300 letters of three bytes", "日" * 300 + ".pdf", "日" * 38 + ".pdf"),
    ("a long extension", "a." + "b" * 300, "a." + "b" * 118),
]


@pytest.mark.parametrize(("said", "name"), [case[1:] for case in NAMES], ids=[case[0] for case in NAMES])
def test_a_name_is_made_safe(said: str, name: str) -> None:
    found = safe_name(said, "application/pdf", 7)
    assert found == name
    assert len(found.encode()) <= 120
    assert not hides(found)


@pytest.mark.parametrize("said", [case[1] for case in NAMES if case[1]], ids=[case[0] for case in NAMES if case[1]])
def test_the_same_holds_for_a_name_in_a_mail(said: str) -> None:
    header = f"Content-Disposition: attachment; filename*=utf-8''{quote(said, safe='')}\n\nx"
    assert parse(b"Content-Type: application/pdf\n" + header.encode()).attachments[0].name == safe_name(
        said, "application/pdf", 1
    )


SAID = [
    ("quoted", b'attachment; filename="a b.txt"', "a b.txt"),
    ("not quoted", b"attachment; filename=a b.txt", "a b.txt"),
    ("quoted, escapes", b'attachment; filename="a\\"b.txt"', "a_b.txt"),
    ("quote that never ends", b'attachment; filename="a.txt', "a.txt"),
    ("semicolon inside", b'attachment; filename="a;b.txt"; size=3', "a;b.txt"),
    ("encoded word", b'attachment; filename="=?utf-8?q?=C3=BC.txt?="', "ü.txt"),
    ("raw utf-8", "attachment; filename=ü.txt".encode(), "ü.txt"),
    ("percent", b"attachment; filename*=utf-8''%C3%BC.txt", "ü.txt"),
    ("percent, latin-1", b"attachment; filename*=iso-8859-1'de'%FC.txt", "ü.txt"),
    ("percent, no charset", b"attachment; filename*=''%C3%BC.txt", "ü.txt"),
    ("percent, broken", b"attachment; filename*=utf-8''a%ZZ%2.txt", "a%ZZ%2.txt"),
    ("percent, no quotes", b"attachment; filename*=a.txt", "a.txt"),
    ("in pieces", b"attachment; filename*0=one; filename*1=two.txt", "onetwo.txt"),
    ("in pieces, out of order", b"attachment; filename*1=two.txt; filename*0=one", "onetwo.txt"),
    ("in pieces, a letter split", b"attachment; filename*0*=utf-8''%C3; filename*1*=%BC.txt", "ü.txt"),
    ("in pieces, one missing", b"attachment; filename*0=one; filename*2=three", "one"),
    ("both ways", b"attachment; filename=plain.txt; filename*=utf-8''%C3%BC.txt", "ü.txt"),
    ("twice", b"attachment; filename=a.txt; filename=b.txt", "a.txt"),
    ("folders in percent", b"attachment; filename*=utf-8''..%2F..%2Fx.txt", "x.txt"),
    ("capitals", b"ATTACHMENT; FILENAME=a.txt", "a.txt"),
]


@pytest.mark.parametrize(("header", "name"), [case[1:] for case in SAID], ids=[case[0] for case in SAID])
def test_a_name_is_found_however_it_is_written(header: bytes, name: str) -> None:
    raw = b"Content-Type: text/plain\nContent-Disposition: " + header + b"\n\nx"
    assert [file.name for file in parse(raw).attachments] == [name]


def test_a_name_with_hidden_characters_is_warned_of() -> None:
    raw = b"Content-Disposition: attachment; filename*=utf-8''a%E2%80%AEfdp.exe\n\nx"
    assert "The name of attachment 1 has hidden characters: a\\u202efdp.exe" in parse(raw).warnings
