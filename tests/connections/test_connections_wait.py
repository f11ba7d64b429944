"""Waiting: for a server that says nothing, and for a person who thinks. In process, so that the clocks can be short."""

from typing import Annotated, Any

import anyio
import pytest
from mcp.server.mcpserver import Context, Elicit, MCPServer, Resolve
from mcp.shared.exceptions import UrlElicitationRequiredError
from mcp_types import ElicitRequestURLParams
from pydantic import BaseModel

from deskhand.errors import DeskhandError, Unavailable
from deskhand.host.human import FormAnswer
from deskhand.host.servers import ServerSpec

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("era", ["modern", "legacy"])]


class Choice(BaseModel):
    colour: str
    size: int = 7


async def ask() -> Elicit[Choice]:
    return Elicit("Which colour?", Choice)


class Slow:
    """A server with a tool that never answers, one that is slow but says so, and two that ask."""

    def __init__(self, era: Any, seconds: float) -> None:
        self.happened: list[str] = []
        self.visited = False
        server = MCPServer("slow")
        self.spec = ServerSpec("slow", in_process=server, era=era, timeout_seconds=seconds)

        @server.tool()
        async def hang() -> str:
            try:
                await anyio.sleep_forever()
            finally:
                self.happened.append("cancelled")
            return ""

        @server.tool()
        async def plod(ctx: Context) -> str:
            for step in range(6):
                await anyio.sleep(0.2)
                await ctx.report_progress(step)
            return "there"

        @server.tool()
        async def paint(choice: Annotated[Choice, Resolve(ask)]) -> str:
            return f"{choice.colour} {choice.size}"

        @server.tool()
        async def guarded() -> str:
            if not self.visited:
                self.visited = True
                page = ElicitRequestURLParams(
                    message="Agree first", url="https://example.com/agree", elicitation_id="1"
                )
                raise UrlElicitationRequiredError([page])
            return "let in"


async def test_a_silent_server_is_cut_and_the_request_cancelled(
    connected: Any, text_of: Any, sink: Any, until: Any, era: str
) -> None:
    slow = Slow(era, 0.3)
    async with connected(slow.spec, sink=sink) as connections:
        with pytest.raises(Unavailable, match=r"said nothing for 0\.3 s"):
            await text_of(connections, "hang")
        await until(lambda: slow.happened == ["cancelled"])
        assert connections.states()[0].state == "ready"


async def test_progress_is_a_sign_of_life(connected: Any, text_of: Any, sink: Any, era: str) -> None:
    async with connected(Slow(era, 0.8).spec, sink=sink) as connections:
        assert await text_of(connections, "plod") == "there"


async def test_a_thinking_person_does_not_count_as_silence(
    connected: Any, text_of: Any, sink: Any, human: Any, era: str
) -> None:
    person = human(FormAnswer("accept", {"colour": "red"}), pause=0.8)
    async with connected(Slow(era, 0.4).spec, sink=sink, human=person) as connections:
        assert await text_of(connections, "paint") == "red 7"


@pytest.mark.parametrize("action", ["accept", "decline"])
async def test_a_page_to_visit_first_is_shown_and_the_call_made_again_if_the_person_did(
    connected: Any, text_of: Any, sink: Any, human: Any, era: str, action: Any
) -> None:
    person = human(FormAnswer(action))
    async with connected(Slow(era, 5).spec, sink=sink, human=person) as connections:
        if action == "accept":
            assert await text_of(connections, "guarded") == "let in"
        else:
            with pytest.raises(DeskhandError):
                await text_of(connections, "guarded")
    assert [form.url for form in person.forms] == ["https://example.com/agree"]
