"""Pictures from servers: taken when their header says that they can be drawn, and told in words otherwise."""

from base64 import b64decode, b64encode

import pytest

from deskhand.context.message import Image, Text
from deskhand.host.picture_sizes import pixels
from deskhand.host.pictures import picture

TABLES = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP" + "/" * 86 + "2wBDAf" + "/" * 86
HEADERS = {
    "PNG": ("image/png", "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAF"),
    "GIF": ("image/gif", "R0lGODdhBwAFAIEAAAAAAAAAAAAAAAAAACwAAAAABwAFAA=="),
    "GIF that moves": (
        "image/gif",
        "R0lGODlhBwAFAIEAAAAAAAAAAAAAAAAAACH/C05FVFNDQVBFMi4wAwEAAAAh/gJoaQAsAAAAAAcABQA=",
    ),
    "GIF with a small screen": ("image/gif", "R0lGODdhAQABAIEAAAAAAAAAAAAAAAAAACwAAAAABwAFAA=="),
    "JPEG": ("image/jpeg", f"{TABLES}wAARCAAFAAc="),
    "progressive JPEG": ("image/jpeg", f"{TABLES}wgARCAAFAAc="),
    "WebP": ("image/webp", "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoHAAUA"),
    "WebP without loss": ("image/webp", "UklGRhoAAABXRUJQVlA4TA4AAAAvBgABAAcQEf0P"),
    "WebP with transparency": ("image/webp", "UklGRkgAAABXRUJQVlA4WAoAAAAQAAAABgAABAAA"),
}
"""Made with Pillow, as far as the size: 7 by 5."""


def png(width: int, height: int) -> str:
    """The beginning of a PNG of this size, in base64."""
    sizes = width.to_bytes(4) + height.to_bytes(4)
    return b64encode(b64decode(HEADERS["PNG"][1])[:16] + sizes + b"\x08\x02\0\0\0").decode()


@pytest.mark.parametrize(("kind", "data"), HEADERS.values(), ids=HEADERS)
def test_the_size_of_a_picture_is_read_from_its_header(kind: str, data: str) -> None:
    assert pixels(kind, b64decode(data)) == (7, 5)
    assert picture(data, "text/html") == Image(data=data, mime_type=kind)


@pytest.mark.parametrize(("kind", "data"), HEADERS.values(), ids=HEADERS)
def test_a_header_that_is_cut_off_tells_no_size(kind: str, data: str) -> None:
    whole = b64decode(data)
    assert [size for size in range(len(whole) - 1) if pixels(kind, whole[:size])] == []


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (40_000_001, 1), (1, 2**32 - 1)])
def test_a_small_file_that_unfolds_to_more_than_can_be_drawn_is_told_in_words(width: int, height: int) -> None:
    told = picture(png(width, height), "image/png")
    assert isinstance(told, Text)
    assert f"{width:,} by {height:,} pixels, too large to be shown: at most 40 million" in told.text


def test_the_largest_picture_that_is_drawn_is_one() -> None:
    assert isinstance(picture(png(8_000, 5_000), "image/png"), Image)


@pytest.mark.parametrize(("width", "height"), [(0, 5), (7, 0)])
def test_a_picture_without_pixels_is_none(width: int, height: int) -> None:
    assert isinstance(picture(png(width, height), "image/png"), Text)


def test_a_gif_whose_first_image_never_comes_is_none() -> None:
    head = b64decode(HEADERS["GIF"][1])[:25]
    assert pixels("image/gif", head + b"\x21\xfe\0" * 500_000) is None
    assert pixels("image/gif", head + b"\x21\xfe" + b"\x01a" * 500_000) is None
