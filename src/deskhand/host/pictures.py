"""Pictures from servers, as model providers take them.

A provider refuses the whole request for one picture it cannot read, and every later one with the same history. So what
is no picture is told in words, and the kind is what the bytes say, not what the server says.
"""

import binascii
from base64 import b64decode

from deskhand.context.message import Image, Text
from deskhand.documents.picture_size import picture_size
from deskhand.visible import visible

LARGEST = 5_000_000
"""Characters of base64; Anthropic, the strictest, takes 5 MB for each picture."""
MOST_PIXELS = 40_000_000
"""Of a picture that is drawn, where each takes four bytes: 160 MB."""

_TAKEN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_SHOWN_KIND = 60


def picture(data: str, said: str) -> Image | Text:
    """A picture of base64 `data`, or in words that it cannot be shown; `said` is the MIME type its server gives."""
    size = picture_size(_decoded(data))
    if size is None or size.kind not in _TAKEN:
        about = visible(" ".join(said.split())[:_SHOWN_KIND])
        return Text(text=f"[a picture, {about}, that cannot be shown: it is not PNG, JPEG, GIF or WebP below 3.7 MB]")
    if size.width * size.height > MOST_PIXELS:
        pixels, most = f"{size.width:,} by {size.height:,} pixels", f"{MOST_PIXELS // 1_000_000} million"
        return Text(text=f"[a picture of {pixels}, too large to be shown: at most {most} are]")
    return Image(data=data, mime_type=size.kind)


def _decoded(data: str) -> bytes:
    """The bytes; none where it is not base64, or too much of it."""
    try:
        return b64decode(data, validate=True) if len(data) <= LARGEST else b""
    except (binascii.Error, ValueError):
        return b""
