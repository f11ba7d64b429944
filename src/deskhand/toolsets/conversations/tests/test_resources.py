"""What clients read, complete and are told of; and the prompt."""

import json
from collections.abc import Sequence
from pathlib import Path

import mcp_types as types
import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError

from deskhand.context.message import Message, Text
from deskhand.context.tokens import estimate
from deskhand.principal import Principal
from deskhand.store.conversations import ConversationRow, Conversations, StoredMessage
from deskhand.store.database import Database
from deskhand.testing import RecordedChanges, call, read, refusal, services
from deskhand.toolset import ProgressReporter, ToolsetSettings
from deskhand.toolsets.conversations.tests.client import begun, conversations_client, lockers, said
from deskhand.toolsets.conversations.toolset import Conversations as Toolset

pytestmark = pytest.mark.anyio
ANN = Principal("ann")


class Quiet(ProgressReporter):
    """Reports to nobody."""

    def __init__(self) -> None:
        """There is no client."""

    async def __call__(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Drop it."""


def spoken(messages: Sequence[types.PromptMessage]) -> list[tuple[str, str]]:
    return [(each.role, each.content.text) for each in messages if isinstance(each.content, types.TextContent)]


async def test_a_conversation_can_be_read_from_its_end_and_on_from_its_beginning(tmp_path: Path) -> None:
    messages = [said("user" if number % 2 else "assistant", f"{number} " + "word " * 400) for number in range(1, 301)]
    async with conversations_client(tmp_path) as client:
        name = await begun(client, messages)
        overview = json.loads(await read(client, f"conversation://{name}"))
        assert (overview["id"], overview["count"], overview["title"][:6]) == (name, 300, "1 word")
        assert overview["messages"][-1]["id"] == "m300"
        assert overview["earlier"] == f"conversation://{name}/from/m1"
        seen: list[str] = []
        uri: str | None = overview["earlier"]
        while uri is not None:
            page = json.loads(await read(client, uri))
            seen += [each["id"] for each in page["messages"]]
            uri = page["next"]
        assert seen == [f"m{number}" for number in range(1, 301)]


async def test_an_overview_is_short_whatever_was_said_and_compacted(tmp_path: Path) -> None:
    many = [said("assistant", f"{number} " + "word " * 100) for number in range(200)]
    async with conversations_client(tmp_path) as client:
        name = await begun(client, [*many, said("user", "begin " + "word " * 40_000)])
        for budget in range(55_000, 55_025):
            await call(client, "compact_context", conversation=name, budget_tokens=budget)
        text = await read(client, f"conversation://{name}")
        overview = json.loads(text)
        assert estimate(text) <= 20_000
        assert overview["messages"][-1]["message"]["content"].startswith("begin word")
        assert f"conversation://{name}/message/m201" in overview["messages"][-1]["message"]["content"]
        assert [line["number"] for line in overview["receipts"]] == list(range(6, 26))
        got = await client.get_prompt("continue_conversation", {"conversation": name})
        assert "begin word" in spoken(got.messages)[-1][1]


async def test_a_message_is_read_as_it_came_in(tmp_path: Path) -> None:
    sent = {**said("user", "Hello"), "metadata": {"timestamp": "2026-05-07T10:00:00+02:00", "priority": "high", "x": 1}}
    async with conversations_client(tmp_path) as client:
        name = await begun(client, [sent])
        assert json.loads(await read(client, f"conversation://{name}/message/m1")) == {"id": "m1", "message": sent}


async def test_a_receipt_is_read_whole(tmp_path: Path) -> None:
    async with conversations_client(tmp_path) as client:
        name = await begun(client, lockers(60))
        short = (await call(client, "compact_context", conversation=name, budget_tokens=1_000))["receipt"]
        whole = json.loads(await read(client, short["uri"]))
        assert (whole["number"], whole["budget"]) == (1, 1_000)
        assert short["moved_out"] == whole["moved_out"] == ["m2-m" + whole["moved_out"][0].partition("-m")[2]]
        overview = json.loads(await read(client, f"conversation://{name}"))
        assert [line["uri"] for line in overview["receipts"]] == [short["uri"]]
        assert overview["moved_out"] == int(whole["moved_out"][0].partition("-m")[2]) - 1
        assert {"id": "m1", "why": "system"} in whole["kept"]


@pytest.mark.parametrize("path", ["", "/receipt/1", "/receipt/x", "/message/m9", "/from/m9"])
async def test_what_is_not_there_cannot_be_read(path: str, tmp_path: Path) -> None:
    async with conversations_client(tmp_path) as client:
        name = await begun(client, [said("user", "Hello")])
        with pytest.raises(MCPError, match=r"no (conversation|receipt|message)"):
            await read(client, f"conversation://{name if path else 'f' * 32}{path}")


async def test_the_last_conversations_are_listed_and_completed(tmp_path: Path) -> None:
    async with conversations_client(tmp_path) as client:
        names = [await begun(client, [said("user", f"About the {what}")]) for what in ("garden", "kitchen")]
        listed = {str(entry.uri): entry.title for entry in (await client.list_resources()).resources}
        assert listed == {
            f"conversation://{name}": f"About the {what}"
            for name, what in zip(names, ("garden", "kitchen"), strict=True)
        }
        assert await completed(client, names[0][:9]) == [names[0]]
        assert await completed(client, "kitch") == [names[1]]


async def completed(client: Client, value: str) -> list[str]:
    target = types.PromptReference(type="ref/prompt", name="continue_conversation")
    return (await client.complete(target, {"name": "conversation", "value": value})).completion.values


async def test_the_prompt_continues_a_conversation_with_what_bears_on_it(tmp_path: Path) -> None:
    async with conversations_client(tmp_path) as client:
        name = await begun(client, [*lockers(400)[:-1]])
        got = await client.get_prompt("continue_conversation", {"conversation": name, "about": "code of locker 3"})
        told = spoken(got.messages)
        assert f"conversation://{name}" in told[0][1]
        assert told[-1] == ("user", "Go on with this: code of locker 3")
        assert any("code 1111" in text for _, text in told)
        assert ("user", "[System message of that conversation]\nAnswer in one sentence.") in told
        overview = json.loads(await read(client, f"conversation://{name}"))
        assert overview["receipts"] == []


async def test_a_chat_of_deskhand_is_read_and_recalled_and_not_written_to(tmp_path: Path) -> None:
    async with conversations_client(tmp_path) as client:
        message = Message(role="user", content=(Text(text="The boiler is serviced in May."),))
        said_at = message.metadata.timestamp
        row = ConversationRow("a" * 32, "local", "", said_at, said_at)
        with Database(tmp_path / "deskhand.db") as database:
            await Conversations(database).append(row, StoredMessage(message.id, message.model_dump_json()))
        found = await call(client, "recall_context", conversation="aaaa", query="boiler")
        assert found["messages"][0]["id"] == message.id
        assert "belongs to a Deskhand chat" in await refusal(
            client, "append_messages", conversation=row.id, messages=[said("user", "a")]
        )
        assert "belongs to a Deskhand chat" in await refusal(
            client, "compact_context", conversation=row.id, budget_tokens=500
        )


async def test_a_conversation_that_a_chat_went_on_with_is_the_chats(tmp_path: Path) -> None:
    async with conversations_client(tmp_path) as client:
        name = await begun(client, lockers(3))
        message = Message(role="user", content=(Text(text="Now I type here."),))
        at = message.metadata.timestamp
        with Database(tmp_path / "deskhand.db") as database:
            stored = StoredMessage(message.id, message.model_dump_json())
            await Conversations(database).append(ConversationRow(name, "local", "", at, at), stored)
        to = {"conversation": name, "messages": [said("user", "a")]}
        assert "belongs to a Deskhand chat" in await refusal(client, "append_messages", **to)


async def test_changes_are_announced_to_the_owner_only(tmp_path: Path) -> None:
    lent = services(tmp_path)
    toolset = Toolset(ToolsetSettings(), lent)
    changes = lent.changes
    assert isinstance(changes, RecordedChanges)
    name = (await toolset.append_messages(ANN, lockers(60))).conversation  # pyright: ignore[reportArgumentType]
    uri = f"conversation://{name}"
    assert (changes.updated, changes.lists_changed) == ([(uri, "ann")], 1)
    for _ in range(2):
        await toolset.compact_context(ANN, Quiet(), name, 1_000)
    assert (changes.updated, changes.lists_changed) == ([(uri, "ann")] * 2, 1)
