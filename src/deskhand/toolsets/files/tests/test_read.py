"""Reading: ranges, limits, encodings, what is not text, and hidden characters."""

import os
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskhand.errors import Denied, InvalidInput, LimitExceeded, NotFound
from deskhand.toolsets.files.backend import Limits, LocalFiles

pytestmark = pytest.mark.anyio
Make = Callable[[str, str | bytes], Path]
HUNDRED = "".join(f"line {number}\n" for number in range(1, 101))


@pytest.mark.parametrize(
    ("asked", "shown", "first", "last", "more"),
    [
        ("", "1-100", "line 1", "line 100", ""),
        ("10-12", "10-12", "line 10", "line 12", "13-"),
        ("99-", "99-100", "line 99", "line 100", ""),
        ("-2", "99-100", "line 99", "line 100", ""),
        ("-500", "1-100", "line 1", "line 100", ""),
        ("7", "7-7", "line 7", "line 7", "8-"),
        ("90-900", "90-100", "line 90", "line 100", ""),
        (" 3 - 4 ", "3-4", "line 3", "line 4", "5-"),
    ],
)
async def test_a_range_of_lines(
    asked: str, shown: str, first: str, last: str, more: str, files: LocalFiles, make: Make
) -> None:
    make("a.txt", HUNDRED)
    read = await files.read("a.txt", asked, max_tokens=2_000)
    lines = read.content.split("\n")
    assert (read.shown, lines[0], lines[-1], read.next_range, read.total) == (shown, first, last, more, 100)


@pytest.mark.parametrize("asked", ["ten", "5-3", "0-4", "--3", "1-2-3", "-", "1:0-", "³-4", "1" * 50])
async def test_what_is_not_a_range_is_refused_with_an_example(asked: str, files: LocalFiles, make: Make) -> None:
    make("a.txt", HUNDRED)
    with pytest.raises(InvalidInput, match="Expected '10-40'"):
        await files.read("a.txt", asked, max_tokens=2_000)


async def test_a_range_behind_the_end_says_how_long_the_file_is(files: LocalFiles, make: Make) -> None:
    make("a.txt", HUNDRED)
    with pytest.raises(InvalidInput, match="only 100"):
        await files.read("a.txt", "101-", max_tokens=2_000)


async def test_following_next_range_reads_everything_once(files: LocalFiles, make: Make) -> None:
    text = HUNDRED + "x" * 3_000 + "日本語" * 500 + "\nend\n"
    make("a.txt", text)
    parts: list[str] = []
    asked = "1-"
    while asked:
        read = await files.read("a.txt", asked, max_tokens=100)
        assert len(read.content.encode()) <= 400
        goes_on_in_line = ":" in read.next_range
        parts.append(read.content + ("" if goes_on_in_line or not read.next_range else "\n"))
        asked = read.next_range
    assert "".join(parts) == text.removesuffix("\n")
    assert len(parts) > 10


async def test_an_empty_file_has_no_lines(files: LocalFiles, make: Make) -> None:
    make("empty.txt", "")
    read = await files.read("empty.txt", "", max_tokens=2_000)
    assert (read.content, read.total, read.next_range) == ("", 0, "")


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("grüße".encode(), "utf-8"),
        ("grüße".encode("utf-8-sig"), "utf-8-sig"),
        ("grüße".encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + "grüße".encode("utf-16-be"), "utf-16"),
        ("grüße".encode("latin-1"), "latin-1"),
    ],
)
async def test_the_encoding_is_found_and_told(data: bytes, encoding: str, files: LocalFiles, make: Make) -> None:
    make("a.txt", data)
    read = await files.read("a.txt", "", max_tokens=2_000)
    assert (read.content, read.encoding) == ("grüße", encoding)


async def test_hidden_characters_are_shown_and_the_rest_is_not_touched(files: LocalFiles, make: Make) -> None:
    make("a.txt", "a\u202eb\u200bc\x1b[31m\U000e0041 tab\tक्\u200dष 👩\u200d🔬\r\n")
    read = await files.read("a.txt", "", max_tokens=2_000)
    assert read.content == "a\\u202eb\\u200bc\\x1b[31m\\U000e0041 tab\tक्\u200dष 👩\u200d🔬"
    assert read.untrusted is True


async def test_binary_files_are_named_for_what_they_are(files: LocalFiles, make: Make) -> None:
    make("a.zip", b"PK\x03\x04\0\0\0\0")
    with pytest.raises(InvalidInput, match=r"application/zip, 8 bytes.*file:///a.zip"):
        await files.read("a.zip", "", max_tokens=2_000)


PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 640, 480)
GIF = b"GIF89a" + struct.pack("<HH", 640, 480) + bytes(3) + b"," + struct.pack("<HHHH", 0, 0, 640, 480)
BMP = b"BM" + bytes(16) + struct.pack("<ii", 640, -480)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(10) + b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 480, 640) + bytes(20)


@pytest.mark.parametrize(("name", "data"), [("a.png", PNG), ("a.gif", GIF), ("a.bmp", BMP), ("a.jpg", JPEG)])
async def test_pictures_are_described_with_their_size(name: str, data: bytes, files: LocalFiles, make: Make) -> None:
    make(name, data)
    read = await files.read(name, "", max_tokens=2_000)
    assert "640 x 480 pixels" in read.content
    assert read.mime_type.startswith("image/")


