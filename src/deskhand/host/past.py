"""An earlier conversation as events, so that it is shown as it was: a reload equals a replay."""

from collections.abc import Iterable, Iterator

from deskhand.context.message import Message, ToolResult, Usage
from deskhand.host.events import Event, ModelFinished, Notice, TextDelta, ToolFinished, ToolRequested, TurnStarted


def past_events(conversation: str, messages: Iterable[Message]) -> Iterator[Event]:
    """What the messages of a conversation looked like when they came."""
    for message in messages:
        at = message.metadata.timestamp
        if message.role == "user":
            yield TurnStarted(at=at, conversation=conversation, turn=message.id, text=message.text)
        elif message.role == "assistant":
            yield from _answer(message)
        elif message.role == "tool":
            yield from _results(message)


def _answer(message: Message) -> Iterator[Event]:
    at, metadata = message.metadata.timestamp, message.metadata
    yield TextDelta(at=at, text=message.text)
    yield ModelFinished(at=at, step=1, usage=metadata.usage or Usage(), reason="stop")
    if metadata.interrupted:
        yield Notice(at=at, level="warning", text="This answer was interrupted.")
    for call in message.tool_calls:
        yield ToolRequested(at=at, call=call, server="", title=call.name)


def _results(message: Message) -> Iterator[Event]:
    for block in message.content:
        if isinstance(block, ToolResult):
            outcome = "error" if block.is_error else "ok"
            at = message.metadata.timestamp
            yield ToolFinished(at=at, call_id=block.call_id, result=block, milliseconds=0, outcome=outcome)
