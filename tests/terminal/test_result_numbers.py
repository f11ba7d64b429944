"""Calls have numbers in the order of their cards, which say them, and which `/result N` goes by."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations
from tests.terminal.provider_room import Closing, Room, room
from tests.terminal.showing import call, finished, over, requested, started, text_of

from deskhand.context.message import ToolCall
from deskhand.host.servers import ServerSpec
from deskhand.models.script import ScriptedCall, Step
from deskhand.terminal.shown_calls import ShownCall, ShownCalls

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def busy_room(folder: Path) -> AsyncGenerator[Room]:
    """A chat that calls two tools at once, whatever is said. The second is not there, which is known at once."""
    server = MCPServer("others")

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    def look() -> str:
        return "It is there."

    both = Step(on="user", calls=(ScriptedCall(name=look.__name__), ScriptedCall(name="find")), times=None)
    model = Closing([both, Step(text="Done.", times=None)])
    async with room(folder, model, servers=[ServerSpec("others", in_process=server, trusted=True)]) as here:
        yield here


async def test_what_ended_last_is_not_the_last_that_is_shown(tmp_path: Path) -> None:
    async with busy_room(tmp_path) as here:
        shown = await here.types("both", "/result", "/result 1", "/result 2")
    said, _, told = shown.rpartition("steps: 2]")
    assert re.findall(r"[✓✗] (\w+)|/result (\d)", said) == [("find", ""), ("", "2"), ("look", ""), ("", "1")]
    assert re.findall("no tool|It is there", told) == ["no tool", "It is there", "no tool"]


async def test_numbers_go_on_where_a_conversation_does(tmp_path: Path) -> None:
    async with busy_room(tmp_path) as here:
        assert "/result 8" in await here.types("one", "two", "three", "four")
        resumed = await here.types("/resume latest", "five", "/result 1")
        assert "/result 10" in resumed
        assert not re.search(r"/result 1\b", resumed), "only the end is shown again"
        assert resumed.endswith("look · others/look It is there.")
        assert re.search(r"/result 1\b", await here.types("/new", "one"))


def test_cards_say_their_numbers_where_they_can_be_typed() -> None:
    first, second = call("1"), call("2")
    events = [*started(), *requested(first), *requested(second), over(second, "x"), over(first, "x"), *finished()]
    shown = text_of(events, calls=ShownCalls())
    assert shown.index("/result 1 ─╯") < shown.index("/result 2 ─╯")
    assert "/result" not in text_of(events), "as in a demonstration"


def test_a_call_is_found_by_its_number_or_tool_also_where_ids_begin_anew() -> None:
    calls = ShownCalls()
    assert calls.last() is None
    calls.begin([ToolCall(id="1", name="read", arguments={}), ToolCall(id="2", name="write", arguments={})])
    assert calls.add(ToolCall(id="1", name="read", arguments={})) == 3
    assert calls.of_number(1) == ShownCall("1", 1, namesakes=1)
    assert calls.last() == calls.last("read") == ShownCall("1", 3, namesakes=0)
    assert calls.last("write") == ShownCall("2", 2, namesakes=0)
    assert calls.of_number(0) is calls.of_number(4) is calls.last("send") is None
