"""Reading a request's body: whole, within a size and a time, and with one meaning only.

A key that occurs twice means one thing to one parser and another to the next (RFC 8259, section 4), which is how a
check in front of a server is passed by what the server then does. Such a body is refused, not interpreted.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import cast

import anyio
import pydantic_core
from mcp_types import INVALID_REQUEST, PARSE_ERROR
from pydantic import JsonValue
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MESSAGE = "deskhand.message"
"""Where the scope holds the parsed JSON of a POST, for the layers further in."""
_DRAINED = 4
"""A body of up to so many times the limit is read to its end and dropped: most clients send all before they read an
answer, and would see a broken connection instead of the 413."""
_NO_BATCH = "Batches are not supported: send one message per request; the protocol dropped them in 2025-06-18."


class ReadBody:
    """ASGI layer: read the body of a POST, or answer 400, 408 or 413. Further in, it is there at once.

    A body is at most `limit` bytes and takes at most `seconds`, however evenly it trickles.
    """

    def __init__(self, app: ASGIApp, limit: int, seconds: float) -> None:
        self._app = app
        self._limit = limit
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, check, pass on."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(Headers(scope=scope), receive)
            if body is None:
                return  # the client went away
            scope = {**scope, MESSAGE: parse(body)}
        except Refused as refused:
            await refused.response()(scope, receive, send)
            return
        await self._app(scope, _replaying(body, receive), send)

    async def _read(self, headers: Headers, receive: Receive) -> bytes | None:
        if self._is_refused_unread(headers):
            raise self._too_large()
        parts, size = bytearray(), 0
        with anyio.move_on_after(self._seconds):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                size += len(message.get("body", b""))
                if size <= self._limit:
                    parts += message.get("body", b"")
                over = size > self._limit * _DRAINED
                if over or not message.get("more_body", False):
                    if size > self._limit:
                        raise self._too_large()
                    return bytes(parts)
        raise Refused(408, INVALID_REQUEST, f"The body did not arrive within {self._seconds:g} s. Send it again.")

    def _is_refused_unread(self, headers: Headers) -> bool:
        """Whether the announced size is refused at once: a client that asks first, or one that sends far too much."""
        declared = headers.get("content-length", "")
        size = int(declared) if declared.isdecimal() else 0
        asks = headers.get("expect", "").lower() == "100-continue"
        return size > self._limit * (1 if asks else _DRAINED)

    def _too_large(self) -> "Refused":
        return Refused(
            413,
            INVALID_REQUEST,
            f"The body is larger than {self._limit:,} bytes. Send less, or raise server.body_bytes.",
        )


class Refused(Exception):
    """The body is not taken; the message says why."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self._status = status

    def response(self) -> JSONResponse:
        """The JSON-RPC error, with an HTTP status. After 408 and 413 the rest of the body is not waited for."""
        closes = {"connection": "close"} if self._status in {408, 413} else None
        error = {"code": self.code, "message": str(self)}
        return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, self._status, closes)


def parse(body: bytes) -> JsonValue:
    """The JSON value of a body.

    Raises:
        Refused: not JSON in UTF-8 (RFC 8259), nested more than about 200 levels deep, an object has a key twice, or it
            is a batch, which only protocol 2025-03-26 knew and no message of MCP is.
    """
    try:
        value = cast("JsonValue", pydantic_core.from_json(body, allow_inf_nan=False))
    except ValueError as error:
        raise Refused(400, PARSE_ERROR, f"This is not JSON that the server takes: {error}.") from None
    json.loads(body, object_pairs_hook=_with_keys_once, parse_int=_unread, parse_float=_unread)
    if isinstance(value, list):
        raise Refused(400, INVALID_REQUEST, _NO_BATCH)
    return value


def _with_keys_once(pairs: list[tuple[str, object]]) -> Mapping[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise Refused(400, PARSE_ERROR, f"The key {twice[:100]!r} occurs twice in one object. Send it once.")
    return found


def _unread(_: str) -> None:
    """Numbers do not matter here, and Python refuses to read very long ones."""


def _replaying(body: bytes, receive: Receive) -> Receive:
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return left.pop() if left else await receive()

    return replay
