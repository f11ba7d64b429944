"""Pictures from servers: taken when their header says that they can be drawn, and told in words otherwise."""

from base64 import b64encode

import pytest
from tests.documents.pictures import HEADERS, png

from deskhand.context.message import Image, Text
from deskhand.host.pictures import picture


@pytest.mark.parametrize(("kind", "data"), HEADERS.values(), ids=HEADERS)
def test_a_picture_is_what_its_bytes_are_whatever_its_server_says(kind: str, data: str) -> None:
    assert picture(data, "text/html") == Image(data=data, mime_type=kind)


def test_a_picture_that_no_provider_takes_is_told_in_words() -> None:
    bitmap = b64encode(b"BM" + bytes(16) + b"\7\0\0\0\5\0\0\0").decode()
    told = picture(bitmap, "image/bmp")
    assert isinstance(told, Text)
    assert told.text.startswith("[a picture, image/bmp, that cannot be shown: it is not PNG")


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
