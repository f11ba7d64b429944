"""What a picture is and how large, told by its header alone."""

import struct
from base64 import b64decode

import pytest
from tests.documents.pictures import HEADERS

from deskhand.documents.picture_size import picture_size

BMP = b"BM" + bytes(12) + struct.pack("<i", 40)
KINDS = {name: (kind, b64decode(data)) for name, (kind, data) in HEADERS.items()} | {
    "BMP": ("image/bmp", BMP + struct.pack("<ii", 7, 5)),
    "BMP from above": ("image/bmp", BMP + struct.pack("<ii", 7, -5)),
}


@pytest.mark.parametrize(("kind", "data"), KINDS.values(), ids=KINDS)
def test_kind_and_size_are_read_from_the_header(kind: str, data: bytes) -> None:
    assert picture_size(data) == (kind, 7, 5)


@pytest.mark.parametrize(("kind", "data"), KINDS.values(), ids=KINDS)
def test_a_header_that_is_cut_off_tells_no_size(kind: str, data: bytes) -> None:
    assert [size for size in range(len(data) - 1) if picture_size(data[:size])] == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"RIFF\0\0\0\0WAVE" + bytes(40),
        b64decode(HEADERS["PNG"][1])[:16] + struct.pack(">II", 0, 5),
        BMP + struct.pack("<ii", 0, 5),
        BMP + struct.pack("<ii", -7, 5),
    ],
)
def test_what_is_no_picture_or_has_no_pixels_is_none(data: bytes) -> None:
    assert picture_size(data + bytes(60)) is None


def test_a_gif_whose_first_image_never_comes_is_none() -> None:
    head = b64decode(HEADERS["GIF"][1])[:25]
    assert picture_size(head + b"\x21\xfe\0" * 500_000) is None
    assert picture_size(head + b"\x21\xfe" + b"\x01a" * 500_000) is None
