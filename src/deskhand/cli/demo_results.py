"""What the demo's model reads of the tools' results, as an LLM would: it is a script, but it makes nothing up."""

import json
from typing import cast

from pydantic import JsonValue

from deskhand.context.message import Text, ToolResult
from deskhand.models.model import Request

Structure = dict[str, JsonValue]


def texts(request: Request) -> dict[str, str]:
    """What the tools gave since the model last spoke, by the tool's name; parallel calls answer in any order."""
    found: dict[str, str] = {}
    for message in reversed(request.messages):
        if message.role != "tool":
            break
        for result in message.content:
            if isinstance(result, ToolResult):
                found[result.name] = "\n".join(part.text for part in result.content if isinstance(part, Text))
    return found


def structure(request: Request, tool: str) -> Structure:
    """The structured content of a result: the server sends it as text too, on the last line.

    Raises:
        KeyError, ValueError: the tool did not answer just now, or with an error.
    """
    return cast("Structure", json.loads(texts(request)[tool].rstrip().split("\n")[-1]))


def rows(request: Request, tool: str, key: str) -> list[Structure]:
    """A list of objects in a result."""
    return cast("list[Structure]", structure(request, tool)[key])


def lists(request: Request, tool: str, key: str) -> list[list[JsonValue]]:
    """A list of lists in a result, such as the rows of a table."""
    return cast("list[list[JsonValue]]", structure(request, tool)[key])


def earlier(request: Request, tool: str) -> Structure:
    """The structured content of the tool's last result in the whole conversation.

    Raises:
        LookupError, ValueError: there is none.
    """
    for message in reversed(request.messages):
        for result in message.content:
            if isinstance(result, ToolResult) and result.name == tool:
                text = "\n".join(part.text for part in result.content if isinstance(part, Text))
                return cast("Structure", json.loads(text.rstrip().split("\n")[-1]))
    raise LookupError(tool)
