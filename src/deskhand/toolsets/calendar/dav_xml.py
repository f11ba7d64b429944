"""The XML of WebDAV, both ways. What comes from a server is read without DTD, entities or anything unbounded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from deskhand.errors import Unavailable

MAX_DEPTH = 40
MAX_NODES = 200_000
DAV = "DAV:"
CALDAV = "urn:ietf:params:xml:ns:caldav"
SERVER = "http://calendarserver.org/ns/"
APPLE = "http://apple.com/ns/ical/"
NEXTCLOUD = "http://nextcloud.com/ns"
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PREFIXES = {"D": DAV, "C": CALDAV, "S": SERVER, "A": APPLE, "N": NEXTCLOUD}


@dataclass(slots=True)
class Node:
    """An element. `name` is as in `C:calendar-data`, by our prefixes whatever the server's are; else in `{ns}local`."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    children: list["Node"] = field(default_factory=list["Node"])
    content: list[str] = field(default_factory=list[str])

    @property
    def text(self) -> str:
        """Its own text without space around it."""
        return "".join(self.content).strip()

    def all(self, name: str) -> Iterator["Node"]:
        """Its children of that name."""
        return (child for child in self.children if child.name == name)

    def at(self, *path: str) -> "Node | None":
        """The first element down that path of names."""
        found: Node | None = self
        for name in path:
            found = next(found.all(name), None) if found is not None else None
        return found

    def has(self, name: str) -> bool:
        """Whether it has a child of that name."""
        return next(self.all(name), None) is not None

    def every(self) -> Iterator["Node"]:
        """It and all beneath it."""
        yield self
        for child in self.children:
            yield from child.every()


class _Refused(Exception):
    """The document holds what no WebDAV server has a reason to send."""


def parse_xml(data: bytes, host: str) -> Node:
    """The root of an answer of `host`.

    Raises:
        Unavailable: it is no XML, has a document type (where entities are defined), or is too deep or too large.
    """
    tree = _Tree()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = tree.doctype
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.characters
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, _Refused, ValueError, LookupError) as error:
        why = str(error) if isinstance(error, _Refused) else "it is not XML"
        raise Unavailable(
            f"The answer of {host} cannot be read: {why}. Is this the address of a CalDAV server?"
        ) from None
    assert tree.root is not None  # expat refuses a document without an element
    return tree.root


class _Tree:
    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0

    def doctype(self, name: str, system_id: str | None, public_id: str | None, has_internal: bool) -> None:
        raise _Refused("it has a document type, which WebDAV does not use")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH or self._count > MAX_NODES:
            raise _Refused(f"it has over {MAX_NODES:,} elements, or over {MAX_DEPTH} in each other")
        node = Node(_short(name), attributes)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, name: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        self._open[-1].content.append(text)


def _short(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    prefix = next((prefix for prefix, full in _PREFIXES.items() if full == namespace), f"{{{namespace}}}")
    return f"{prefix}:{local}" if prefix in _PREFIXES else f"{prefix}{local}"


def element(name: str, /, *content: str, **attributes: str) -> str:
    """An element as text, `name` with one of our prefixes; `content` is XML, see `text`."""
    said = "".join(f" {key.replace('_', '-')}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{said}>{''.join(content)}</{name}>" if content else f"<{name}{said}/>"


def text(words: str) -> str:
    """Words as XML content; what XML 1.0 §2.2 has no place for is left out."""
    return escape(_NO_XML.sub("", words))


def document(root: str, *content: str) -> bytes:
    """A request's body, with all our prefixes declared."""
    declared = "".join(f' xmlns:{prefix}="{full}"' for prefix, full in _PREFIXES.items())
    return f'<?xml version="1.0" encoding="utf-8"?><{root}{declared}>{"".join(content)}</{root}>'.encode()
