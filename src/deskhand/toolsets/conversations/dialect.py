"""Messages as hosts send them, in the dialect of their model, and shown again as they came.

What `context.message` does not hold (which dialect, whether content was a text, keys nobody here knows) is kept in
`Metadata.extra`, and given back.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from pydantic import JsonValue

from deskhand.context.message import Block, Image, Message, Role, Text, ToolCall, ToolResult
from deskhand.context.shorten import is_short
from deskhand.errors import InvalidInput
from deskhand.toolsets.conversations.blocks import (
    ASIDE,
    OPENAI,
    as_written,
    dialect_of,
    in_short,
    listed,
    read_content,
    show_content,
)
from deskhand.toolsets.conversations.bounds import check_messages
from deskhand.toolsets.conversations.function_calls import read_function_call, show_function_call
from deskhand.toolsets.conversations.metadata import WRITTEN, read_metadata
from deskhand.toolsets.conversations.wire import BLOCKS, CALLS, Raw, objects, quoted, text_field

ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
JOINED = "joined"
"""In what is kept of how a message was written: it came in one message with the tool results before it."""
_REFUSED = {"audio": "audio", "function_call": "functions of the older API"}
_ANSWER, _CALLS = ("content", "tool_call_id"), ("content", "tool_calls")
_HOLDS: dict[Role, tuple[type[Block], ...]] = {
    "system": (Text,),
    "user": (Text, Image),
    "assistant": (Text, Image, ToolCall),
    "tool": (ToolResult,),
}


@dataclass(frozen=True, slots=True)
class _Content:
    blocks: tuple[Block, ...]
    dialect: str | None
    how: Raw
    """How it was written: what `show_content` takes, and `aside`, `calls`."""
    taken: tuple[str, ...] = ("content",)
    """Keys of the message that it is made of."""


def read_messages(raws: Sequence[Raw], now: datetime) -> list[list[Message]]:
    """What each of `raws` says: one message, or two where tool results and text came as one.

    Those without a time get `now`, strictly in order. Names of tools in results may be empty: see `pairing`.

    Raises:
        InvalidInput: one is not understood; says which, and what would be.
    """
    check_messages(raws)
    read: list[list[Message]] = []
    for index, raw in enumerate(raws):
        try:
            read.append(_read(raw, now + timedelta(microseconds=index)))
        except InvalidInput as error:
            raise InvalidInput(f"Message {index + 1}: {error.message}") from error
    return read


def _read(raw: Raw, now: datetime) -> list[Message]:
    written_role = text_field(raw, "role")
    role = ROLES.get(written_role)
    if role is None:
        raise InvalidInput(f"role {quoted(written_role)} is unknown. Expected system, user, assistant or tool.")
    content = _read_content(raw, role)
    more: Raw = {key: value for key, value in raw.items() if key not in (*content.taken, "role", "metadata")}
    if odd := next((key for key in _REFUSED if more.get(key)), None):
        raise InvalidInput(f"{odd} is not accepted: {_REFUSED[odd]}. Send text, images, tool calls and results.")
    how: Raw = {**content.how, **({"role": written_role} if written_role != role else {})}
    metadata = read_metadata(raw.get("metadata"), now)
    thought = "\n".join(_thinking(content.how))
    metadata = metadata.model_copy(
        update={"dialect": content.dialect, "reasoning": metadata.reasoning or thought or None}
    )
    whole = Message(role=role, content=content.blocks, metadata=metadata)
    return [
        _with(part, {**written, **({"more": more} if more and not at else {})})
        for at, (part, written) in enumerate(_parts(whole, how))
    ]


def _with(message: Message, written: Raw) -> Message:
    if not written:
        return message
    extra: Raw = {**message.metadata.extra, WRITTEN: written}
    return message.model_copy(update={"metadata": message.metadata.model_copy(update={"extra": extra})})


def _thinking(how: Raw) -> list[str]:
    asides = cast("list[Raw]", how.get("aside", []))
    texts = [cast("Raw", aside["block"]).get("thinking") for aside in asides]
    return [text for text in texts if isinstance(text, str)]


def _read_content(raw: Raw, role: Role) -> _Content:
    if role == "tool" and "tool_call_id" in raw:
        return _tool_message(raw)
    if raw.get("tool_calls"):
        return _calling_message(raw)
    if "content" not in raw:
        raise InvalidInput("content is missing. Expected a text or a list of blocks.")
    content = raw["content"]
    if content is None or isinstance(content, str):
        blocks, how = read_content(content, None)
        return _Content(blocks, None, how)
    every = listed(content)
    dialect = dialect_of(every)
    aside: list[JsonValue] = [{"at": at, "block": block} for at, block in enumerate(every) if block["type"] in ASIDE]
    if aside and role != "assistant":
        raise InvalidInput("only an assistant message holds thinking.")
    blocks, how = read_content([block for block in every if block["type"] not in ASIDE], dialect)
    single: Raw = {"form": "single"} if isinstance(content, dict) else {}
    return _Content(blocks, dialect, {**how, **single, **({"aside": aside} if aside else {})})


def _tool_message(raw: Raw) -> _Content:
    """OpenAI's tool message."""
    every = listed(raw["content"]) if isinstance(raw.get("content"), list | dict) else []
    if dialect_of(every) not in (None, OPENAI):
        raise InvalidInput("a message with tool_call_id holds a text or OpenAI's content parts.")
    blocks, how = read_content(raw.get("content", ...), OPENAI)
    parts = tuple(block for block in blocks if isinstance(block, Text | Image))
    return _Content(
        (ToolResult(call_id=text_field(raw, "tool_call_id"), name="", content=parts),), OPENAI, how, _ANSWER
    )