async def test_a_broken_picture_is_binary(files: LocalFiles, make: Make) -> None:
    make("a.jpg", b"\xff\xd8\xff\xe0\x00")
    with pytest.raises(InvalidInput, match="image/jpeg"):
        await files.read("a.jpg", "", max_tokens=2_000)


async def test_a_missing_file_gets_the_nearest_name(files: LocalFiles, make: Make) -> None:
    make("docs/Minutes.md", "x")
    with pytest.raises(NotFound, match=r"Did you mean docs/Minutes\.md\?"):
        await files.read("docs/minutes.txt", "", max_tokens=2_000)
    with pytest.raises(NotFound, match=r"Did you mean docs/a\.txt\?"):
        await files.read("dcos/a.txt", "", max_tokens=2_000)
    with pytest.raises(NotFound, match=r"with the glob 'docs/\*'"):
        await files.read("docs/zzzzzz", "", max_tokens=2_000)


async def test_a_folder_says_how_to_list_it(files: LocalFiles, make: Make) -> None:
    make("docs/a.txt", "x")
    with pytest.raises(InvalidInput, match=r"with the glob 'docs/\*'"):
        await files.read("docs", "", max_tokens=2_000)


async def test_a_file_over_the_limit_is_refused_with_the_limit(workspace: Path, make: Make) -> None:
    make("big.txt", "x" * 2_000)
    files = LocalFiles(workspace, Limits(max_bytes=1_000), lambda: datetime.now(UTC))
    with pytest.raises(LimitExceeded, match=r"2,000 bytes, more than the limit of 1,000"):
        await files.read("big.txt", "", max_tokens=2_000)
    with pytest.raises(LimitExceeded):
        await files.content("big.txt")


async def test_a_kernel_file_that_hides_its_size_is_limited_too() -> None:
    files = LocalFiles(Path("/proc/self"), Limits(max_bytes=10), lambda: datetime.now(UTC))
    with pytest.raises((LimitExceeded, NotFound)):
        await files.read("status", "", max_tokens=2_000)


async def test_a_file_the_system_hides_is_denied(files: LocalFiles, make: Make) -> None:
    hidden = make("hidden.txt", "x")
    hidden.chmod(0)
    if os.geteuid() == 0:  # the superuser may read anything
        assert (await files.read("hidden.txt", "", max_tokens=2_000)).content == "x"
    else:
        with pytest.raises(Denied, match="Its owner can change that"):
            await files.read("hidden.txt", "", max_tokens=2_000)


async def test_the_version_is_of_the_content_alone(files: LocalFiles, make: Make) -> None:
    for name, content in (("a.txt", "same"), ("b.txt", "same"), ("c.txt", "other")):
        make(name, content)
    versions = [(await files.read(name, "", max_tokens=2_000)).version for name in ("a.txt", "b.txt", "c.txt")]
    assert versions[0] == versions[1] != versions[2]


async def test_resources_give_text_bytes_and_listings(files: LocalFiles, make: Make) -> None:
    make("docs/a.md", "# Hi\u202e\n")
    make("docs/b.bin", b"\0\1")
    make("docs/c.txt", b"\0\1")
    make(".git/config", "x")
    assert await files.content("docs/a.md") == ("# Hi\u202e\n", "text/markdown")
    assert await files.content("docs/b.bin") == (b"\0\1", "application/octet-stream")
    assert await files.content("docs/c.txt") == (b"\0\1", "application/octet-stream")
    listing, mime = await files.content("")
    assert mime == "application/json"
    assert "file:///docs" in str(listing)
    assert ".git" not in str(listing)


async def test_completion_goes_down_folder_by_folder(files: LocalFiles, make: Make) -> None:
    make("docs/a.md", "")
    make("docs/b c.md", "")
    make("Download.txt", "")
    assert await files.completed("do") == ["Download.txt", "docs/"]
    assert await files.completed("docs/") == ["docs/a.md", "docs/b c.md"]
    assert await files.completed("docs/B") == ["docs/b c.md"]
    assert await files.completed("../") == []
    assert await files.completed("nowhere/x") == []


async def test_a_near_name_with_a_line_break_is_suggested_as_an_address_that_works(
    files: LocalFiles, make: Make
) -> None:
    make("minutes\n2024.txt", "We met.\n")
    with pytest.raises(NotFound, match=r"Did you mean file:///minutes%0A2024\.txt\?"):
        await files.read("minutes 2024.txt", "", max_tokens=2_000)
    assert (
        (await files.read("file:///minutes%0A2024.txt", "", max_tokens=2_000)).text().startswith("file:///minutes%0A")
    )


@pytest.mark.parametrize("form", ["{}/docs/a.txt", "file://{}/docs/a.txt"])
async def test_a_path_from_the_root_of_the_disk_is_told_how_it_counts_from_the_workspace(
    form: str, files: LocalFiles, make: Make
) -> None:
    make("docs/a.txt", "x")
    with pytest.raises(InvalidInput, match=r"is absolute\. Paths count from the workspace: docs/a\.txt\."):
        await files.read(form.format(files.root.path), "", max_tokens=2_000)
    with pytest.raises(InvalidInput, match="perhaps 'etc/passwd'"):
        await files.read("/etc/passwd", "", max_tokens=2_000)


async def test_an_empty_file_is_called_empty(files: LocalFiles, make: Make) -> None:
    make("a.txt", "")
    read = await files.read("a.txt", "", max_tokens=2_000)
    assert read.text().startswith("file:///a.txt, empty, 0 lines (text/plain")
    assert (read.shown, read.total) == ("", 0)
