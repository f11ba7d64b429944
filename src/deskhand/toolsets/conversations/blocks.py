"""Content blocks in four dialects: Deskhand's own, Anthropic's, that of MCP sampling, and OpenAI's content parts.

Sources: Anthropic Messages API; MCP 2025-11-25, sampling (SamplingMessage, ToolUseContent, ToolResultContent); OpenAI
Chat Completions. A block is read into one of `context.message`; what that does not hold is a patch beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic import JsonValue

from deskhand.context.message import Block, Image, Text, ToolCall, ToolResult
from deskhand.errors import InvalidInput
from deskhand.toolsets.conversations.opaque import WHOLE, is_elsewhere, read_opaque
from deskhand.toolsets.conversations.wire import (
    BLOCKS,
    LESS,
    Raw,
    difference,
    flag_field,
    object_field,
    objects,
    patched,
    quoted,
    text_field,
)

OWN, ANTHROPIC, MCP, OPENAI = "deskhand", "anthropic", "mcp", "openai"
ACCEPTED = "text, image, tool_use and tool_result (Anthropic, MCP), image_url (OpenAI), tool_call (Deskhand)"
ASIDE = frozenset({"thinking", "redacted_thinking"})
"""Blocks of the model's reasoning: kept, but no content."""
_DATA_URL = "data:"
_OF = "of"
_FORM = (_OF, "form", "role", LESS)


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind of block is written in one dialect."""

    tag: str
    kind: type[Text | Image | ToolCall | ToolResult]
    read: Callable[[Raw], Block]
    show: Callable[[Any], Raw]


def dialect_of(blocks: Sequence[Raw]) -> str | None:
    """Which dialect the blocks speak; None when they could be of any.

    Raises:
        InvalidInput: more than one, or a block has no type.
    """
    kinds = {text_field(block, "type") for block in blocks}
    marks = {mark for block in blocks for mark in _marks(block)}
    if len(marks) > 1:
        raise InvalidInput(f"its blocks mix the formats of {' and '.join(sorted(marks))}. Send them in one.")
    if not marks and kinds & {"tool_use", *ASIDE}:
        return ANTHROPIC
    return next(iter(marks), None)


def _marks(block: Raw) -> list[str]:
    kind = block.get("type")
    keys = _KEYS.get(kind, {}) if isinstance(kind, str) else {}
    parts = block.get("content")
    inside = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return [dialect for key, dialect in keys.items() if not key or key in block][:1] + [
        mark for part in inside for mark in _marks(part)
    ]


_KEYS: dict[str, dict[str, str]] = {
    "image": {"source": ANTHROPIC, "mimeType": MCP, "mime_type": OWN},
    "tool_result": {"tool_use_id": ANTHROPIC, "toolUseId": MCP, "call_id": OWN},
    "tool_call": {"": OWN},
    "image_url": {"": OPENAI},
}
"""Which key tells the dialect of a block; the empty one stands for the type itself."""


def read_block(raw: Raw, dialect: str | None) -> tuple[Block, Raw]:
    """A block, and the patch with which `show_block` makes the same of it again.

    Raises:
        InvalidInput: it is of a kind that is not accepted, or not whole.
    """
    kind = text_field(raw, "type")
    shape = next((shape for shape in _DIALECTS[dialect or OWN] if shape.tag == kind), None)
    if shape is None and kind in _TAGS:
        raise InvalidInput(f"a block of type {quoted(kind)} is not accepted here. Accepted: {ACCEPTED}.")
    if shape is None or is_elsewhere(raw):
        name, patch = read_opaque(raw)
        return name, _of(name, patch)
    block = shape.read(raw)
    if not isinstance(block, ToolResult):
        return block, _of(block, difference(raw, shape.show(block)))
    parts, how = read_content(raw.get("content", ...), dialect)
    if any(isinstance(part, ToolCall | ToolResult) for part in parts):
        raise InvalidInput("a tool result holds text and images only.")
    result = block.model_copy(update={"content": parts})
    outside = {key: value for key, value in raw.items() if key != "content"}
    return result, _of(result, difference(outside, shape.show(result)) | how)


def _of(block: Block, patch: Raw) -> Raw:
    """The patch with the type of its block, so that it is never given to another."""
    return {**patch, _OF: block.type} if patch else {}


def in_short(how: Raw) -> Raw:
    """What of `how` stays for a message that is shown in short: how it was written, not what it held besides."""
    kept: Raw = {key: value for key, value in how.items() if key in _FORM}
    inner = cast("dict[str, Raw]", how.get(BLOCKS, {}))
    kept[BLOCKS] = {at: {key: value for key, value in patch.items() if key in _FORM} for at, patch in inner.items()}
    return kept


def show_block(block: Block, dialect: str | None, patch: Raw) -> Raw:
    """The block as its dialect writes it."""
    patch = patch if patch.get(_OF) == block.type else {}
    if WHOLE in patch:
        return cast("Raw", patch[WHOLE])
    shape = next(shape for shape in _DIALECTS[dialect or OWN] if shape.kind is type(block))
    shown = patched(shape.show(block), patch)
    return {**shown, **show_content(block.content, dialect, patch)} if isinstance(block, ToolResult) else shown


def read_content(content: JsonValue | object, dialect: str | None) -> tuple[tuple[Block, ...], Raw]:
    """Blocks of a `content`, and how it was written: a text, a list of blocks, one block (MCP), null or not at all
    (`...`).

    Raises:
        InvalidInput: it is something else.
    """
    if content is ...:
        return (), {"form": "none"}
    if content is None:
        return (), {"form": "null"}
    if isinstance(content, str):
        return ((Text(text=content),) if content else ()), {"form": "text"}
    form: Raw = {"form": "single"} if isinstance(content, dict) else {}
    read = [read_block(raw, dialect) for raw in listed(cast("JsonValue", content))]
    patches: Raw = {str(index): patch for index, (_, patch) in enumerate(read) if patch}
    return tuple(block for block, _ in read), {**form, **({BLOCKS: patches} if patches else {})}


def listed(content: JsonValue) -> list[Raw]:
    """The blocks of a content that is one, or a list of them.

    Raises:
        InvalidInput: it is something else.
    """
    if not isinstance(content, list | dict):
        raise InvalidInput("content must be a text or a list of blocks.")
    return objects([content] if isinstance(content, dict) else content, "content")


def as_written(blocks: list[Raw], how: Raw) -> list[Raw] | Raw:
    """The blocks, or the block where a single one was sent."""
    return blocks[0] if how.get("form") == "single" and len(blocks) == 1 else blocks


def show_content(blocks: Sequence[Block], dialect: str | None, how: Raw) -> Raw:
    """`{"content": …}` as it was written; nothing when there was none."""
    form = how.get("form")
    if form in ("none", "null", "text") and all(isinstance(block, Text) for block in blocks):
        if not blocks and form != "text":
            return {"content": None} if form == "null" else {}
        return {"content": "\n".join(block.text for block in blocks if isinstance(block, Text))}
    patches = cast("dict[str, Raw]", how.get(BLOCKS, {}))
    shown = [show_block(block, dialect, patches.get(str(at), {})) for at, block in enumerate(blocks)]
    return {"content": cast("JsonValue", as_written(shown, how))}


def _image(raw: Raw, data: str, mime_type: str) -> Image:
    return Image(data=text_field(raw, data), mime_type=text_field(raw, mime_type))


def _read_source(raw: Raw) -> Image:
    source = object_field(raw, "source")
    if source.get("type") != "base64":
        raise InvalidInput("the source of an image must say its type: base64, url or file.")
    return _image(source, "data", "media_type")


def _show_source(image: Image) -> Raw:
    return {"type": "image", "source": {"type": "base64", "media_type": image.mime_type, "data": image.data}}


def _read_image_url(raw: Raw) -> Image:
    url = text_field(object_field(raw, "image_url"), "url")
    head, comma, data = url.partition(",")
    if not (comma and head.startswith(_DATA_URL) and head.endswith(";base64")):
        raise InvalidInput("a data: URL must be base64: data:image/png;base64,…")
    return Image(data=data, mime_type=head[len(_DATA_URL) : -len(";base64")])


def _show_image_url(image: Image) -> Raw:
    return {"type": "image_url", "image_url": {"url": f"{_DATA_URL}{image.mime_type};base64,{image.data}"}}


def _read_own_call(raw: Raw) -> ToolCall:
    arguments = None if raw.get("arguments", ...) is None else object_field(raw, "arguments")
    written = text_field(raw, "raw") if "raw" in raw else ""
    return ToolCall(id=text_field(raw, "id"), name=text_field(raw, "name"), arguments=arguments, raw=written)


def _read_use(raw: Raw) -> ToolCall:
    return ToolCall(id=text_field(raw, "id"), name=text_field(raw, "name"), arguments=object_field(raw, "input"))


def _show_use(call: ToolCall) -> Raw:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments}


def _reading_result(call: str, error: str) -> Callable[[Raw], ToolResult]:
    def read(raw: Raw) -> ToolResult:
        name = text_field(raw, "name") if call == "call_id" and "name" in raw else ""
        return ToolResult(call_id=text_field(raw, call), name=name, content=(), is_error=flag_field(raw, error))

    return read


def _showing_result(call: str, error: str) -> Callable[[ToolResult], Raw]:
    def show(result: ToolResult) -> Raw:
        own: Raw = {"name": result.name} if call == "call_id" else {}
        return {"type": "tool_result", call: result.call_id, **own, error: result.is_error}

    return show


_TEXT = Shape(
    "text", Text, lambda raw: Text(text=text_field(raw, "text")), lambda text: {"type": "text", "text": text.text}
)
_USE = Shape("tool_use", ToolCall, _read_use, _show_use)
_DIALECTS: dict[str, tuple[Shape, ...]] = {
    OWN: (
        _TEXT,
        Shape("image", Image, lambda raw: _image(raw, "data", "mime_type"), lambda image: image.model_dump()),
        Shape("tool_call", ToolCall, _read_own_call, lambda call: call.model_dump()),
        Shape(
            "tool_result", ToolResult, _reading_result("call_id", "is_error"), _showing_result("call_id", "is_error")
        ),
    ),
    ANTHROPIC: (
        _TEXT,
        Shape("image", Image, _read_source, _show_source),
        _USE,
        Shape(
            "tool_result",
            ToolResult,
            _reading_result("tool_use_id", "is_error"),
            _showing_result("tool_use_id", "is_error"),
        ),
    ),
    MCP: (
        _TEXT,
        Shape(
            "image",
            Image,
            lambda raw: _image(raw, "data", "mimeType"),
            lambda image: {"type": "image", "data": image.data, "mimeType": image.mime_type},
        ),
        _USE,
        Shape(
            "tool_result", ToolResult, _reading_result("toolUseId", "isError"), _showing_result("toolUseId", "isError")
        ),
    ),
    OPENAI: (_TEXT, Shape("image_url", Image, _read_image_url, _show_image_url)),
}
_TAGS = frozenset(shape.tag for shapes in _DIALECTS.values() for shape in shapes)
