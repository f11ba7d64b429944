"""Which messages must stay word for word, and why."""

from collections.abc import Sequence

from deskhand.context.instructions import standing_instructions
from deskhand.context.message import Message, ToolResult
from deskhand.context.open_asks import open_asks
from deskhand.context.receipt import Why


def reasons(messages: Sequence[Message], units: Sequence[range]) -> dict[int, Why]:
    """The units that stay for what they are, with the strongest reason of each."""
    found: dict[int, Why] = {}
    waiting = open_asks(messages) | unanswered(messages)
    request = set(last_request(messages))
    for number, unit in enumerate(units):
        why = _why([messages[index] for index in unit], waiting.intersection(unit), request.intersection(unit))
        if why is not None:
            found[number] = why
    for number in sorted(number for number, why in found.items() if why == "open"):
        answer = messages[units[number + 1].start] if number + 1 < len(units) else None
        if answer is not None and not answer.tool_calls and messages[units[number].start].role != answer.role:
            found.setdefault(number + 1, "open")  # it left the other open: without it, another would pass for an answer
    return found


def _why(unit: Sequence[Message], waiting: set[int], request: set[int]) -> Why | None:
    priorities = {message.metadata.priority for message in unit}
    if any(message.role == "system" for message in unit):
        return "system"
    if "pinned" in priorities:
        return "pinned"
    if request:
        return "request"
    if waiting:
        return "open"
    if any(standing_instructions(message) for message in unit):
        return "instruction"
    return "priority" if "high" in priorities else None


def last_request(messages: Sequence[Message]) -> list[int]:
    """Where the last request stands: the last user message, with those of the user right before it."""
    found: list[int] = []
    for index in range(len(messages) - 1, -1, -1):
        if messages[index].role == "user":
            found.append(index)
        elif found:
            break
    return found[::-1]


def unanswered(messages: Sequence[Message]) -> set[int]:
    """Messages with a tool call that has no result."""
    answered = {block.call_id for message in messages for block in message.content if isinstance(block, ToolResult)}
    return {
        index for index, message in enumerate(messages) if any(call.id not in answered for call in message.tool_calls)
    }
