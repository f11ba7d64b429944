"""One frame in full: both messages of its exchange, how they travelled, and what the method is for."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup
from pydantic import JsonValue

from deskhand.host.events import Frame
from deskhand.host.wire_pairs import Recorded
from deskhand.host.wiretap import Wiretap
from deskhand.web.explain import Method, Word, methods, words_in
from deskhand.web.inspector_rows import Row, row_of
from deskhand.web.inspector_tree import lines_in, tree

MOST_RELATED = 50
"""Notifications listed with an exchange."""
COPIED_LINES = 2_000
COPIED_CHARACTERS = 30_000
"""A longer message is opened as a file instead of being copied from the page."""
_CODE = re.compile(r"`([^`]+)`")
_META_VERSION = "io.modelcontextprotocol/protocolVersion"
_TRAVELLED = {
    ("http", "sent"): "The body of a POST.",
    ("http", "received"): "In the body of an HTTP answer: alone as JSON, or as an event of its stream.",
    (
        "sse",
        "sent",
    ): "The body of a POST to the messages address; the POST itself was answered 202, with nothing in it.",
    ("sse", "received"): "An event of the one stream that stays open (text/event-stream).",
    ("stdio", "sent"): "A line to the standard input of the program.",
    ("stdio", "received"): "A line from the standard output of the program.",
    ("in-process", "sent"): "Handed over in memory: no bytes travelled.",
    ("in-process", "received"): "Handed over in memory: no bytes travelled.",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One message of an exchange."""

    row: Row

    @property
    def tree(self) -> Markup:
        """The JSON to read."""
        return tree(self.row.frame.message)

    @property
    def text(self) -> str:
        """The JSON to copy; empty where it is too large for that."""
        message = self.row.frame.message
        if lines_in(message, COPIED_LINES) == COPIED_LINES:
            return ""
        text = json.dumps(message, indent=2, ensure_ascii=False)
        return text if len(text) <= COPIED_CHARACTERS else ""

    @property
    def travelled(self) -> str:
        """How it went over the wire, as far as the transport tells."""
        return _TRAVELLED.get((self.row.frame.transport, self.row.frame.direction), "")

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The HTTP headers that repeat the message, by which a proxy routes it (MCP 2026-07-28, transports)."""
        frame = self.row.frame
        if frame.transport != "http" or frame.direction != "sent" or frame.kind != "request":
            return []
        params = _dict(_dict(frame.message).get("params"))
        version = _dict(params.get("_meta")).get(_META_VERSION)
        if not isinstance(version, str):
            return []
        name = params.get("name") or params.get("uri")
        return [
            ("MCP-Protocol-Version", version),
            ("Mcp-Method", self.row.method),
            *([("Mcp-Name", name)] if isinstance(name, str) else []),
        ]


@dataclass(frozen=True, slots=True)
class Detail:
    """What the panel shows."""

    row: Row
    """The frame that was asked for."""
    messages: tuple[Message, ...]
    """The request and its response, or the one message that stands alone."""
    related: tuple[Row, ...]
    """Notifications that tell about the request."""
    method: Method | None
    words: tuple[Word, ...]
    lost: str = ""
    """Why the other half is not there."""
    asks: bool = False
    """The answer is a question: `input_required`."""


def detail_of(tap: Wiretap, record: Recorded) -> Detail:
    """All there is to say of a frame."""
    halves = _halves(tap, record)
    related = [each for each in tap.records if each.about == record.exchange and each is not record][:MOST_RELATED]
    return Detail(
        row=row_of(tap, record),
        messages=tuple(Message(row_of(tap, each)) for each in halves),
        related=tuple(row_of(tap, each) for each in related),
        method=methods().get(record.frame.method),
        words=tuple(_words(halves)),
        lost=_lost(tap, record),
        asks=any(_asks(each.frame) for each in halves),
    )


def coded(text: str) -> Markup:
    """A sentence with `code` in back-ticks as HTML."""
    parts = _CODE.split(text)
    return Markup().join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def _halves(tap: Wiretap, record: Recorded) -> list[Recorded]:
    request = tap.numbered(record.request)
    response = tap.numbered(record.response)
    return [each for each in (request, record, response) if each is not None]


def _words(halves: list[Recorded]) -> Iterator[Word]:
    told: set[str] = set()
    for each in halves:
        for word in words_in(each.frame.message):
            if word.name not in told:
                told.add(word.name)
                yield word


def _lost(tap: Wiretap, record: Recorded) -> str:
    kind = record.frame.kind
    if kind == "request" and record.response is None:
        return "No response has come yet."
    if kind in ("response", "error") and tap.numbered(record.request) is None:
        return "Its request is not among the frames that are kept."
    return ""


def _asks(frame: Frame) -> bool:
    return _dict(_dict(frame.message).get("result")).get("resultType") == "input_required"


def _dict(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}
