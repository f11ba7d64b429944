"""Blocks that nobody here reads, such as audio, links and documents: kept as they came, and named in a few words.

In the content of a message stands the name, which digests quote and search finds; beside it the block itself.
"""

from collections.abc import Iterator
from typing import cast

from pydantic import JsonValue

from deskhand.context.message import Text
from deskhand.toolsets.conversations.wire import Raw

WHOLE = "whole"
"""In a patch: the block that is shown in the place of its name."""
PICTURES = frozenset({"image", "image_url"})
"""Blocks that cost what a picture costs, wherever it is."""
_NAMES = ("title", "name", "filename", "uri", "url")
_INSIDE = ("source", "resource", "file", "image_url")
_KIND_CHARACTERS, _NAME_CHARACTERS = 40, 100


def is_elsewhere(raw: Raw) -> bool:
    """Whether it is a picture that is named by its address, or by the id of a file: nothing is fetched here."""
    source, link = raw.get("source"), raw.get("image_url")
    if raw.get("type") == "image" and isinstance(source, dict):
        return isinstance(source.get("type"), str) and source["type"] != "base64"
    url = link.get("url") if raw.get("type") == "image_url" and isinstance(link, dict) else None
    return isinstance(url, str) and not url.startswith("data:")


def read_opaque(raw: Raw) -> tuple[Text, Raw]:
    """The name of a block in brackets, and the patch with which the block is shown again."""
    kind = _line(str(raw["type"]), _KIND_CHARACTERS)
    name = next(_names(raw), "")
    return Text(text=f"[{kind}: {name}]" if name else f"[{kind}]"), {WHOLE: raw}


def _names(raw: Raw) -> Iterator[str]:
    for part in (raw, *(raw.get(key) for key in _INSIDE)):
        for key in _NAMES if isinstance(part, dict) else ():
            name = cast("dict[str, JsonValue]", part).get(key)
            if isinstance(name, str) and name.strip() and not name.startswith("data:"):
                yield _line(name, _NAME_CHARACTERS)


def _line(text: str, most: int) -> str:
    return " ".join(text[:most].split())
