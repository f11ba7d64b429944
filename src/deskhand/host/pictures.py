"""Pictures from servers, as model providers take them.

A provider refuses the whole request for one picture it cannot read, and every later one with the same history. So what
is no picture is told in words, and the kind is what the bytes say, not what the server says.
"""

import binascii
from base64 import b64decode

from deskhand.context.message import Image, Text
from deskhand.host.picture_sizes import pixels
from deskhand.visible import visible

LARGEST = 5_000_000
"""Characters of base64; Anthropic, the strictest, takes 5 MB for each picture."""
MOST_PIXELS = 40_000_000
"""Of a picture that is drawn, where each takes four bytes: 160 MB."""

_SHOWN_KIND = 60


def picture(data: str, said: str) -> Image | Text:
    """A picture of base64 `data`, or in words that it cannot be shown; `said` is the MIME type its server gives."""
    decoded = _decoded(data)
    kind = _kind(decoded[:12])
    size = pixels(kind, decoded) if kind else None
    if kind is None or size is None:
        about = visible(" ".join(said.split())[:_SHOWN_KIND])
        return Text(text=f"[a picture, {about}, that cannot be shown: it is not PNG, JPEG, GIF or WebP below 3.7 MB]")
    width, height = size
    if width * height > MOST_PIXELS:
        most = f"{MOST_PIXELS // 1_000_000} million"
        return Text(text=f"[a picture of {width:,} by {height:,} pixels, too large to be shown: at most {most} are]")
    return Image(data=data, mime_type=kind)


def _decoded(data: str) -> bytes:
    """The bytes; none where it is not base64, or too much of it."""
    try:
        return b64decode(data, validate=True) if len(data) <= LARGEST else b""
    except (binascii.Error, ValueError):
        return b""


def _kind(head: bytes) -> str | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if head[:4] == b"RIFF" and head[8:] == b"WEBP" else None
