"""The size of a picture from its first bytes; enough to describe it without a decoder."""

import struct
from collections.abc import Iterator


def dimensions(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, GIF, JPEG or BMP; None when it is none of them or broken."""
    try:
        return _dimensions(data)
    except (struct.error, IndexError):
        return None


def _dimensions(data: bytes) -> tuple[int, int] | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return struct.unpack(">II", data[16:24])
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return struct.unpack("<HH", data[6:10])
    if data.startswith(b"BM"):
        width, height = struct.unpack("<ii", data[18:26])
        return width, abs(height)
    if data.startswith(b"\xff\xd8"):
        return next(_jpeg_frames(data), None)
    return None


def _jpeg_frames(data: bytes) -> Iterator[tuple[int, int]]:
    """Start-of-frame segments, ITU-T T.81 table B.1: SOF0-SOF15 without DHT (C4), JPG (C8) and DAC (CC)."""
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            yield width, height
        at += 2 + length
