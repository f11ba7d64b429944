"""The three tools, as a client of either protocol era meets them."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import ConnectMode

from deskhand.context.tokens import estimate
from deskhand.principal import Principal
from deskhand.reference import tool_tokens
from deskhand.testing import call, check_toolset, read, refusal, serving, text_of
from deskhand.toolsets.conversations.tests.client import ERAS, begun, conversations_client, lockers, said
from deskhand.toolsets.conversations.toolset import Conversations

pytestmark = pytest.mark.anyio


def test_the_toolset_keeps_the_rules() -> None:
    assert check_toolset(Conversations) == []


async def test_the_three_tools_cost_at_most_700_tokens() -> None:
    """What a model is shown, as for every toolset. On the wire titles, hints and output schemas come with it."""
    async with serving(Conversations) as server:
        tools = server.catalogue.tools
        assert set(tools) == {"append_messages", "compact_context", "recall_context"}
        assert sum(map(tool_tokens, tools.values())) <= 700
        sent = (tool.described.model_dump_json(exclude_none=True, by_alias=True) for tool in tools.values())
        assert sum(map(estimate, sent)) <= 1_560


@ERAS
async def test_a_conversation_is_kept_compacted_and_recalled(mode: ConnectMode, tmp_path: Path) -> None:
    messages = lockers(60)
    async with conversations_client(tmp_path, mode=mode) as client:
        first = await call(client, "append_messages", messages=messages[:100])
        assert first["message_ids"] == [f"m{number}" for number in range(1, 101)]
        name = first["conversation"]
        rest = await call(client, "append_messages", conversation=name, messages=messages[100:])
        assert (rest["conversation"], rest["message_ids"][0]) == (name, "m101")
        compacted = await call(client, "compact_context", conversation=name, budget_tokens=1_000)
        shown, receipt = compacted["messages"], compacted["receipt"]
        assert (shown[0], shown[-1]) == (messages[0], messages[-1])
        assert "1111" in str(shown)
        assert "m9" in receipt["recalled"]
        assert all(isinstance(message["content"], str) for message in shown)
        assert sum(4 + estimate(message["content"]) for message in shown) <= receipt["tokens_after"] + 1 <= 1_000
        found = await call(client, "recall_context", conversation=name, query="code of locker 41", limit=2)
        assert "2517" in found["messages"][0]["content"]
        assert [message["score"] for message in found["messages"]] == sorted(
            (message["score"] for message in found["messages"]), reverse=True
        )


async def test_append_messages_refuses_as_a_whole_and_says_which(tmp_path: Path) -> None:
    async with conversations_client(tmp_path) as client:
        name = await begun(client, [said("user", "Hello")])
        odd: list[Any] = [said("user", "One"), said("robot", "Two")]
        assert "Message 2: role 'robot' is unknown" in await refusal(
            client, "append_messages", conversation=name, messages=odd
        )
        added = await call(client, "append_messages", conversation=name, messages=[said("assistant", "Hi")])
        assert added["message_ids"] == ["m2"]
        for many in (0, 2_001):
            refused = await refusal(client, "append_messages", messages=[said("user", "a")] * many)
            assert "1 to 2000 messages" in refused
        assert (await client.call_tool("append_messages", {"messages": "Hello"})).is_error
        for id, why in (
            ("f" * 32, "There is no conversation 'ffff"),
            (name[:8], "the whole id"),
            (" latest ", "whole"),
        ):
            to = {"conversation": id, "messages": [said("user", "a")]}
            assert why in await refusal(client, "append_messages", **to)


async def test_append_messages_takes_a_result_in_a_later_call_and_nothing_before_it(tmp_path: Path) -> None:
    asked = {"type": "tool_use", "id": "t1", "name": "look", "input": {"at": "door"}}
    async with conversations_client(tmp_path) as client:
        name = await begun(client, [said("user", "Look"), {"role": "assistant", "content": [asked]}])
        refused = await refusal(client, "append_messages", conversation=name, messages=[said("user", "And?")])
        assert "the call 't1' of look has no result yet" in refused
        result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "shut"}]}
        await call(client, "append_messages", conversation=name, messages=[result])
        compacted = await call(client, "compact_context", conversation=name, budget_tokens=1_000)
        assert compacted["messages"][1:] == [{"role": "assistant", "content": [asked]}, result]


async def test_compact_context_gives_everything_while_it_fits(tmp_path: Path) -> None:
    async with conversations_client(tmp_path) as client:
        name = await begun(client, lockers(5))
        compacted = await call(client, "compact_context", conversation=name, budget_tokens=2_000)
        assert compacted["messages"] == lockers(5)
        assert (compacted["receipt"]["number"], compacted["receipt"]["moved_out"]) == (0, [])


async def test_compact_context_never_gives_more_than_there_is(tmp_path: Path) -> None:
    async with conversations_client(tmp_path) as client:
        name = await begun(client, lockers(60))
        whole = await call(client, "compact_context", conversation=name, budget_tokens=100_000)
        tokens = whole["receipt"]["tokens_after"]
        for budget in (tokens, round(tokens * 1.1), round(tokens * 1.3)):
            fitting = await call(client, "compact_context", conversation=name, budget_tokens=budget, query="locker 9")
            assert fitting["messages"] == lockers(60)
        smaller = await call(client, "compact_context", conversation=name, budget_tokens=tokens - 1, query="locker 9")
        assert smaller["receipt"]["tokens_after"] < tokens


async def test_compact_context_keeps_its_view_until_the_budget_is_used_again(tmp_path: Path) -> None:
    async with conversations_client(tmp_path) as client:
        name = await begun(client, lockers(60))
        first = await call(client, "compact_context", conversation=name, budget_tokens=1_500, query="locker 9")
        again = await call(client, "compact_context", conversation=name, budget_tokens=1_500, query="locker 9")
        assert again["messages"] == first["messages"]
        assert again["receipt"]["number"] == 1
        await call(client, "append_messages", conversation=name, messages=[said("assistant", "x " * 2_800)])
        later = await call(client, "compact_context", conversation=name, budget_tokens=1_500)
        assert later["receipt"]["number"] == 2


async def test_compact_context_does_not_depend_on_who_asked_before(tmp_path: Path) -> None:
    async with conversations_client(tmp_path) as client:
        direct, roundabout = await begun(client, lockers(60)), await begun(client, lockers(60))
        wanted = await call(client, "compact_context", conversation=direct, budget_tokens=1_500)
        for budget in (700, 3_000, 1_500):
            made = await call(client, "compact_context", conversation=roundabout, budget_tokens=budget)
        assert made["messages"] == wanted["messages"]
        assert made["receipt"]["number"] == 3
        overview = await read(client, f"conversation://{roundabout}")
        assert '"moved_out": 0' not in overview


async def test_compact_context_refuses_with_a_reason(tmp_path: Path) -> None:
    async with conversations_client(tmp_path) as client:
        name = await begun(client, [said("system", "rule " * 500), said("user", "Go")])
        assert "50" in await refusal(client, "compact_context", conversation=name, budget_tokens=50)
        assert "There is no conversation" in await refusal(
            client, "compact_context", conversation="0" * 32, budget_tokens=500
        )
        assert "conversation must be an id" in await refusal(
            client, "compact_context", conversation="", budget_tokens=500
        )
        assert (await client.call_tool("compact_context", {"conversation": name, "budget_tokens": 0})).is_error


async def test_recall_context_stays_within_its_tokens_and_cuts_what_is_long(tmp_path: Path) -> None:
    long = "\n".join(f"Entry {number}: cable {number} was laid in year {1900 + number}." for number in range(300))
    call_made = {"type": "tool_call", "id": "t1", "name": "read_log", "arguments": {"of": "cables"}}
    told = {"type": "tool_result", "call_id": "t1", "content": long}
    async with conversations_client(tmp_path) as client:
        name = await begun(
            client,
            [
                said("user", "Read the log of the cables."),
                {"role": "assistant", "content": [call_made]},
                {"role": "tool", "content": [told]},
                *(said("user", f"Cable {number} again, please.") for number in range(40)),
            ],
        )
        for most in (100, 400):
            result = await client.call_tool(
                "recall_context", {"conversation": name, "query": "cable laid", "max_tokens": most, "limit": 50}
            )
            assert estimate(text_of(result)) <= most
            assert "weaker hits left out" in text_of(result)
        found = await call(client, "recall_context", conversation=name, query="year in which cable 222 was laid")
        hit = next(message for message in found["messages"] if message["role"] == "tool")
        assert "cable 222 was laid in year 2122" in hit["content"]
        assert hit["content"].startswith("… ")
        assert f"conversation://{name}/message/m3" in hit["content"]
        assert "Entry 299" in await read(client, f"conversation://{name}/message/m3")


async def test_recall_context_shows_the_best_in_part_and_skips_what_is_too_large(tmp_path: Path) -> None:
    told = [said("user", f"The zeppelin {number} lands at " + "the old harbour " * 60) for number in range(5)]
    async with conversations_client(tmp_path) as client:
        name = await begun(client, [*told, said("user", "A zeppelin is slow."), *lockers(5)])
        for most in (100, 130, 250):
            asked = {"conversation": name, "query": "zeppelin", "max_tokens": most}
            result = await client.call_tool("recall_context", asked)
            assert "zeppelin" in text_of(result).lower()
            assert "Nothing in this" not in text_of(result)
            assert estimate(json.dumps(result.structured_content, separators=(",", ":"))) <= most


async def test_recall_context_refuses_what_is_no_question(tmp_path: Path) -> None:
    async with conversations_client(tmp_path) as client:
        name = await begun(client, lockers(2))
        assert "query must be" in await refusal(client, "recall_context", conversation=name, query="  ")
        for id, why in (
            ("zz", "There is no conversation"),
            (" latest ", "There is no"),
            ("a" * 60_000, "must be an id"),
        ):
            assert why in await refusal(client, "recall_context", conversation=id, query="a")
        assert (await client.call_tool("recall_context", {"conversation": name, "query": "a", "limit": 0})).is_error
        found = await call(client, "recall_context", conversation=name, query="zebra")
        assert found["messages"] == []


async def test_another_persons_conversation_is_as_if_it_did_not_exist(tmp_path: Path) -> None:
    ann, bob = Principal("ann"), Principal("bob")
    async with conversations_client(tmp_path, caller=ann) as client:
        name = await begun(client, lockers(40))
        await call(client, "compact_context", conversation=name, budget_tokens=700)
    async with conversations_client(tmp_path, caller=bob) as client:
        for tool, more in (
            ("append_messages", {"messages": [said("user", "a")]}),
            ("compact_context", {"budget_tokens": 700}),
            ("recall_context", {"query": "locker"}),
        ):
            assert "There is no conversation" in await refusal(client, tool, conversation=name, **more)
        assert "There is no" in await refusal(client, "recall_context", conversation=name[:6], query="locker")
        listed = [str(entry.uri) for entry in (await client.list_resources()).resources]
        assert listed == []
