"""A person with a token, connected to a server process, and what they hear unasked."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

import anyio
import httpx2
import mcp_types as types
from mcp.client import Client, ClientRequestContext
from mcp.client.client import ConnectMode
from mcp.client.streamable_http import streamable_http_client
from tests.protocol.server_process import ServerProcess

from deskhand.store.database import Database
from deskhand.store.tokens import Tokens


class Person:
    """A connected client of one person, and what it heard unasked."""

    def __init__(self, client: Client, heard: list[object]) -> None:
        self.client = client
        self.heard = heard

    async def call(self, tool: str, **arguments: object) -> Mapping[str, Any]:
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        return cast("Mapping[str, Any]", result.structured_content)

    async def read(self, uri: str) -> str:
        contents = (await self.client.read_resource(uri)).contents[0]
        assert isinstance(contents, types.TextResourceContents)
        return contents.text

    def has_heard_of(self, uri: str) -> bool:
        return any(
            isinstance(each, types.ResourceUpdatedNotification) and each.params.uri == uri for each in self.heard
        )

    async def hears_of(self, uri: str) -> None:
        """Return when an update of this resource was announced."""
        with anyio.fail_after(10):
            while not self.has_heard_of(uri):
                await anyio.sleep(0.02)


@asynccontextmanager
async def person(server: ServerProcess, name: str, era: ConnectMode) -> AsyncGenerator[Person]:
    """Somebody with a token of their own, who agrees to forget what is asked about."""
    with Database.in_folder(server.folder) as database:
        secret, _ = Tokens(database).create(name, scopes=["*"])
    heard: list[object] = []

    async def hear(message: object) -> None:
        heard.append(message)

    async def agree(context: ClientRequestContext, params: types.ElicitRequestParams) -> types.ElicitResult:
        return types.ElicitResult(action="accept", content={"forget": True})

    async with AsyncExitStack() as stack:
        headers = {"Authorization": f"Bearer {secret}"}
        http = await stack.enter_async_context(httpx2.AsyncClient(headers=headers, timeout=60))
        target = streamable_http_client(f"{server.url}/mcp", http_client=http)
        client = Client(target, mode=era, message_handler=hear, elicitation_callback=agree)
        yield Person(await stack.enter_async_context(client), heard)
