"""Who hears of changes, in both eras."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import cast

import anyio
import mcp_types as types
import pytest
from mcp.client import Client
from mcp.client.session import IncomingMessage
from mcp.client.subscriptions import ResourcesListChanged, ResourceUpdated
from mcp.shared.exceptions import MCPError
from tests.server.sample_toolset import Sample

from deskhand.principal import Principal
from deskhand.server.build import DeskhandServer
from deskhand.server.subscriptions import MOST_FOLLOWED, Request, Subscriptions
from deskhand.testing import client_of, serving

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:resources/(un)?subscribe is removed")]


def sample_of(server: DeskhandServer) -> Sample:
    sample = server.toolsets[0]
    assert isinstance(sample, Sample)
    return sample


async def subscribe(client: Client, uri: str) -> None:
    await client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated]  # what older clients do


async def unsubscribe(client: Client, uri: str) -> None:
    await client.unsubscribe_resource(uri)  # pyright: ignore[reportDeprecated]


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(5):
        while not condition():
            await anyio.sleep(0.01)


async def test_a_listener_hears_of_its_resource_once_per_burst() -> None:
    async with serving(Sample) as server, client_of(server) as client:
        async with client.listen(resource_subscriptions=["shelf://a"], resources_list_changed=True) as events:
            await client.call_tool("change", {"name": "b"})
            await client.call_tool("change", {"name": "a"})
            with anyio.fail_after(5):
                heard = {await anext(aiter(events)), await anext(aiter(events))}
        assert heard == {ResourceUpdated("shelf://a"), ResourcesListChanged()}


async def test_a_session_of_the_handshake_era_hears_too_until_it_unsubscribes() -> None:
    heard: list[str] = []

    async def handler(message: IncomingMessage) -> None:
        if isinstance(message, types.ResourceUpdatedNotification):
            heard.append(str(message.params.uri))
        if isinstance(message, types.ResourceListChangedNotification):
            heard.append("list")

    async with serving(Sample) as server, Client(server.sdk, mode="legacy", message_handler=handler) as client:
        await subscribe(client, "shelf://a")
        await subscribe(client, "shelf://a")
        await client.call_tool("change", {"name": "a"})
        await until(lambda: len(heard) == 2)
        assert sorted(heard) == ["list", "shelf://a"]
        await unsubscribe(client, "shelf://a")
        await unsubscribe(client, "shelf://a")
        await client.call_tool("change", {"name": "a"})
        await until(lambda: len(heard) == 3)
        assert heard[2] == "list"


async def test_an_event_for_somebody_else_is_not_heard() -> None:
    async with serving(Sample, caller=Principal("ada")) as server, client_of(server) as client:
        async with client.listen(resource_subscriptions=["shelf://a"]) as events:
            await client.call_tool("whisper", {"name": "a", "subject": "bob"})
            await client.call_tool("whisper", {"name": "a", "subject": "ada"})
            with anyio.fail_after(5):
                assert await anext(aiter(events)) == ResourceUpdated("shelf://a")
            with anyio.move_on_after(0.5) as waited:
                await anext(aiter(events))
            assert waited.cancelled_caught


async def test_a_watcher_runs_from_the_first_follower_to_the_last() -> None:
    async with serving(Sample) as server, client_of(server) as client:
        sample = sample_of(server)
        async with client.listen(resource_subscriptions=["shelf://a"]):
            async with client.listen(resource_subscriptions=["shelf://a", "shelf://b"]):
                await until(lambda: sample.watching == {"a", "b"})
            await until(lambda: sample.watching == {"a"})
        await until(lambda: sample.watching == set())


async def test_a_watcher_of_a_session_stops_when_the_session_ends() -> None:
    async with serving(Sample) as server:
        async with Client(server.sdk, mode="legacy") as client:
            sample = sample_of(server)
            await subscribe(client, "shelf://a")
            await until(lambda: sample.watching == {"a"})
        assert sample.watching == set()


async def test_following_what_does_not_exist_is_refused() -> None:
    async with serving(Sample) as server, Client(server.sdk, mode="legacy") as client:
        with pytest.raises(MCPError, match="There is no resource"):
            await subscribe(client, "nowhere://a")


async def test_closing_ends_each_stream_and_takes_no_new_one() -> None:
    async with serving(Sample) as server, client_of(server) as client:
        async with client.listen(resource_subscriptions=["shelf://a"]) as events:
            assert server.subscriptions.streams == 1
            server.subscriptions.close()
            with anyio.fail_after(5):
                assert [event async for event in events] == []
        with pytest.raises(MCPError, match="shutting down"):
            async with client.listen(resource_subscriptions=["shelf://a"]):
                pass


class OldClient:
    """What the server holds of a session of the handshake era; `reads` false is a client that stopped reading."""

    def __init__(self, *, reads: bool) -> None:
        self.exit_stack = AsyncExitStack()
        self.told = anyio.Event()
        self._reads = reads

    async def send_resource_list_changed(self) -> None:
        if not self._reads:
            await anyio.sleep_forever()
        self.told.set()

    def request(self) -> Request:
        return cast(Request, SimpleNamespace(session=SimpleNamespace(_connection=self)))


async def test_a_session_that_does_not_read_keeps_nobody_from_hearing() -> None:
    subscriptions = Subscriptions(max_streams=1, find_watch=lambda _: None)
    stuck, hearing = OldClient(reads=False), OldClient(reads=True)
    async with subscriptions.running():
        subscriptions.join(stuck.request(), "ann")
        subscriptions.join(hearing.request(), "bob")
        subscriptions.resource_list_changed()
        with anyio.fail_after(5):
            await hearing.told.wait()
            await stuck.exit_stack.aclose()


async def test_one_stream_or_session_follows_so_many_resources_and_no_more() -> None:
    uris = [f"shelf://{number}" for number in range(MOST_FOLLOWED + 1)]
    async with serving(Sample) as server, client_of(server) as client:
        with pytest.raises(MCPError, match="at most 1,000"):
            async with client.listen(resource_subscriptions=uris):
                pass
        assert sample_of(server).watching == set()
    async with serving(Sample) as server, Client(server.sdk, mode="legacy") as client:
        for uri in uris[:-1]:
            await subscribe(client, uri)
        with pytest.raises(MCPError, match="at most 1,000"):
            await subscribe(client, uris[-1])


async def test_more_streams_than_the_limit_are_refused() -> None:
    settings = {"server": {"listen_streams": 1}}
    async with serving(Sample, settings=settings) as server, client_of(server) as client:
        async with client.listen(resources_list_changed=True):
            with pytest.raises(MCPError, match="which is the limit"):
                async with client.listen(resources_list_changed=True):
                    pass
