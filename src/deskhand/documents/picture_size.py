"""What a picture is and how many pixels it has, by its header: enough to describe it without a decoder.

A few bytes can unfold to gigabytes in whoever draws them. The places are those of PNG (W3C, 11.2.1), GIF89a (18 and
20), JPEG (ITU-T T.81, B.2.2), WebP (RFC 9649, 2.4 to 2.7) and BMP (BITMAPINFOHEADER).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of JPEG that begin a frame; the three are tables and reserved."""
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers of JPEG without a segment."""
_MOST_BLOCKS = 1_000
"""Looked through before the first image of a GIF."""


class PictureSize(NamedTuple):
    """What the bytes are, as a MIME type, and the size in pixels."""

    kind: str
    width: int
    height: int


def picture_size(data: bytes) -> PictureSize | None:
    """What these bytes are a picture of; None when they are none, or their header does not tell its size."""
    kind = _kind(data[:12])
    if kind is None:
        return None
    try:
        width, height = _SIZES[kind](data)
    except (IndexError, ValueError):
        return None
    return PictureSize(kind, width, height) if width and height else None


def _kind(head: bytes) -> str | None:
    if head[:4] == b"RIFF":
        return "image/webp" if head[8:] == b"WEBP" else None
    return next((kind for start, kind in _STARTS.items() if head.startswith(start)), None)


def _png(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR" or len(data) < 24:
        raise ValueError
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _gif(data: bytes) -> tuple[int, int]:
    """Of the screen, or of the first image where that is larger: then browsers make the screen as large."""
    screen = _two_small(data, 6)
    image = _two_small(data, _first_image(data) + 5)
    return max(screen[0], image[0]), max(screen[1], image[1])


def _first_image(data: bytes) -> int:
    at = 13 + _colours(data[10])
    for _ in range(_MOST_BLOCKS):
        if data[at] == 0x2C:
            return at
        if data[at] != 0x21:
            raise ValueError
        at += 2
        for size in _sub_blocks(data, at):
            at += 1 + size
        at += 1
    raise ValueError


def _sub_blocks(data: bytes, at: int) -> Iterator[int]:
    for _ in range(_MOST_BLOCKS):
        if not data[at]:
            return
        yield data[at]
        at += 1 + data[at]
    raise ValueError


def _colours(flags: int) -> int:
    """The bytes of the colour table that these flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES and len(data) >= at + 9:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        if marker == 0xFF:  # markers may be filled up with these
            at += 1
        else:
            at += 2 if marker in _ALONE else 2 + int.from_bytes(data[at + 2 : at + 4])
    raise ValueError


def _webp(data: bytes) -> tuple[int, int]:
    if len(data) < 30:
        raise ValueError
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[12:16] == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if data[12:16] == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = _two_small(data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError


def _bmp(data: bytes) -> tuple[int, int]:
    if len(data) < 26:
        raise ValueError
    width, height = (int.from_bytes(data[at : at + 4], "little", signed=True) for at in (18, 22))
    return max(width, 0), abs(height)  # below zero: the first line is the upper one


def _two_small(data: bytes, at: int) -> tuple[int, int]:
    if len(data) < at + 4:
        raise ValueError
    return int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")


_STARTS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"BM": "image/bmp",
}
_SIZES: dict[str, Callable[[bytes], tuple[int, int]]] = {
    "image/png": _png,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/bmp": _bmp,
}
