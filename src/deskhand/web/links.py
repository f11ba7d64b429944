"""Which addresses a page may lead to: those that cannot run anything, and that say where they go."""

import re
from urllib.parse import quote, urlsplit

_SAFE = re.compile(r"(?:https?://[^\s/?#]|mailto:[^\s])[^\s]*", re.IGNORECASE)
"""Absolute, with a scheme of the allow list, without white space or control characters (WHATWG URL drops some)."""
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
LONGEST = 4_000
"""Characters of an address."""


def is_safe(address: str) -> bool:
    """Whether a link may lead there: an absolute `http`, `https` or `mailto` address, as it stands in the text."""
    return len(address) <= LONGEST and not _CONTROL.search(address) and bool(_SAFE.fullmatch(address))


def is_web(address: str) -> bool:
    """Whether it is an address of the web that is safe."""
    return is_safe(address) and not address.lower().startswith("mailto:")


def destination(address: str) -> str:
    """Who is at the other end: the host, or the mail address."""
    try:
        parts = urlsplit(address)
        return parts.hostname or parts.path
    except ValueError:  # such as a bad port or IPv6 address
        return address


def quoted(text: str) -> str:
    """A text as one part of an address, whatever is in it."""
    return quote(text.encode("utf-8", "replace"), safe="")


def resource_address(server: str, uri: str) -> str:
    """The console's page that shows a resource."""
    return f"/console/{quoted(server)}/resource?uri={quoted(uri)}"
