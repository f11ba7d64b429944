"""What the host costs: CPU of a whole turn in a conversation of so many messages, and memory over many turns.

    python -m bench.host

The turn is `Chat.send` from the user's words to `TurnFinished`, with a database on disk, thirty tools, and the
OpenAI-compatible adapter over real HTTP; the model is in a process of its own, whose CPU is not counted.
"""

import gc
import json
import statistics
import time
import tracemalloc
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from bench.model_process import WITH_TOOL, model_process
from bench.server import Row
from pydantic import JsonValue

from deskhand.context.message import Message, Text, ToolCall, ToolResult, user
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.conversation import Conversation
from deskhand.host.events import TurnFinished
from deskhand.host.scripted import ScriptedServers
from deskhand.host.tools import ProgressCallback
from deskhand.models.credentials import ApiKey
from deskhand.models.endpoint import Endpoint
from deskhand.models.model import Request
from deskhand.models.openai import OpenAIModel
from deskhand.models.openai_request import OpenAIRequest
from deskhand.settings import Settings
from deskhand.store.database import Database

LENGTHS = (20, 200, 600, 2_000)
GOAL_MESSAGES = 600
GOAL_MILLISECONDS = 10
TURNS = 15
"""Turns measured three times; the lowest median counts, because the machine has other work."""

WINDOW = 10_000_000
"""Tokens: nothing is to be shortened here."""

SMALL_WINDOW = 32_000
FILLING_TURNS = 100
"""Enough to fill the small window."""

MEMORY_TURNS = 1_000
GOAL_MEGABYTES = 5
_WORDS = "The quick brown fox jumps over the lazy dog, and the dog, who has seen it before, does not get up. "

MakeModel = Callable[[str], OpenAIModel]


class WholeRequest(OpenAIRequest):
    """What most hosts do: walk all messages with pydantic and json for each request."""

    def body(self, request: Request, max_output_tokens: int) -> bytes:
        messages = [message.model_dump(mode="json") for message in request.messages]
        tools = [{"name": tool.name, "parameters": tool.parameters} for tool in request.tools]
        wire = [{"role": each["role"], "content": json.dumps(each["content"])} for each in messages]
        wire[-1]["content"] = request.messages[-1].text
        return json.dumps({"model": "bench", "messages": wire, "stream": True, "tools": tools}).encode()


class WholeModel(OpenAIModel):
    """Our adapter with that request."""

    def __init__(self, url: str) -> None:
        super().__init__(Endpoint(url, ApiKey()), "bench", context_window=WINDOW)
        self._request = WholeRequest("bench")


def our_model(url: str) -> OpenAIModel:
    """The adapter as it is shipped."""
    return OpenAIModel(Endpoint(url, ApiKey()), "bench", context_window=WINDOW)


def small_model(url: str) -> OpenAIModel:
    """The same, as if a small model were behind it."""
    return OpenAIModel(Endpoint(url, ApiKey()), "bench", context_window=SMALL_WINDOW)


def history(length: int) -> list[Message]:
    """A conversation in which every other question took a tool: about 150 tokens a message."""
    messages: list[Message] = []
    while len(messages) < length:
        number = len(messages)
        call = ToolCall(id=f"call_{number}", name="lookup", arguments={"key": f"item {number}"})
        result = ToolResult(call_id=call.id, name="lookup", content=(Text(text=_WORDS * 6),), source="local/lookup")
        messages += [
            user(f"Question {number}. {_WORDS}"),
            Message(role="assistant", content=(Text(text="Let me look."), call)),
            Message(role="tool", content=(result,)),
            Message(role="assistant", content=(Text(text=_WORDS * 8),)),
        ]
    return messages[:length]


