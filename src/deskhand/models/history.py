"""The order providers insist on: every tool call is followed by its result, and no result stands alone.

A cancelled turn leaves calls without results; a shortened conversation can leave results without calls.
"""

from collections.abc import Iterator, Sequence

from deskhand.context.message import Message, Text, ToolResult

UNSHOWN = "[What was said before is not shown.]"
"""Stands before an answer that would be the first message: many providers and chat templates want a user's first."""
UNANSWERED = "This call was interrupted; it has no result."


def paired(messages: Sequence[Message]) -> Iterator[Message]:
    """The messages with stray results left out and an explanation in place of missing ones."""
    asked: dict[str, str] = {}
    for message in messages:
        if message.role == "tool":
            kept = _known(message, asked)
            for block in message.content:
                if isinstance(block, ToolResult):
                    asked.pop(block.call_id, None)
            if kept is not None:
                yield kept
            continue
        if asked:
            yield _explanation(asked)
        asked = {call.id: call.name for call in message.tool_calls} if message.role == "assistant" else {}
        yield message
    if asked:
        yield _explanation(asked)


def _known(message: Message, asked: dict[str, str]) -> Message | None:
    results = [block for block in message.content if isinstance(block, ToolResult)]
    known = tuple(block for block in results if block.call_id in asked)
    if len(known) == len(message.content):
        return message
    return message.model_copy(update={"content": known}) if known else None


def _explanation(asked: dict[str, str]) -> Message:
    content = tuple(
        ToolResult(call_id=call_id, name=name, content=(Text(text=UNANSWERED),), is_error=True)
        for call_id, name in asked.items()
    )
    return Message(role="tool", content=content, id="unanswered:" + ",".join(asked))


def leading_system(messages: Sequence[Message]) -> int:
    """How many messages at the start are system messages."""
    return next((count for count, message in enumerate(messages) if message.role != "system"), len(messages))


def current_turn(messages: Sequence[Message]) -> int:
    """Where the turn that is going on begins: behind the last user message."""
    for position in range(len(messages) - 1, -1, -1):
        if messages[position].role == "user":
            return position + 1
    return 0


def system_note(message: Message) -> str:
    """A system message in the middle of a conversation, for providers and chat templates that take none there."""
    return f"<system_note>\n{message.text}\n</system_note>"
