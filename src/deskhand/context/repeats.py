"""Exact repeats: the same text pasted again, the same tool asked again with the same result. The last one stays."""

import json
from collections.abc import Sequence

from deskhand.context.message import Message, ToolCall, ToolResult

LEAST = 40
"""Characters below which a repeat means something: a second "yes" answers another question."""


_Said = tuple[tuple[str, ...], ...]


def repeats(messages: Sequence[Message], units: Sequence[range]) -> dict[int, int]:
    """Units that a later one repeats word for word: their indexes, and that of the last one saying the same."""
    last: dict[_Said, int] = {}
    found: dict[int, int] = {}
    for index in range(len(units) - 1, -1, -1):
        said = _said([messages[at] for at in units[index]])
        if sum(len(text) for texts in said for text in texts) < LEAST:
            continue
        if said in last:
            found[index] = last[said]
        else:
            last[said] = index
    return found


def _said(unit: Sequence[Message]) -> _Said:
    """What the messages of a unit say, without what differs by nature: ids of calls, times."""
    return tuple((f"{message.role}: ", *map(_block, message.content)) for message in unit)


def _block(block: object) -> str:
    """A block as a text that no block of another kind has."""
    if isinstance(block, ToolCall):
        arguments = block.raw if block.arguments is None else json.dumps(block.arguments, sort_keys=True)
        return repr((block.name, arguments))
    if isinstance(block, ToolResult):
        return repr((block.name, block.is_error, [_block(part) for part in block.content]))
    return repr(block)
