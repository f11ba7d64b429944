"""Tool calls and their results: each result belongs to a call of the assistant message before it, and every call is
answered before anybody else speaks. Kept at the door, so that no compaction ever meets half of a pair."""

from collections.abc import Sequence

from deskhand.context.message import Message, ToolResult
from deskhand.errors import InvalidInput
from deskhand.toolsets.conversations.wire import quoted

_NAME = 128
"""Characters of a tool's name that an error repeats."""


def open_calls(messages: Sequence[Message]) -> dict[str, str]:
    """Id and tool of the calls of the last assistant message that have no result yet."""
    answered: set[str] = set()
    for message in reversed(messages):
        if message.role != "tool":
            return {call.id: call.name for call in message.tool_calls if call.id not in answered}
        answered.update(result.call_id for result in _results(message))
    return {}


def paired(groups: Sequence[Sequence[Message]], waiting: dict[str, str]) -> list[list[Message]]:
    """The messages, each result with the name of the tool that was called; `waiting` is what was open before.

    Raises:
        InvalidInput: a result without its call, or somebody speaks while a call has no result.
    """
    waiting = dict(waiting)
    done: list[list[Message]] = []
    for number, group in enumerate(groups, 1):
        try:
            done.append([_taken_up(message, waiting) for message in group])
        except InvalidInput as error:
            raise InvalidInput(f"Message {number}: {error.message}") from error
    return done


def _taken_up(message: Message, waiting: dict[str, str]) -> Message:
    if message.role == "tool":
        content = tuple(_answer(result, waiting) for result in _results(message))
        return message.model_copy(update={"content": content})
    if waiting:
        call_id, name = next(iter(waiting.items()))
        raise InvalidInput(
            f"the call {quoted(call_id)} of {name[:_NAME]} has no result yet. Send its result first; when there is "
            "none, one that says so, as an error. Nothing was stored."
        )
    for call in message.tool_calls:
        if call.id in waiting:
            raise InvalidInput(f"two calls have the id {quoted(call.id)}. Give each its own.")
        waiting[call.id] = call.name
    return message


def _answer(result: ToolResult, waiting: dict[str, str]) -> ToolResult:
    name = waiting.pop(result.call_id, None)
    if name is None:
        raise InvalidInput(
            f"a result for the call {quoted(result.call_id)}, which the assistant message before it did not make, or "
            "which has a result already. Send the assistant message with the call first. Nothing was stored."
        )
    if result.name not in ("", name):
        raise InvalidInput(
            f"the call {quoted(result.call_id)} was of {name[:_NAME]}, and its result says {result.name[:_NAME]}."
        )
    return result.model_copy(update={"name": name})


def _results(message: Message) -> list[ToolResult]:
    return [block for block in message.content if isinstance(block, ToolResult)]
