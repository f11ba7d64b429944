"""What holds of whatever is shown to a model, counted and looked up without the code that is tested."""

from collections.abc import Iterator, Mapping, Sequence

from deskhand.context.message import Message, ToolResult
from deskhand.context.shorten import is_short, original_id

Unit = list[Message]


def units_of(messages: Sequence[Message]) -> list[Unit]:
    """Each message with the tool messages after it."""
    found: list[Unit] = []
    for message in messages:
        if message.role == "tool" and found:
            found[-1].append(message)
        else:
            found.append([message])
    return found


def answered(unit: Unit) -> list[str]:
    """The calls whose results stand in a unit."""
    return [block.call_id for message in unit for block in message.content if isinstance(block, ToolResult)]


def asked(unit: Unit) -> list[str]:
    """The calls that a unit makes."""
    return [call.id for message in unit for call in message.tool_calls]


def why_refused(shown: Sequence[Message]) -> str:
    """Why a provider would not take these messages; empty when it would."""
    found = units_of(shown)
    for number, unit in enumerate(found):
        if unit[0].role == "tool":
            return f"{unit[0].id}: a result without its call"
        if set(answered(unit)) - set(asked(unit)):
            return f"{unit[0].id}: a result after something else than its call"
        if set(asked(unit)) - set(answered(unit)) and number < len(found) - 1:
            return f"{unit[0].id}: a call without its result"
    ids = [message.id for message in shown]
    return "" if len(set(ids)) == len(ids) else "the same message twice"


def whole(shown: Sequence[Message]) -> dict[str, Message]:
    """The messages that are shown word for word, by id."""
    return {message.id: message for message in shown if not is_short(message)}


def in_order(part: Sequence[Message], every: Sequence[Message]) -> bool:
    """Whether the messages of `part` stand in `every`, word for word and in this order."""
    rest: Iterator[Message] = iter(every)
    return all(any(message == other for other in rest) for message in part)


def originals(shown: Sequence[Message], every: Mapping[str, Message]) -> list[str]:
    """The ids of what is shown of a conversation, whole or in short, without the digest and what came back."""
    return [original_id(message) for message in shown if original_id(message) in every]


def request_of(messages: Sequence[Message]) -> list[Message]:
    """The last message of the user, with those of the user right before it."""
    found: list[Message] = []
    for message in reversed(messages):
        if message.role == "user":
            found.append(message)
        elif found:
            break
    return found[::-1]