def _calling_message(raw: Raw) -> _Content:
    """OpenAI's assistant message with tool calls."""
    blocks, how = read_content(raw.get("content", ...), OPENAI)
    calls = [read_function_call(call) for call in objects(raw["tool_calls"], "tool_calls")]
    patches: list[JsonValue] = [patch for _, patch in calls]
    return _Content((*blocks, *(call for call, _ in calls)), OPENAI, {**how, CALLS: patches}, _CALLS)


def _parts(whole: Message, how: Raw) -> list[tuple[Message, Raw]]:
    """The message in one piece, or as tool results and what was said after them, with how each is written."""
    results = [isinstance(block, ToolResult) for block in whole.content]
    count = sum(results)
    if whole.role == "user" and count:
        if not all(results[:count]):
            raise InvalidInput("tool results come before anything else in a message.")
        if count == len(results):
            return [(_piece(whole, "tool", 0, count), how | {"role": "user"})]
        first = _piece(whole, "tool", 0, count), _how_of(how, 0, count) | {"role": "user"}
        rest = _piece(whole, "user", count, len(results)), _how_of(how, count, len(results)) | {JOINED: True}
        return [first, rest]
    if whole.role == "tool" and not count:
        raise InvalidInput("a tool message needs tool_call_id (OpenAI) or tool_result blocks.")
    if odd := next((block for block in whole.content if not isinstance(block, _HOLDS[whole.role])), None):
        raise InvalidInput(f"a {whole.role} message holds no {odd.type} block.")
    return [(whole, how)]


def _piece(whole: Message, role: Role, start: int, stop: int) -> Message:
    return Message(role=role, content=whole.content[start:stop], metadata=whole.metadata)


def _how_of(how: Raw, start: int, stop: int) -> Raw:
    """The patches of some of the blocks, counted from the first of them."""
    patches = cast("Raw", how.get(BLOCKS, {}))
    own: Raw = {str(int(at) - start): patch for at, patch in patches.items() if start <= int(at) < stop}
    return {BLOCKS: own} if own else {}


def show_messages(messages: Sequence[Message], *, reasoning: Collection[str] | None = None) -> list[Raw]:
    """Messages as they came in, without their metadata.

    What came as one message is one again where both parts are there and follow each other. Blocks of the model's
    reasoning are shown in all messages, or in those with the ids in `reasoning`.
    """
    shown: list[Raw] = []
    before: Message | None = None
    for message in messages:
        one = show(message, reasoning=reasoning is None or message.id in reasoning)
        first = shown[-1].get("content") if shown else None
        follows = before is not None and before.role == "tool" and written(message).get(JOINED)
        if follows and isinstance(first, list) and shown[-1]["role"] == one["role"]:
            shown[-1] = {**shown[-1], "content": [*first, *cast("list[JsonValue]", one["content"])]}
        else:
            shown.append(one)
        before = message
    return shown


def show(message: Message, *, reasoning: bool = True) -> Raw:
    """One message as it came in, without its metadata."""
    how = written(message)
    dialect = message.metadata.dialect
    shown: Raw = {"role": how.get("role", message.role)}
    if dialect == OPENAI:
        shown |= _show_openai(message, how)
    else:
        shown |= show_content(message.content, dialect, how)
    if reasoning and (thoughts := asides(message)):
        content = shown["content"]
        every = cast("list[Raw]", content if isinstance(content, list) else [content])
        for aside in thoughts:
            every.insert(cast("int", aside["at"]), cast("Raw", aside["block"]))
        shown["content"] = cast("JsonValue", as_written(every, how))
    return {**shown, **cast("Raw", how.get("more", {}))}


def _show_openai(message: Message, how: Raw) -> Raw:
    results = [block for block in message.content if isinstance(block, ToolResult)]
    if results:
        return {"tool_call_id": results[0].call_id, **show_content(results[0].content, OPENAI, how)}
    said = [block for block in message.content if not isinstance(block, ToolCall)]
    shown = show_content(said, OPENAI, how)
    patches = cast("list[Raw]", how.get(CALLS, []))
    if message.tool_calls:
        calls = zip(message.tool_calls, patches, strict=True)
        shown["tool_calls"] = [show_function_call(call, patch) for call, patch in calls]
    return shown


def written(message: Message) -> Raw:
    """How a host wrote the message, and what it sent besides what is understood; of a message in short only how."""
    how = cast("Raw", message.metadata.extra.get(WRITTEN, {}))
    return in_short(how) if is_short(message) else how


def asides(message: Message) -> list[Raw]:
    """Blocks of the model's reasoning, with the places where they stood."""
    return cast("list[Raw]", written(message).get("aside", []))


def plain(message: Message) -> Message:
    """A message of Deskhand's own, to be shown with its text as a string, which every dialect takes."""
    return _with(message, {"form": "text"})
