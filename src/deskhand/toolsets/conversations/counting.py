"""What a message costs as its host gets it back: besides its content, all that is kept beside that."""

import json
from collections.abc import Iterator
from typing import cast

from pydantic import JsonValue

from deskhand.context.message import Image, Message, Text, ToolCall, ToolResult
from deskhand.context.tokens import estimate
from deskhand.toolsets.conversations.blocks import OWN
from deskhand.toolsets.conversations.dialect import written
from deskhand.toolsets.conversations.opaque import PICTURES, WHOLE
from deskhand.toolsets.conversations.wire import MORE, Raw, patches_in

_ID_TOKENS = 8
"""What a meter reckons for the id of a call or a result, and the brackets around it."""


def counted(message: Message) -> Message:
    """The message as a meter is to count it: with what is given back beside its content as one more text.

    The model's reasoning is not in it: a view shows that only where there is room left.
    """
    beside = [*_given_back(written(message)), *_uncounted(message)]
    if not beside:
        return message
    pictures = [Image(data="", mime_type="") for one in beside if isinstance(one, dict) and one.get("type") in PICTURES]
    text = Text(text=json.dumps(beside, ensure_ascii=False))
    return message.model_copy(update={"content": (*message.content, text, *pictures)})


def _given_back(patch: Raw) -> Iterator[JsonValue]:
    yield from (patch[key] for key in (MORE, WHOLE) if key in patch)
    for deeper in patches_in(patch):
        yield from _given_back(deeper)


def _uncounted(message: Message) -> Iterator[JsonValue]:
    """What a meter does not look at, where it is larger than it reckons."""
    for block in message.content:
        ids = [part.mime_type for part in (block, *_parts(block)) if isinstance(part, Image)]
        ids += [block.id] if isinstance(block, ToolCall) else [block.call_id] if isinstance(block, ToolResult) else []
        yield from (id for id in ids if estimate(id) > _ID_TOKENS)
        if isinstance(block, ToolCall) and block.raw and message.metadata.dialect in (None, OWN):
            yield cast("JsonValue", block.arguments)  # shown beside what was written, and only that is counted


def _parts(block: object) -> tuple[Text | Image, ...]:
    return block.content if isinstance(block, ToolResult) else ()
