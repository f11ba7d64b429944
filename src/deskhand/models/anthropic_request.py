"""A Request as the body of Anthropic's Messages call, joined from cached fragments.

Source: Anthropic API reference, "Create a Message", "Count tokens in a Message", "Tool use", "Prompt caching" and
"Thinking".
"""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import cast

from deskhand.context.message import Block, Image, Message, Text, ToolCall, ToolResult
from deskhand.models.fragments import Fragments, MessageFragments, ToolFragment, encode, schema_of
from deskhand.models.history import UNSHOWN, current_turn, leading_system, paired, system_note
from deskhand.models.model import Request, ToolSpec
from deskhand.models.tool_calls import arguments_to_send, wire_name

_CACHE_HERE = b',"cache_control":{"type":"ephemeral"}}'


class AnthropicRequest:
    """Encodes requests for one model. What does not change between the steps of a turn is marked for their cache."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._messages = MessageFragments()
        self._tools = ToolFragment(_tool)

    def body(self, request: Request, max_output_tokens: int) -> bytes:
        """The JSON body of a message to be streamed."""
        return self._input(request) + b',"max_tokens":' + encode(max_output_tokens) + b',"stream":true}'

    def body_to_count(self, request: Request) -> bytes:
        """The JSON body of a count: the same input without what only an answer needs, which would be refused."""
        return self._input(request) + b"}"

    def _input(self, request: Request) -> bytes:
        """The body up to the bracket that ends it."""
        lead = leading_system(request.messages)
        parts = [
            b'{"model":' + encode(self._model),
            b'"messages":[' + b",".join(self._wire_messages(request, lead)) + b"]",
        ]
        instructions = "\n\n".join(message.text for message in request.messages[:lead])
        if instructions.strip():  # the system prompt comes after the tools, so this mark covers both
            parts.append(b'"system":[' + encode({"type": "text", "text": instructions})[:-1] + _CACHE_HERE + b"]")
        if request.tools:
            parts.append(b'"tools":' + self._tools.get(request.tools))
        self._messages.retain(request.messages)
        return b",".join(parts)

    def _wire_messages(self, request: Request, lead: int) -> list[bytes]:
        """User and assistant in turn: neighbours of one role become one message, results first."""
        in_turn = {message.id for message in request.messages[current_turn(request.messages) :]}
        pairs = [
            (b"assistant" if message.role == "assistant" else b"user", blocks)
            for message in paired(request.messages[lead:])
            if (blocks := self._messages.get(message, message.id in in_turn, self._build))
        ]
        grouped = [
            (role, [block for _, blocks in group for block in blocks])
            for role, group in groupby(pairs, key=lambda pair: pair[0])
        ]
        if grouped and grouped[0][0] == b"assistant":
            grouped.insert(0, (b"user", [encode({"type": "text", "text": UNSHOWN})]))
        if grouped and grouped[-1][0] == b"user":
            grouped[-1][1][-1] = grouped[-1][1][-1][:-1] + _CACHE_HERE
        return [b'{"role":"' + role + b'","content":[' + b",".join(blocks) + b"]}" for role, blocks in grouped]

    def _build(self, message: Message, with_thinking: bool) -> Fragments:
        if message.role == "system":
            return (encode({"type": "text", "text": system_note(message)}),)
        blocks = [wire for block in message.content if (wire := _block(block)) is not None]
        if message.role == "assistant" and with_thinking and message.tool_calls:
            blocks = _with_thinking(blocks, message.metadata.reasoning_signature, self._model)
        return tuple(map(encode, blocks))


def _tool(tool: ToolSpec) -> object:
    return {"name": wire_name(tool.name), "description": tool.description, "input_schema": schema_of(tool)}


def _block(block: Block) -> dict[str, object] | None:
    match block:
        case Text():  # blank text is refused
            return {"type": "text", "text": block.text} if block.text.strip() else None
        case Image():
            return _image(block)
        case ToolCall():
            return {
                "type": "tool_use",
                "id": block.id,
                "name": wire_name(block.name),
                "input": arguments_to_send(block),
            }
        case ToolResult():
            return _result(block)


def _image(block: Image) -> dict[str, object]:
    return {"type": "image", "source": {"type": "base64", "media_type": block.mime_type, "data": block.data}}


def _result(result: ToolResult) -> dict[str, object]:
    content = [wire for block in result.content if (wire := _block(block)) is not None]
    error = {"is_error": True} if result.is_error else {}
    return {"type": "tool_result", "tool_use_id": result.call_id, "content": content, **error}


def pack_thinking(model: str, blocks: Iterator[tuple[int, dict[str, object]]]) -> str:
    """Thinking blocks with their places, as one opaque signature: they must go back unchanged, to the same model."""
    return json.dumps({"model": model, "blocks": [[place, block] for place, block in blocks]})


def _with_thinking(blocks: list[dict[str, object]], packed: str | None, model: str) -> list[dict[str, object]]:
    """`blocks` with the thinking put back where it stood."""
    try:
        value: object = json.loads(packed or "null")
    except ValueError:
        return blocks  # signed by another provider
    if not isinstance(value, dict):
        return blocks
    thinking = cast("dict[str, object]", value)
    if thinking.get("model") != model:
        return blocks
    whole = list(blocks)
    for shift, (place, block) in enumerate(cast("list[tuple[int, dict[str, object]]]", thinking.get("blocks", []))):
        whole.insert(min(place, len(blocks)) + shift, block)
    return whole
