"""Names for attached files that are safe to write to a disk and to show, whatever the mail calls them."""

import mimetypes
import re
import unicodedata

from deskhand.visible import hides, visible

_LONGEST = 120
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}(?:\.[A-Za-z0-9]{1,10})?$")
_FORBIDDEN = re.compile(r'[<>:"|?*\\/]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|$)", re.IGNORECASE)
"""Devices on Windows, whatever their extension."""
_PREFERRED = {"message/rfc822": ".eml", "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics"}


def safe_name(said: str, mime_type: str, number: int) -> str:
    """A name without folders, hidden characters, or meaning to a system; at most 120 characters, never empty."""
    last = re.split(r"[\\/]", said[:4_000].replace("\0", ""))[-1] or re.sub(r"[\\/]+", " ", said[:4_000])
    plain = visible(unicodedata.normalize("NFC", last)) if not hides(last) else _without_hidden(last)
    name = " ".join(_FORBIDDEN.sub("_", plain).split()).strip(". ")
    if not name.strip("_"):
        return f"attachment-{number}{extension_of(mime_type)}"
    name = f"_{name}" if _RESERVED.match(name) else name
    return _shortened(name)


def extension_of(mime_type: str) -> str:
    """What files of this type end with, with the dot; `.bin` where nothing is known."""
    return _PREFERRED.get(mime_type) or mimetypes.guess_extension(mime_type) or ".bin"


def deceives(said: str) -> bool:
    """Whether the name holds what a person would not see, such as a mark that turns its extension around."""
    return hides(said)


def _without_hidden(name: str) -> str:
    return "".join("_" if hides(char) else char for char in unicodedata.normalize("NFC", name))


def _shortened(name: str) -> str:
    """The extension stays, so that what it is can still be told."""
    if len(name.encode()) <= _LONGEST:
        return name
    found = _EXTENSION.search(name)
    extension = found[0] if found else ""
    stem = name[: len(name) - len(extension)].encode()[: _LONGEST - len(extension)].decode("utf-8", "ignore")
    return stem.rstrip(". ") + extension
