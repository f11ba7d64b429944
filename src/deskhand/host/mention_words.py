"""Addresses in what a person wrote, after `@`; as they are meant, and as they are read."""

import re
from urllib.parse import unquote

MENTION = re.compile(r"(?<!\S)@([a-z][a-z0-9+.-]*:\S+)", re.IGNORECASE)
"""`@` and an address with a scheme (RFC 3986, section 3.1), so that a handle or an email is none."""


def names_resources(text: str) -> bool:
    """Whether a message names resources."""
    return MENTION.search(text) is not None


def readable_mentions(text: str) -> str:
    """The text with the addresses in it as people read them: `@file:///a%20b.txt` as `@file:///a b.txt`."""
    return MENTION.sub(lambda match: f"@{readable_address(match[1])}", text)


def readable_address(address: str) -> str:
    """An address without percent-encoding (RFC 3986, section 2.1), where that leaves words of a line."""
    try:
        plain = unquote(address, errors="strict")
    except UnicodeDecodeError:
        return address
    return plain if plain.isprintable() else address
