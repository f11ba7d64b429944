"""What a server says of resources: the 207 Multi-Status of RFC 4918 §13."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urljoin, urlsplit

from deskhand.errors import Unavailable
from deskhand.toolsets.calendar.dav_xml import Node

_STATUS = re.compile(r"HTTP/[\d.]+ +(\d{3})")
_HOST = re.compile(r"[\w.:-]+")
"""Nothing that another reader of URLs could take for the end of the host."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource. `url` is absolute; `props` has only what was found (status 200)."""

    url: str
    status: int = 200
    props: dict[str, Node] = field(default_factory=dict[str, Node])

    def text(self, name: str) -> str:
        """A property's text; empty where it is missing."""
        node = self.props.get(name)
        return node.text if node is not None else ""

    def hrefs(self, name: str) -> list[str]:
        """The addresses in a property, absolute."""
        node = self.props.get(name)
        return [joined(self.url, href.text) for href in node.all("D:href") if href.text] if node is not None else []


def resources(root: Node, url: str) -> list[Resource]:
    """Everything a multistatus of `url` tells of.

    Raises:
        Unavailable: it is another document.
    """
    if root.name != "D:multistatus":
        raise Unavailable(f"{urlsplit(url).hostname} did not answer as a CalDAV server does (no multistatus).")
    return [found for response in root.all("D:response") for found in _resources(response, url)]


def _resources(response: Node, base: str) -> Iterable[Resource]:
    own = response.at("D:status")
    props: dict[str, Node] = {}
    for stat in response.all("D:propstat"):
        status, prop = stat.at("D:status"), stat.at("D:prop")
        if prop is not None and (status is None or _code(status) == 200):
            props |= {child.name: child for child in prop.children}
    for href in response.all("D:href"):
        if href.text:
            yield Resource(joined(base, href.text), _code(own) if own is not None else 200, props)


def _code(status: Node) -> int:
    match = _STATUS.match(status.text)
    return int(match[1]) if match else 500


def joined(base: str, href: str) -> str:
    """An address a server gave, absolute; what is no address is one that is nowhere.

    Behind a proxy that adds TLS many servers call themselves http: on the same host that is https all the same.
    """
    try:
        found = urljoin(base, href.replace(" ", "%20"))
        own, said = urlsplit(base), urlsplit(found)
        if (own.scheme, said.scheme) == ("https", "http") and own.hostname == said.hostname:
            return said._replace(scheme="https", netloc=own.netloc).geturl()
    except ValueError:
        return ""
    return found


def same_place(url: str) -> str:
    """The address in one spelling, for comparing: servers escape letters in different ways."""
    try:
        parts = urlsplit(url)
        return f"{origin_of(url)}{quote(unquote(parts.path))}"
    except ValueError:
        return ""


def origin_of(url: str) -> str:
    """Scheme, host and port, spelled out; empty for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return ""
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}:{port}" if _HOST.fullmatch(host) and port else ""


def opaque(etag: str) -> str:
    """An entity tag for `If-Match`, which compares strongly: RFC 9110 §8.8.3.

    Proxies that compress mark the tag of a server as weak, and some servers forget its quotes.
    """
    bare = etag.strip().removeprefix("W/").strip()
    return bare if not bare or bare.startswith('"') else f'"{bare}"'