def servers() -> ScriptedServers:
    """Thirty tools in process: a call costs the host what a call costs, without a server's work."""

    async def lookup(_arguments: dict[str, JsonValue], _progress: ProgressCallback) -> str:
        return _WORDS

    found = ScriptedServers()
    properties: JsonValue = {f"field_{number}": {"type": "string", "description": _WORDS} for number in range(4)}
    for number in range(29):
        schema: dict[str, JsonValue] = {"type": "object", "properties": properties}
        found.add(f"tool_{number}", lookup, schema=schema, description=_WORDS)
    found.add("lookup", lookup, schema={"type": "object", "properties": {"key": {"type": "string"}}})
    return found


@asynccontextmanager
async def chatting(url: str, past: Sequence[Message], make: MakeModel = our_model) -> AsyncGenerator[Chat]:
    """A chat that continues a conversation."""
    with TemporaryDirectory() as folder, Database.in_folder(Path(folder)) as database:
        conversation = Conversation(database, "local")
        for message in past:
            await conversation.append(message)
        options = ChatOptions(database=database, conversation=conversation.id if past else None)
        model = make(url)
        async with Chat(model, connections=servers(), settings=Settings(), options=options) as chat:
            yield chat
        await model.aclose()


async def turn(chat: Chat, said: str) -> None:
    """One turn, which must end well."""
    async with aclosing(chat.send(said)) as events:
        async for event in events:
            if isinstance(event, TurnFinished):
                assert event.outcome == "done", event.error


async def cpu_per_turn(url: str, length: int, said: str, make: MakeModel = our_model) -> float:
    """Milliseconds of CPU of one turn, all threads together."""
    async with chatting(url, history(length), make) as chat:
        await turn(chat, said)  # encodes the history, as the first turn after a resume does
        return min([await _median(chat, said) for _ in range(3)])


async def _median(chat: Chat, said: str) -> float:
    spent: list[float] = []
    for _ in range(TURNS):
        started = time.process_time()
        await turn(chat, said)
        spent.append(time.process_time() - started)
    return statistics.median(spent) * 1_000


async def turns(url: str) -> list[Row]:
    """The turns at each length, beside the alternative."""
    rows: list[Row] = []
    for length in LENGTHS:
        whole = await cpu_per_turn(url, length, "And?", WholeModel)
        ours = await cpu_per_turn(url, length, "And?")
        tool = await cpu_per_turn(url, length, WITH_TOOL)
        goal = f", goal: {GOAL_MILLISECONDS} ms" if length == GOAL_MESSAGES else ""
        rows += [
            Row(f"turn at {length:,} messages: encoding all", f"{whole:.1f} ms CPU"),
            Row(f"turn at {length:,} messages: Deskhand", f"{ours:.1f} ms CPU", f"{ours / whole:.2f} x that{goal}"),
            Row("the same with a tool call", f"{tool:.1f} ms CPU", "two model requests"),
        ]
    return rows


async def memory(url: str) -> list[Row]:
    """How much more Python holds after many turns of one conversation, once its window is full.

    The window is that of a small model, so that old turns move out to the store all the time, as they will for anyone
    who chats for long.
    """
    async with chatting(url, [], small_model) as chat:
        tracemalloc.start()
        for _ in range(FILLING_TURNS):
            await turn(chat, WITH_TOOL)
        before = _megabytes()
        for _ in range(MEMORY_TURNS):
            await turn(chat, WITH_TOOL)
        grown = _megabytes() - before
        tracemalloc.stop()
    return [Row(f"memory after {MEMORY_TURNS:,} more turns", f"{grown:+.1f} MB", f"goal: under {GOAL_MEGABYTES} MB")]


def _megabytes() -> float:
    gc.collect()
    return tracemalloc.get_traced_memory()[0] / 1e6


def rows() -> list[Row]:
    """All of it."""
    with model_process() as url:
        return [*anyio.run(turns, url), *anyio.run(memory, url)]


if __name__ == "__main__":
    for row in rows():
        print(f"{row.what:<44} {row.value:>14}   {row.goal}")
