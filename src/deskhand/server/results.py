"""Results too large to show: shortened, still valid for their schema, with a link to the whole."""

import json
import logging
from dataclasses import dataclass
from typing import cast

from mcp_types import CallToolResult, ContentBlock, ResourceLink, TextContent
from pydantic import JsonValue

from deskhand.context.tokens import estimate
from deskhand.errors import InvalidInput
from deskhand.kept import Kept
from deskhand.principal import Principal

logger = logging.getLogger(__name__)

TEMPLATE = "result://{id}{?offset,length}"


@dataclass(frozen=True, slots=True)
class _Whole:
    """Where the whole is, None when it could not be kept, and how long it is."""

    uri: str | None
    characters: int


async def fit(kept: Kept, result: CallToolResult, *, tool: str, caller: Principal, max_tokens: int) -> CallToolResult:
    """`result` as it is when it fits; else shortened, still valid for its schema, with a link to the whole."""
    text = "\n".join(block.text for block in result.content if isinstance(block, TextContent))
    structured = result.structured_content
    whole = json.dumps(structured, ensure_ascii=False) if structured is not None else ""
    if max(estimate(text), estimate(whole)) <= max_tokens:
        return result
    longer = text if len(text) >= len(whole) else whole
    try:
        uri = (await kept.keep(longer, caller.subject)).uri
    except OSError as error:  # the call itself succeeded, so it must not look as if it had failed
        logger.error("the result of %s could not be kept: %s", tool, error)
        uri = None
    whole_view = _Whole(uri, len(longer))
    return _shortened(result, whole_view, tool=tool, characters=max_tokens * 2)


def _shortened(result: CallToolResult, kept: _Whole, *, tool: str, characters: int) -> CallToolResult:
    note = f"The result of {tool} is large ({kept.characters:,} characters). This is a shortened view; "
    note += (
        f"read the whole at {kept.uri} (add ?offset=N to page), or " if kept.uri else "the whole could not be kept; "
    )
    note += "ask for less."
    if result.structured_content is None:
        text = "\n".join(block.text for block in result.content if isinstance(block, TextContent))
        shown, changed = _clip(text, characters), {}
    else:
        short = shorten(cast(JsonValue, result.structured_content), characters)
        shown, changed = json.dumps(short, ensure_ascii=False), {"structured_content": short}
    content: list[ContentBlock] = [TextContent(type="text", text=note), TextContent(type="text", text=shown)]
    content += [block for block in result.content if not isinstance(block, TextContent)]
    if kept.uri:
        content.append(ResourceLink(type="resource_link", uri=kept.uri, name=f"{tool} result", size=kept.characters))
    return result.model_copy(update={"content": content, **changed})


def shorten(value: JsonValue, characters: int) -> JsonValue:
    """A copy of `value` whose JSON text is about `characters` long: long strings are cut visibly, long lists end early.

    Objects keep their keys, so the copy still fits a schema that sets no minimum lengths.
    """
    keep = max(characters, 200)
    while True:
        short = _cut(value, text=keep, items=max(keep // 100, 1))
        if len(json.dumps(short, ensure_ascii=False)) <= characters or keep < 20:
            return short
        keep //= 2


def _cut(value: JsonValue, *, text: int, items: int) -> JsonValue:
    if isinstance(value, str):
        return _clip(value, text)
    if isinstance(value, list):
        return [_cut(item, text=text, items=items) for item in value[:items]]
    if isinstance(value, dict):
        return {key: _cut(item, text=text, items=items) for key, item in value.items()}
    return value


def _clip(text: str, characters: int) -> str:
    if len(text) <= characters:
        return text
    return f"{text[:characters]} […{len(text) - characters:,} more characters]"


def number(text: str) -> int:
    """A count of characters from a URI's query.

    Raises:
        InvalidInput: it is not a whole number.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise InvalidInput(f"Expected a whole number of characters, got {text[:30]!r}.")
    return int(text)
