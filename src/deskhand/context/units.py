"""What stays or goes as one: a tool call is nothing without its result, and providers refuse either alone."""

from collections.abc import Sequence

from deskhand.context.message import Message


def turns(messages: Sequence[Message]) -> list[range]:
    """The turns: each from a user message that follows something else, to before the next such message."""
    starts = [
        index
        for index, message in enumerate(messages)
        if index == 0 or (message.role == "user" and messages[index - 1].role != "user")
    ]
    return _ranges(starts, len(messages))


def units(messages: Sequence[Message]) -> list[range]:
    """The units: each message with the tool results that follow it."""
    starts = [index for index, message in enumerate(messages) if message.role != "tool" or index == 0]
    return _ranges(starts, len(messages))


def _ranges(starts: Sequence[int], end: int) -> list[range]:
    return [range(start, stop) for start, stop in zip(starts, [*starts[1:], end], strict=True)]
