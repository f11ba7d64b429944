"""Conversations over real HTTP, in a process of their own: clients of both eras, and two people."""

import json
from collections.abc import Generator, Mapping
from typing import Any

import anyio
import mcp_types as types
import pytest
from mcp.client.client import ConnectMode
from mcp.shared.exceptions import MCPError
from tests.protocol.connected_person import person
from tests.protocol.server_process import ServerProcess, running

from deskhand.context.tokens import estimate

pytestmark = pytest.mark.anyio
ERAS: list[ConnectMode] = ["legacy", "auto", "2026-07-28"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[ServerProcess]:
    with running(tmp_path_factory.mktemp("conversations"), enabled='["core", "conversations"]') as process:
        yield process


@pytest.fixture(scope="module")
def by_words(tmp_path_factory: pytest.TempPathFactory) -> Generator[ServerProcess]:
    """One without the weights, which searches by words only, and whose calls wait for no vectors."""
    folder = tmp_path_factory.mktemp("by-words")
    missing = {"DESKHAND_RETRIEVAL__WEIGHTS": str(folder / "nowhere")}
    with running(folder, enabled='["core", "conversations"]', variables=missing) as process:
        yield process


def said(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def moving(what: str) -> list[dict[str, str]]:
    """A dialogue about boxes, in which the ninth holds `what`."""
    messages = [said("system", "You help with a move. Answer in one sentence.")]
    for number in range(40):
        inside = what if number == 9 else f"{number + 3} books and a lamp"
        messages += [
            said("user", f"Box {number} holds {inside}. It stands in room {number % 5}, beside the window."),
            said("assistant", f"I wrote that down for box {number}. Tell me about the next one when you are ready."),
        ]
    return [*messages, said("user", "Which box holds the tin whistle?")]


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_of_each_era_appends_compacts_recalls_and_continues(
    server: ServerProcess, era: ConnectMode
) -> None:
    messages = moving("the tin whistle")
    async with person(server, f"ann-{era}", era) as ann:
        begun = await ann.call("append_messages", messages=messages)
        name = begun["conversation"]
        assert begun["message_ids"][-1] == "m82"
        compacted = await ann.call("compact_context", conversation=name, budget_tokens=800)
        shown, receipt = compacted["messages"], compacted["receipt"]
        assert (shown[0], shown[-1]) == (messages[0], messages[-1])
        assert "Box 9 holds the tin whistle" in json.dumps(shown)
        assert sum(estimate(message["content"]) for message in shown) <= 800
        assert json.loads(await ann.read(receipt["uri"]))["budget"] == 800
        found = await ann.call("recall_context", conversation=name, query="tin whistle", limit=3)
        assert "m20" in [message["id"] for message in found["messages"]]
        prompt = await ann.client.get_prompt("continue_conversation", {"conversation": name})
        assert len(prompt.messages) > 10
        assert name in str(prompt.messages[0].content)


def looking_up(count: int) -> list[dict[str, Any]]:
    """A dialogue of so many turns with a tool call in each, about 700 tokens a turn."""
    messages: list[dict[str, Any]] = [said("system", "You read reports.")]
    for number in range(count):
        use = {"type": "tool_use", "id": f"c{number}", "name": "read", "input": {"report": number}}
        told = {"type": "tool_result", "tool_use_id": f"c{number}", "content": f"row {number} is {number * 7}. " * 60}
        messages += [
            said("user", f"Look at report {number}: " + f"page {number} of the north office please. " * 20),
            {"role": "assistant", "content": [use]},
            {"role": "user", "content": [told]},
            said("assistant", f"Report {number} says {number * 7}."),
        ]
    return [*messages, said("user", "Now compare clause 7 of all of them. " * 40 + "END")]


def ids_of(folded: list[str]) -> list[int]:
    """The positions that ranges such as `m3-m5` stand for."""
    ends = [[int(id.removeprefix("m")) for id in each.split("-")] for each in folded]
    return [position for each in ends for position in range(each[0], each[-1] + 1)]


def pairs(messages: list[Any], kind: str, key: str) -> list[str]:
    blocks = [block for message in messages if isinstance(message["content"], list) for block in message["content"]]
    return [block[key] for block in blocks if block["type"] == kind]


async def test_a_large_budget_gives_all_that_the_receipt_tells_of(by_words: ServerProcess) -> None:
    async with person(by_words, "gina", "auto") as gina:
        sent = looking_up(320)
        name = (await gina.call("append_messages", messages=sent))["conversation"]
        for budget in (30_000, 60_000, 200_000):
            compacted = await gina.call("compact_context", conversation=name, budget_tokens=budget)
            _holds_what_it_tells_of(sent, compacted["messages"], compacted["receipt"])
            assert budget / 4 < compacted["receipt"]["tokens_after"] <= budget
        asked = {"conversation": name, "query": "report page", "max_tokens": 50_000, "limit": 100}
        assert len((await gina.call("recall_context", **asked))["messages"]) == 100


def _holds_what_it_tells_of(sent: list[Any], shown: list[Any], receipt: Mapping[str, Any]) -> None:
    kept = [sent[position - 1] for position in ids_of(receipt["kept"])]
    assert shown[-1] == kept[-1] == sent[-1]
    calls = pairs(shown, "tool_use", "id")
    assert calls == pairs(shown, "tool_result", "tool_use_id") == pairs(kept, "tool_use", "id")
    spoken = [message for message in kept if isinstance(message["content"], str)]
    assert [message for message in shown if message in spoken] == spoken


# The SDK warns of what 2026-07-28 has removed; older clients still do it.
@pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
@pytest.mark.parametrize("era", ERAS)
async def test_a_client_of_each_era_watches_its_conversation(by_words: ServerProcess, era: ConnectMode) -> None:
    async with person(by_words, f"watcher-{era}", era) as ann:
        name = (await ann.call("append_messages", messages=moving("a kettle")))["conversation"]
        uri = f"conversation://{name}"
        if era == "legacy":
            await ann.client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated]
            await ann.call("compact_context", conversation=name, budget_tokens=800)
            await ann.hears_of(uri)
        else:
            async with ann.client.listen(resource_subscriptions=[uri]) as events:
                await ann.call("compact_context", conversation=name, budget_tokens=800)
                with anyio.fail_after(10):
                    async for _ in events:
                        break
        assert json.loads(await ann.read(uri))["receipts"][0]["number"] == 1


async def test_two_people_on_one_server_cannot_see_each_other(server: ServerProcess) -> None:
    async with person(server, "carla", "auto") as carla, person(server, "dan", "legacy") as dan:
        name = (await carla.call("append_messages", messages=moving("the silver spoons")))["conversation"]
        await carla.call("compact_context", conversation=name, budget_tokens=800)
        await dan.call("append_messages", messages=[said("user", "Where are the silver spoons?")])
        calls: dict[str, dict[str, object]] = {
            "append_messages": {"messages": [said("user", "mine")]},
            "compact_context": {"budget_tokens": 800},
            "recall_context": {"query": "silver spoons"},
        }
        for tool, arguments in calls.items():
            refused = await dan.client.call_tool(tool, {"conversation": name, **arguments})
            assert refused.is_error
            assert "There is no conversation" in str(refused.content)
        for path in ("", "/receipt/1", "/message/m20", "/from/m1"):
            with pytest.raises(MCPError, match="There is no conversation"):
                await dan.read(f"conversation://{name}{path}")
        with pytest.raises(MCPError):
            await dan.client.get_prompt("continue_conversation", {"conversation": name})
        listed = [str(entry.uri) for entry in (await dan.client.list_resources()).resources]
        assert len(listed) == 1
        assert name not in listed[0]
        target = types.PromptReference(type="ref/prompt", name="continue_conversation")
        offered = await dan.client.complete(target, {"name": "conversation", "value": name[:4]})
        assert name not in offered.completion.values
        assert (await carla.call("recall_context", conversation=name, query="silver spoons"))["messages"]


@pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
async def test_nobody_else_hears_that_a_conversation_changed(by_words: ServerProcess) -> None:
    async with person(by_words, "eve", "legacy") as eve, person(by_words, "fred", "legacy") as fred:
        name = (await eve.call("append_messages", messages=[said("user", "Hello")]))["conversation"]
        uri = f"conversation://{name}"
        for who in (eve, fred):
            await who.client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated]
        await eve.call("append_messages", conversation=name, messages=[said("user", "Still there?")])
        await eve.hears_of(uri)
        own = (await fred.call("append_messages", messages=[said("user", "Mine")]))["conversation"]
        await fred.client.subscribe_resource(f"conversation://{own}")  # pyright: ignore[reportDeprecated]
        await fred.call("append_messages", conversation=own, messages=[said("user", "Mine too")])
        await fred.hears_of(f"conversation://{own}")
        assert not fred.has_heard_of(uri)


async def test_without_the_weights_it_works_and_says_that_it_searches_by_words(by_words: ServerProcess) -> None:
    async with person(by_words, "ann", "auto") as ann:
        name = (await ann.call("append_messages", messages=moving("the tin whistle")))["conversation"]
        found = await ann.call("recall_context", conversation=name, query="whistle")
        assert found["messages"][0]["id"] in ("m20", "m82")
        lines = {line["name"]: line for line in (await ann.call("deskhand_status"))["toolsets"]}
        assert lines["conversations"]["state"] == "degraded"
        assert "deskhand embeddings install" in lines["conversations"]["next_step"]
