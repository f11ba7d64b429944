"""What a model or a person wrote, such that it can be kept: half a character cannot be, nor one id for two calls."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from pydantic import JsonValue

from deskhand.context.message import Message, ToolCall, new_id
from deskhand.host.mention_words import readable_mentions
from deskhand.store.conversations import StoredOutput

TITLE_CHARACTERS = 60
"""The title is the beginning of the first thing the user said."""

_HALF = re.compile("[\ud800-\udfff]")
"""Half of a UTF-16 pair (RFC 8259, 8.2, lets JSON escape one alone); no UTF-8 text has it (RFC 3629, 3)."""


def whole(text: str) -> str:
    """The text with U+FFFD in place of each half of a character."""
    return _HALF.sub("\ufffd", text)


def keepable(message: Message) -> Message:
    """The message as it can be kept; itself, when nothing is wrong with it.

    A call whose arguments hold half a character has arguments that are not valid, and its text as it was written: it
    is answered so, and not made with others than the model meant.
    """
    try:
        message.model_dump_json()
    except ValueError:
        calls = tuple(_judged(block) if isinstance(block, ToolCall) else block for block in message.content)
        fields = message.model_copy(update={"content": calls}).model_dump()
        message = Message.model_validate(_whole(fields))
    return _told_apart(message)


def with_new_ids(message: Message, taken: Iterable[str]) -> Message:
    """The message with new ids for calls that have those of earlier ones: some models begin anew at each step."""
    return _told_apart(message, frozenset(taken))


def keepable_output(output: StoredOutput) -> StoredOutput:
    """The whole text of something, as it can be kept."""
    return replace(output, source=whole(output.source), text=whole(output.text))


def title_of(text: str) -> str:
    """What a conversation is called that begins with this."""
    line = " ".join(readable_mentions(text).split())
    return line if len(line) <= TITLE_CHARACTERS else line[: TITLE_CHARACTERS - 1] + "…"


def _judged(call: ToolCall) -> ToolCall:
    if not has_half(call.arguments):
        return call
    return call.model_copy(update={"arguments": None, "raw": call.raw or json.dumps(call.arguments)})


def _told_apart(message: Message, taken: frozenset[str] = frozenset()) -> Message:
    ids = [call.id for call in message.tool_calls]
    if len(ids) == len(set(ids)) and taken.isdisjoint(ids):
        return message
    seen = set(taken)
    content = [_other(block, seen) if isinstance(block, ToolCall) else block for block in message.content]
    return message.model_copy(update={"content": tuple(content)})


def _other(call: ToolCall, seen: set[str]) -> ToolCall:
    if call.id in seen:
        call = call.model_copy(update={"id": new_id()})
    seen.add(call.id)
    return call


def _whole(value: object) -> object:
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, dict):
        return {whole(key): _whole(one) for key, one in cast("dict[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_whole(one) for one in cast("Iterable[object]", value)]
    return value


def has_half(value: JsonValue) -> bool:
    """Whether half a character is anywhere in it."""
    return _HALF.search(json.dumps(value, ensure_ascii=False)) is not None
