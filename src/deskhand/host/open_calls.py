"""Calls that have no result yet, and what the model is told of those that will have none."""

from collections.abc import Collection, Iterator, Sequence

from deskhand.context.message import Message, Text, ToolResult

INTERRUPTED = (
    "Interrupted: the host stopped before this call was answered. Whether it had an effect is not known; check first."
)
NOT_BEGUN = "The host stopped before the call was made. Ask again if it is still needed."
PASSED_OVER = "Not made: the person did not say whether it may be."


def open_calls(messages: Sequence[Message]) -> dict[str, str]:
    """Id and tool name of the calls of the last assistant message that have no result yet."""
    answered: set[str] = set()
    for message in reversed(messages):
        if message.role != "tool":
            return {call.id: call.name for call in message.tool_calls if call.id not in answered}
        answered.update(block.call_id for block in message.content if isinstance(block, ToolResult))
    return {}


def passed_over(messages: Sequence[Message], waiting: Collection[str], but: Collection[str]) -> Iterator[Message]:
    """A result for each open call `but` those of these ids: what is known of it, given those that were `waiting`."""
    others = NOT_BEGUN if waiting else INTERRUPTED  # none of a step is begun until each of it is decided about
    for call_id, name in open_calls(messages).items():
        if call_id not in but:
            text = PASSED_OVER if call_id in waiting else others
            result = ToolResult(call_id=call_id, name=name, content=(Text(text=text),), is_error=True)
            yield Message(role="tool", content=(result,))
