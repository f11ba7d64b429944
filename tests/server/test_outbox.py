"""`outbox://{key}`: one's own acts, listed, read and followed."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import anyio
import mcp_types as types
import pytest
from mcp.client import Client
from mcp.client.client import ConnectMode
from mcp.shared.exceptions import MCPError
from pydantic import JsonValue
from tests.server.letters import Letters

from deskhand.outbox.act import Act, Entry
from deskhand.principal import LOCAL, Principal
from deskhand.server.outbox import shown
from deskhand.testing import client_of, serving

pytestmark = pytest.mark.anyio
SETTINGS = {"letters": {"box": "letters.txt"}}


async def written(client: Client, text: str) -> str:
    result = await client.call_tool("letter_write", {"text": text})
    assert result.structured_content is not None
    assert result.structured_content["state"] == "waiting"
    return str(result.structured_content["uri"])


async def read(client: Client, uri: str) -> dict[str, object]:
    content = (await client.read_resource(uri)).contents[0]
    assert isinstance(content, types.TextResourceContents)
    return dict(json.loads(content.text))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_what_waits_is_listed_and_read_with_what_the_person_would_see(mode: ConnectMode) -> None:
    async with serving(Letters, settings=SETTINGS, time_zone="Europe/Berlin") as server:
        async with client_of(server, mode=mode) as client:
            uri = await written(client, "hello \u202eolleh")
            listed = [entry for entry in (await client.list_resources()).resources if str(entry.uri) == uri]
            told = await read(client, uri)
    assert [(entry.title or entry.name, entry.description) for entry in listed] == [
        ("A letter: hello \\u202eolleh", "waiting")
    ]
    assert told["preview"] == "Dear all,\nhello \\u202eolleh"
    assert told["state"] == "waiting"
    assert told["untrusted"] is True
    assert told["zone"] == "Europe/Berlin"


async def test_somebody_elses_act_does_not_exist() -> None:
    async with serving(Letters, settings=SETTINGS) as server, client_of(server) as client:
        entry = await server.outbox.propose("eve", Act("letter", "A secret", "A secret"))
        with pytest.raises(MCPError, match="nothing in the outbox"):
            await client.read_resource(entry.uri)
        listed = [str(resource.uri) for resource in (await client.list_resources()).resources]
    assert entry.uri not in listed


async def test_a_token_that_may_not_read_letters_may_not_read_what_is_posted() -> None:
    stranger = Principal(LOCAL.subject, scopes=frozenset({"files:read"}))
    async with serving(Letters, settings=SETTINGS, caller=stranger) as server, client_of(server) as client:
        entry = await server.outbox.propose(LOCAL.subject, Act("letter", "A letter", "Dear all"))
        assert (await client.list_resources()).resources == []
        with pytest.raises(MCPError, match="letters:read"):
            await client.read_resource(entry.uri)


async def test_a_follower_hears_when_it_is_decided(tmp_path: Path) -> None:
    async with serving(Letters, folder=tmp_path, settings=SETTINGS) as server, client_of(server) as client:
        uri = await written(client, "hello")
        async with client.listen(resource_subscriptions=[uri]) as events:
            await server.outbox.deny(LOCAL.subject, uri.removeprefix("outbox://"))
            with anyio.fail_after(10):
                async for event in events:
                    if getattr(event, "uri", None) == uri:
                        break
        assert (await read(client, uri))["state"] == "denied"


async def test_a_key_with_strange_characters_can_be_read() -> None:
    async with serving(Letters, settings=SETTINGS) as server, client_of(server) as client:
        act = Act("letter", "A letter", "Dear all")
        entry = await server.outbox.propose(LOCAL.subject, replace(act, title="Odd"), key="a b?c#d%41é")
        assert (await read(client, entry.uri))["title"] == "Odd"


async def test_what_another_server_answered_is_shown_with_hidden_characters_visible() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    answer: dict[str, JsonValue] = {"answer": "250 \u202eok", "warnings": ["\u202ea"], "local_only": True}
    entry = Entry("k", "mail", "done", "Mail", "Hi", "work", {}, None, answer, "", False, now, now, "ann")
    told = json.loads(shown(entry, UTC))
    assert told["result"] == {"answer": "250 \\u202eok", "warnings": ["\\u202ea"], "local_only": True}
