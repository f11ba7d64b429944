"""What stays or goes as one: a tool call is nothing without its result, and providers refuse either alone."""

from collections.abc import Sequence

from deskhand.context.message import Message, ToolResult


def units(messages: Sequence[Message]) -> list[range]:
    """The units: each message with the tool results that follow it, and with all up to the results of its calls."""
    starts: list[int] = []
    called: dict[str, int] = {}
    for index, message in enumerate(messages):
        begins = min((called.get(name, index) for name in _answered(message)), default=index)
        if message.role == "tool" and starts:
            begins = min(begins, starts[-1])
        while starts and starts[-1] > begins:
            starts.pop()
        if not starts or starts[-1] < begins:
            starts.append(begins)
        called.update((call.id, index) for call in message.tool_calls)
    return [range(start, stop) for start, stop in zip(starts, [*starts[1:], len(messages)], strict=True)]


def _answered(message: Message) -> list[str]:
    return [block.call_id for block in message.content if isinstance(block, ToolResult)]
