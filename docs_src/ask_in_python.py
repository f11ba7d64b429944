"""Ask an assistant with tools from Python: `python docs_src/ask_in_python.py`.

The model is scripted, so that this runs without a key; put your own in its place (`deskhand.models.discover`).
"""

from collections.abc import Sequence

import anyio
from pydantic import JsonValue

from deskhand.host.chat import Chat
from deskhand.host.events import TextDelta, ToolFinished
from deskhand.host.human import ApprovalRequest, Decision, Nobody
from deskhand.host.scripted import WRITES, ScriptedServers
from deskhand.host.tools import ProgressCallback
from deskhand.models.script import ScriptedCall, Step
from deskhand.models.scripted import ScriptedModel

model = ScriptedModel(
    [
        Step(text="I write it down. ", calls=(ScriptedCall(name="save", arguments={"text": "Buy milk"}),)),
        Step(text="Saved."),
    ]
)
servers = ScriptedServers()
"""In their place: `Chat(model, servers=[ServerSpec("files", url="https://…/mcp")])`."""


async def save(arguments: dict[str, JsonValue], _progress: ProgressCallback) -> str:
    """A tool, so that there is something to approve."""
    return f"Saved: {arguments['text']}"


servers.add("notes/save", save, hints=WRITES)


class Approving(Nobody):
    """The person: says yes to everything, and what to."""

    async def approve(self, requests: Sequence[ApprovalRequest]) -> list[Decision]:
        """Decide about calls made in parallel."""
        for request in requests:
            print(f"May it {request.title}? It {request.reason}. Yes.")
        return [Decision(allow=True) for _ in requests]


async def main() -> None:
    """One turn, event by event."""
    async with Chat(model, connections=servers, human=Approving()) as chat:
        async for event in chat.send("Remind me to buy milk."):
            if isinstance(event, TextDelta):
                print(event.text, end="")
            elif isinstance(event, ToolFinished):
                print(f"[{event.result.source}: {event.outcome}]")
        print()


anyio.run(main)
