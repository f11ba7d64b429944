"""An address that a server wants opened, so shown that its host can be told from what only looks like one."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from deskhand.host.sign_in import safe_to_open
from deskhand.visible import visible_line

_UNCLEAR = re.compile(r"[\\\s\x00-\x20\x7f-\x9f]")
"""Where these stand in an address, programs do not agree on which host it names (WHATWG URL against RFC 3986)."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address to be opened, cut up into its host and what surrounds it."""

    before: str
    host: str
    after: str
    real_host: str = ""
    """The name that is looked up, where the host is written in other letters than a to z (RFC 5891)."""


def may_open(url: str) -> bool:
    """Whether it is a web address that everyone reads in the same way."""
    try:
        return safe_to_open(url) and bool(urlsplit(url).hostname) and not _UNCLEAR.search(url)
    except ValueError:  # not an address at all
        return False


def address_of(url: str) -> Address:
    """The whole of the address, with its host apart; without a host where it may not be opened."""
    if not may_open(url):
        return Address(visible_line(url), "", "")
    netloc = urlsplit(url).netloc
    place = netloc.rpartition("@")[2]
    end = url.index("://") + len("://") + len(netloc)
    before, after = url[: end - len(place)], url[end:]
    return Address(visible_line(before), visible_line(place), visible_line(after), _real_host(place))


def _real_host(place: str) -> str:
    if place.isascii():
        return ""
    try:
        return place.encode("idna").decode("ascii")
    except UnicodeError:
        return "a name that cannot be looked up"
