"""Talks that soon outgrow a small window, and what stood in the requests to the model."""

from collections.abc import Iterable, Sequence

from desk import Desk

from deskhand.context.message import Message, ToolResult
from deskhand.host.chat import Chat
from deskhand.host.events import Event
from deskhand.models.model import Request
from deskhand.models.script import Step
from deskhand.models.scripted import StepSource

ANSWER = "Of {last} " + "word " * 90
"""No two are the same: of what repeats, only the last would stay."""
WINDOW = 4_000
"""Tokens; about ten turns of `talk` fill it."""
_ENOUGH = 60


def small(*steps: StepSource, window: int = WINDOW) -> Desk:
    """A desk whose model says little, at length, once the steps are used up."""
    return Desk(*steps, Step(text=ANSWER, times=None), window=window)


def beside(desk: Desk, chat: Chat) -> Desk:
    """What another process has: a model of its own, and the same conversation in the same database."""
    other = small()
    other.database, other.conversation = desk.database, chat.conversation.id
    return other


async def talk(chat: Chat, topics: Iterable[str]) -> list[Event]:
    """The events of a turn about each topic."""
    return [event for topic in topics for event in await turn(chat, f"{topic} " + "word " * 60)]


async def turn(chat: Chat, text: str) -> list[Event]:
    """The events of one turn."""
    return [event async for event in chat.send(text)]


async def talk_until_compacted(chat: Chat, about: str = "topic", times: int = 1) -> list[Event]:
    """The events of as many turns as it takes to have so many compactions in force."""
    happened: list[Event] = []
    for number in range(_ENOUGH):
        if len(chat.memory.receipts) >= times:
            return happened
        happened += await talk(chat, [f"{about} {number}"])
    raise AssertionError(f"{len(chat.memory.receipts)} compactions are in force after {_ENOUGH} turns.")


def ids(messages: Iterable[Message]) -> list[str]:
    """Their ids, in order."""
    return [message.id for message in messages]


def recalled(request: Request) -> str:
    """What came back in a request; empty when nothing did."""
    return "".join(message.text for message in request.messages if message.id.startswith("recalled-"))


def orphans(messages: Sequence[Message]) -> set[str]:
    """Ids of calls without a result, and of results without a call."""
    calls = {call.id for message in messages for call in message.tool_calls}
    return calls ^ {block.call_id for message in messages for block in message.content if isinstance(block, ToolResult)}
