"""OpenAI's calls of functions, whose arguments are a text that a model wrote: often JSON, and sometimes not."""

import json

from pydantic import JsonValue

from deskhand.context.message import ToolCall
from deskhand.errors import InvalidInput
from deskhand.toolsets.conversations.bounds import check_depth
from deskhand.toolsets.conversations.wire import Raw, check_text, difference, object_field, patched, text_field


def read_function_call(raw: Raw) -> tuple[ToolCall, Raw]:
    """One of the `tool_calls` of an OpenAI message, and its patch. Arguments that are no JSON object stay as written.

    Raises:
        InvalidInput: it is no function call, or not whole.
    """
    function = object_field(raw, "function")
    written = text_field(function, "arguments")
    name = text_field(function, "name")
    call = ToolCall(id=text_field(raw, "id"), name=name, arguments=_arguments(written), raw=written)
    return call, difference(raw, show_function_call(call, {}))


def _arguments(written: str) -> Raw | None:
    """The JSON object that a model wrote; None when it is none, or none that can be stored."""
    try:
        read: JsonValue = json.loads(written, parse_constant=_no_json)
        check_depth(read)
        check_text(read)
    except (ValueError, RecursionError, InvalidInput):
        return None
    return read if isinstance(read, dict) else None


def _no_json(name: str) -> JsonValue:
    raise ValueError(f"{name} is no JSON")


def show_function_call(call: ToolCall, patch: Raw) -> Raw:
    """The call as one of OpenAI's `tool_calls`."""
    return patched(
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.raw}},
        patch,
    )
