"""From what a server answered to what the model reads: bounded, with its provenance, and whole behind a handle."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import mcp_types
from pydantic import JsonValue

from deskhand.context.message import Image, Message, Text, ToolCall, ToolResult, new_id
from deskhand.context.tokens import estimate
from deskhand.host.pictures import picture
from deskhand.host.seen import output_handle
from deskhand.store.conversations import StoredOutput
from deskhand.visible import visible

_SUMMARY_CHARACTERS = 800
_SURELY_LONGER = 8  # characters; no text has more of them per token
_HEAD = 0.8  # of what is shown of a long output; the rest shows its end


@dataclass(frozen=True, slots=True)
class Shown:
    """A tool message for the conversation, with the whole output when the message shows only a part."""

    message: Message
    outputs: tuple[StoredOutput, ...] = ()

    @property
    def result(self) -> ToolResult:
        """The one result the message carries."""
        (block,) = self.message.content
        assert isinstance(block, ToolResult)
        return block


def with_note(answer: Shown, text: str) -> Shown:
    """The answer with a remark of the host at its end."""
    result = answer.result
    result = result.model_copy(update={"content": (*result.content, Text(text=f"[{text}]"))})
    return Shown(answer.message.model_copy(update={"content": (result,)}), answer.outputs)


def host_answer(call: ToolCall, text: str, source: str = "") -> Shown:
    """The host answers in place of a result, as an error the model can act on.

    `source` names the server when part of the text is its own.
    """
    content = (Text(text=readable(text)),)
    result = ToolResult(call_id=call.id, name=call.name, content=content, is_error=True, source=source)
    return Shown(Message(role="tool", content=(result,)))


def shown(call: ToolCall, source: str, result: mcp_types.CallToolResult, limit: int) -> Shown:
    """A server's answer, with at most `limit` tokens of text; what is longer gets a handle."""
    pictures = tuple(_pictures(result))
    images = tuple(block for block in pictures if isinstance(block, Image))
    text = "\n".join(filter(None, (_text(result), *(block.text for block in pictures if isinstance(block, Text)))))
    message_id = new_id()
    text, kept = bounded(text, limit, output_handle(message_id), source)
    block = ToolResult(
        call_id=call.id,
        name=call.name,
        content=(Text(text=text), *images) if text or not images else images,
        is_error=result.is_error,
        source=source,
        handle=kept[0].handle if kept else None,
    )
    return Shown(Message(role="tool", content=(block,), id=message_id), kept)


def bounded(text: str, limit: int, handle: str, source: str) -> tuple[str, tuple[StoredOutput, ...]]:
    """A text as it can be shown, about `limit` tokens of it, and the whole to be kept where that is not all."""
    if len(text) <= limit * _SURELY_LONGER and estimate(text) <= limit:
        return readable(text), ()
    return readable(excerpt(text, limit, handle)), (StoredOutput(handle, source, text),)


def readable(text: str) -> str:
    """A text from outside as the model may read it: what is invisible is shown, so that it cannot smuggle orders in."""
    return visible(text.replace("\r\n", "\n"))


def excerpt(text: str, limit: int, handle: str) -> str:
    """Beginning and end of a long text, about `limit` tokens, and how to read what is between."""
    size = _characters(text, limit)
    head, tail = int(size * _HEAD), size - int(size * _HEAD)
    return (
        f"{text[:head]}\n[{len(text) - size:,} of {len(text):,} characters are not shown here. Go on with "
        f"read_output(handle={handle!r}, offset={head}), or find a place with read_output(handle={handle!r}, "
        f"search='…').]\n{text[-tail:]}"
    )


def _characters(text: str, limit: int) -> int:
    """How many characters of a long text make up `limit` tokens, judged by its beginning."""
    sample = text[: limit * _SURELY_LONGER]
    return max(1, int(len(sample) * limit / max(limit, estimate(sample))))


def _text(result: mcp_types.CallToolResult) -> str:
    """All that can be read. Structured content is the answer; a short text beside it is kept as its summary.

    MCP (tools, "Structured Content"): a server should repeat the structured content as JSON text; that is not shown
    twice, and a text that is only wrapped, as `{"result": text}`, is shown as text.
    """
    text = "\n".join(part for part in map(_block_text, result.content) if part)
    value: JsonValue = result.structured_content
    if value is None or _wraps(value, text):
        return text
    summary = f"{text}\n" if text and len(text) <= _SUMMARY_CHARACTERS and not _is_json(text) else ""
    return summary + json.dumps(value, ensure_ascii=False)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _wraps(value: JsonValue, text: str) -> bool:
    return isinstance(value, dict) and list(value) == ["result"] and str(value["result"]) == text


def _block_text(block: mcp_types.ContentBlock) -> str:
    match block:
        case mcp_types.TextContent():
            return block.text
        case mcp_types.AudioContent():
            return f"[sound, {block.mime_type}, not played]"
        case mcp_types.ResourceLink():
            about = ", ".join(part for part in (block.title or block.name, block.mime_type, _size(block.size)) if part)
            return f"[resource {block.uri} ({about})]"
        case mcp_types.EmbeddedResource(resource=mcp_types.TextResourceContents() as resource):
            return f"[resource {resource.uri}]\n{resource.text}"
        case mcp_types.EmbeddedResource():
            return f"[resource {block.resource.uri}, {block.resource.mime_type or 'binary'}]"
        case mcp_types.ImageContent():
            return ""


def _size(size: int | float | None) -> str:
    return "" if size is None else f"{size:,} bytes"


def _pictures(result: mcp_types.CallToolResult) -> Iterator[Image | Text]:
    for block in result.content:
        match block:
            case mcp_types.ImageContent():
                yield picture(block.data, block.mime_type)
            case mcp_types.EmbeddedResource(
                resource=mcp_types.BlobResourceContents(mime_type=str() as kind) as resource
            ):
                if kind.startswith("image/"):
                    yield picture(resource.blob, kind)
            case _:
                pass
