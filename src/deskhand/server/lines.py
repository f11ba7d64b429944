"""Reading standard input as strictly as an HTTP body is read: what is no message is answered, not swallowed."""

import json
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any

import anyio
import mcp_types as types
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

from deskhand.server.body import Refused, parse


class CheckedLines(anyio.AsyncFile[str]):
    """The lines of a file that hold one JSON-RPC message each. The error for another goes to `answer`.

    Set `answer` before the first line is read.
    """

    answer: Callable[[SessionMessage], Awaitable[None]]

    async def __aiter__(self) -> AsyncGenerator[str]:
        """The good lines, in order. Empty ones are passed over."""
        while line := await self.readline():
            if not line.strip():
                continue
            try:
                _check(line)
            except Refused as refused:
                error = types.ErrorData(code=refused.code, message=str(refused))
                await self.answer(SessionMessage(types.JSONRPCError(jsonrpc="2.0", id=_id(line), error=error)))
            else:
                yield line


@contextmanager
def standard_input() -> Generator[CheckedLines]:
    """Standard input for this reader alone.

    Meanwhile descriptor 0 is the null device, so that a tool, or a program it starts, reads an end there and no
    message. The SDK does so for a stream that it opens itself.
    """
    wire = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    try:
        # Never closed: a thread may still wait in read(). What is no UTF-8 goes on as it is, for the check to refuse.
        file = os.fdopen(wire, "rb", closefd=False)
        yield CheckedLines(TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="\n"))
    finally:
        os.dup2(wire, 0)


def _check(line: str) -> None:
    value = parse(line.encode("utf-8", "surrogateescape"))
    try:
        types.jsonrpc_message_adapter.validate_python(value, by_name=False)
    except ValidationError:
        raise Refused(400, types.INVALID_REQUEST, "This is JSON, but no JSON-RPC 2.0 message.") from None


def _id(line: str) -> types.RequestId | None:
    """The id of a refused request, if it has just one: without it, a client waits for its answer for ever."""
    try:
        found: Any = json.loads(line, object_pairs_hook=_request_id)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, str):
        return found if found.isascii() else None  # half a character could not be written
    return found if type(found) is int else None


def _request_id(pairs: list[tuple[str, object]]) -> object:
    """An object as its id; the outermost comes last. A response has no method: its id is one of ours."""
    ids = [value for key, value in pairs if key == "id"]
    return ids[0] if len(ids) == 1 and any(key == "method" for key, _ in pairs) else None
