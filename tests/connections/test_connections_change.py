"""Servers that come, go and are configured anew while the connections are open."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from deskhand.errors import Conflict, NotFound
from deskhand.host.servers import ServerSpec

pytestmark = pytest.mark.anyio

Stdio = Callable[..., ServerSpec]


def nothing_heard(_done: float, _total: float | None, _message: str | None) -> None:
    """Of progress."""


async def test_a_server_that_is_added_offers_its_tools(connected: Any, sink: Any, stdio_spec: Stdio) -> None:
    async with connected(sink=sink) as connections:
        await connections.add(stdio_spec())
        await connections.ready(20)
        assert "echo" in [tool.name for tool in connections.tools()]
        with pytest.raises(Conflict, match="already a server named peer"):
            await connections.add(stdio_spec())


async def test_servers_may_come_and_go_while_they_are_waited_for(connected: Any, sink: Any, stdio_spec: Stdio) -> None:
    async with connected(sink=sink) as connections:
        await connections.add(stdio_spec("first"))
        async with anyio.create_task_group() as group:
            group.start_soon(connections.ready, 20)
            await anyio.lowlevel.checkpoint()
            await connections.add(replace(stdio_spec("second"), enabled=False))
        assert [(state.name, state.state) for state in connections.states()] == [
            ("first", "ready"),
            ("second", "failed"),
        ]


async def test_a_call_of_a_server_that_was_removed_says_so(
    connected: Any, sink: Any, stdio_spec: Stdio, tool_of: Any
) -> None:
    async with connected(stdio_spec(), sink=sink) as connections:
        echo = tool_of(connections, "echo")
        await connections.remove("peer")
        with pytest.raises(NotFound, match="no server named peer"):
            await connections.call(echo, {"text": "hi"}, on_progress=nothing_heard)


async def test_a_server_that_is_removed_is_gone_and_its_process_ends(
    connected: Any, sink: Any, stdio_spec: Stdio, until: Any
) -> None:
    async with connected(stdio_spec(), sink=sink) as connections:
        await connections.remove("peer")
        assert (connections.tools(), connections.states()) == ([], [])
        await until(lambda: [event.state for event in sink.of("connection_changed")][-1] == "closed")
        with pytest.raises(NotFound, match="no server named peer"):
            await connections.remove("peer")


async def test_another_command_is_started_in_place_of_the_first(
    connected: Any, sink: Any, stdio_spec: Stdio, until: Any
) -> None:
    async with connected(stdio_spec(), sink=sink) as connections:
        await connections.replace(stdio_spec(env={"PEER_TOOL": "newer"}))
        await until(lambda: "newer" in [tool.name for tool in connections.tools()])


async def test_what_never_worked_as_it_is_configured_now_has_failed(
    connected: Any, sink: Any, stdio_spec: Stdio, until: Any
) -> None:
    async with connected(stdio_spec(), sink=sink) as connections:
        await connections.replace(replace(stdio_spec(), args=("-c", "raise SystemExit(3)")))
        await until(lambda: connections.states()[0].state == "failed")
        assert connections.listed() == []


async def test_trust_and_tools_off_need_no_new_connection(
    connected: Any, sink: Any, stdio_spec: Stdio, text_of: Any
) -> None:
    async with connected(stdio_spec(), sink=sink) as connections:
        before = await text_of(connections, "process")
        await connections.replace(replace(stdio_spec(), trusted=True, disabled_tools=("echo",)))
        assert {tool.trusted for tool in connections.tools()} == {True}
        assert "echo" not in [tool.name for tool in connections.tools()]
        assert await text_of(connections, "process") == before
