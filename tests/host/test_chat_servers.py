"""The chat on real MCP connections, in process."""

from collections.abc import Sequence

import anyio
import pytest
from desk import last, only, outcome_of
from mcp.server.mcpserver import Context, MCPServer
from mcp_types import ToolAnnotations

from deskhand.host import events
from deskhand.host.attachments import Attachment
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.human import Decision
from deskhand.host.scripted import ScriptedHuman
from deskhand.host.servers import ServerSpec
from deskhand.models.script import ScriptedCall, Step
from deskhand.models.scripted import ScriptedModel

pytestmark = pytest.mark.anyio


class Desk:
    """A server with a tool of each kind."""

    def __init__(self) -> None:
        self.server = MCPServer("desk", instructions="Count before you save.")
        self.waits = anyio.Event()
        self.cancelled = anyio.Event()
        self.saved: list[str] = []
        self.server.tool(annotations=ToolAnnotations(read_only_hint=True))(self.count)
        self.server.tool(annotations=ToolAnnotations(read_only_hint=True))(self.wait)
        self.server.tool()(self.save)
        self.server.resource("note://today")(self.note)

    async def count(self, upto: int, ctx: Context) -> int:
        """Count, with progress."""
        await ctx.report_progress(1, 2, "half way")
        return upto

    async def wait(self) -> None:
        """Wait for ever."""
        self.waits.set()
        try:
            await anyio.sleep_forever()
        finally:
            self.cancelled.set()

    def save(self, text: str) -> str:
        """Save a text."""
        self.saved.append(text)
        return "saved"

    def note(self) -> str:
        """A note."""
        return "Buy milk."


def chat_with(desk: Desk, *steps: Step, decisions: Sequence[Decision] = (), outside: list[events.Event]) -> Chat:
    spec = ServerSpec("desk", in_process=desk.server, trusted=True)
    options = ChatOptions(listener=outside.append)
    return Chat(ScriptedModel(steps), servers=[spec], human=ScriptedHuman(decisions), options=options)


def calling(name: str, **arguments: str | int) -> Step:
    return Step(calls=(ScriptedCall(name=name, arguments=dict(arguments)),))


async def test_a_call_goes_through_with_progress_and_comes_back_as_text() -> None:
    outside: list[events.Event] = []
    async with chat_with(Desk(), calling("count", upto=3), Step(text="three"), outside=outside) as chat:
        happened = [event async for event in chat.send("count")]
    assert outcome_of(happened) == ("ok", "3")
    assert last(events.ToolProgress, happened).message == "half way"
    assert [event.state for event in only(events.ConnectionChanged, outside)] == ["ready", "closed"]


async def test_a_tool_without_annotations_asks() -> None:
    desk = Desk()
    steps = [calling("save", text="a"), calling("save", text="b"), Step(text="ok")]
    decisions = [Decision(allow=True), Decision(allow=False)]
    async with chat_with(desk, *steps, decisions=decisions, outside=[]) as chat:
        happened = [event async for event in chat.send("save")]
    assert [event.decision for event in only(events.ApprovalGiven, happened)] == ["allow", "deny"]
    assert desk.saved == ["a"]


async def test_cancelling_the_turn_cancels_the_call_in_the_server() -> None:
    desk = Desk()
    async with chat_with(desk, calling("wait"), Step(text="ok"), outside=[]) as chat:
        async for event in chat.send("wait"):
            if isinstance(event, events.ToolStarted):
                with anyio.fail_after(5):
                    await desk.waits.wait()
                await chat.cancel()
        with anyio.fail_after(5):
            await desk.cancelled.wait()
        assert await chat.answer("again") == "ok"


async def test_a_resource_can_be_attached() -> None:
    model = ScriptedModel([Step(text="ok")])
    async with Chat(model, servers=[ServerSpec("desk", in_process=Desk().server)]) as chat:
        await chat.answer("What is to do?", attachments=[Attachment("desk", "note://today")])
    assert "Buy milk." in model.requests[0].messages[-1].text


async def test_what_the_server_says_of_itself_reaches_the_model() -> None:
    model = ScriptedModel([Step(text="ok")])
    async with Chat(model, servers=[ServerSpec("desk", in_process=Desk().server)]) as chat:
        await chat.answer("hi")
    assert "desk:\n| Count before you save." in model.requests[0].messages[0].text
