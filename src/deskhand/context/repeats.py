"""Exact repeats: the same text pasted again, the same tool asked again with the same result. The last one stays."""

import json
from collections.abc import Sequence

from deskhand.context.message import Message, Text, ToolCall, ToolResult

LEAST = 40
"""Characters below which a repeat means something: a second "yes" answers another question."""


def repeats(messages: Sequence[Message], units: Sequence[range]) -> dict[int, int]:
    """Units that a later one repeats word for word: their indexes, and that of the last one saying the same."""
    last: dict[str, int] = {}
    found: dict[int, int] = {}
    for index in range(len(units) - 1, -1, -1):
        said = _said([messages[at] for at in units[index]])
        if len(said) < LEAST:
            continue
        if said in last:
            found[index] = last[said]
        else:
            last[said] = index
    return found


def _said(unit: Sequence[Message]) -> str:
    """What a unit says, without what differs by nature: ids of calls, times."""
    return "\n".join(f"{message.role}: {_block(block)}" for message in unit for block in message.content)


def _block(block: object) -> str:
    if isinstance(block, Text):
        return block.text
    if isinstance(block, ToolCall):
        arguments = block.raw if block.arguments is None else json.dumps(block.arguments, sort_keys=True)
        return f"{block.name}({arguments})"
    if isinstance(block, ToolResult):
        return "\n".join(map(_block, block.content))
    return repr(block)
