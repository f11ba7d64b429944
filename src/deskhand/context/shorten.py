"""Old tool results in short: what was called, how it begins, and where the whole of it can be read."""

import json
from collections.abc import Callable, Iterable, Mapping

from deskhand.context.message import Image, Message, Text, ToolCall, ToolResult

Where = Callable[[Message, ToolResult], str]
"""Says where the whole of a tool result can be read: a resource's URI, or the call that reads it."""

ARGUMENTS = 160
"""Characters of a call's arguments that a short result repeats."""
FIRST_LINE = 240
"""Characters of the first line that stay."""
_SHORT = "~short"


def calls_of(messages: Iterable[Message]) -> dict[str, ToolCall]:
    """The tool calls in messages, by their ids."""
    return {call.id: call for message in messages for call in message.tool_calls}


def shortened(message: Message, calls: Mapping[str, ToolCall], where: Where) -> Message:
    """The message with its tool results in short; itself when that would save nothing."""
    if message.role != "tool" or is_short(message):
        return message
    content = tuple(
        _short(block, calls.get(block.call_id), where(message, block)) if isinstance(block, ToolResult) else block
        for block in message.content
    )
    if content == message.content:
        return message
    return message.model_copy(update={"id": message.id + _SHORT, "content": content})


def is_short(message: Message) -> bool:
    """Whether the message is a shortened copy; its id is its own, so that its tokens are counted anew."""
    return message.id.endswith(_SHORT)


def original_id(message: Message) -> str:
    """The id of the message this one is a copy of, or its own."""
    return message.id.removesuffix(_SHORT)


def gist(result: ToolResult, call: ToolCall | None) -> str:
    """`name(arguments): first line` of a tool result."""
    return f"{result.name or (call.name if call else 'tool')}({_arguments(call)}): {_first_line(text_of(result))}"


def text_of(result: ToolResult) -> str:
    """The text of a tool result, with a note for each picture."""
    return "\n".join(part.text if isinstance(part, Text) else "[a picture]" for part in result.content)


def _short(result: ToolResult, call: ToolCall | None, where: str) -> ToolResult:
    text = f"{gist(result, call)}\n[Shortened. The whole: {where}]"
    has_picture = any(isinstance(part, Image) for part in result.content)
    if not has_picture and len(text) >= len(text_of(result)):
        return result
    return result.model_copy(update={"content": (Text(text=text),)})


def _arguments(call: ToolCall | None) -> str:
    if call is None:
        return "…"
    text = call.raw if call.arguments is None else json.dumps(call.arguments, ensure_ascii=False)
    return cut(text, ARGUMENTS)


def _first_line(text: str) -> str:
    return cut(next((line.strip() for line in text.splitlines() if line.strip()), "(empty)"), FIRST_LINE)


def cut(text: str, most: int) -> str:
    """A text of at most so many characters; what was cut leaves an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"
