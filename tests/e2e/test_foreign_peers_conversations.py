"""Clients that are not ours keep a conversation here, compact it and recall: both TypeScript SDKs and the Inspector.

Each speaks HTTP with the real server, in the eras of the protocol it knows.
"""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.test_foreign_peers_inspector import run
from tests.protocol.server_process import ROOT, ServerProcess, running

ERAS = {"v1": "2025-11-25", "v2-legacy": "2025-11-25", "v2-2026-07-28": "2026-07-28"}
"""The SDK and how it is told to connect, and the revision that comes of it."""
RULE = "From now on, always answer in French."
FACT = "The deposit for the cottage in Skye is 340 pounds, due on 12 May."
CALL = {"id": "call_1", "type": "function", "function": {"name": "book", "arguments": '{"nights": 3}'}}
BUDGET = 2_000

Json = dict[str, Any]


def dialogue() -> list[Json]:
    """Far more than the budget, with a call and its result, as the API of OpenAI takes it."""
    opening: list[Json] = [
        {"role": "system", "content": "You plan journeys."},
        {"role": "user", "content": RULE},
        {"role": "assistant", "content": "D'accord."},
        {"role": "user", "content": FACT},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "booked: reference QX-7731\n" + "a line of terms\n" * 60},
    ]
    talk = [
        {"role": role, "content": f"About day {day}: {'walks along the shore, then tea and a book. ' * 6}"}
        for day in range(30)
        for role in ("assistant", "user")
    ]
    return [*opening, *talk]


SCRIPT: list[Json] = [
    {"tool": "append_messages", "arguments": {"messages": dialogue()}},
    {
        "tool": "compact_context",
        "arguments": {"conversation": "$conversation", "budget_tokens": BUDGET, "query": "What is the deposit?"},
    },
    {"tool": "recall_context", "arguments": {"conversation": "$conversation", "query": "deposit of the cottage"}},
    {"uri": "conversation://$conversation/receipt/1"},
    {"tool": "recall_context", "arguments": {"conversation": "nobody's", "query": "deposit"}},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[ServerProcess]:
    without_model = {"DESKHAND_RETRIEVAL__EMBEDDINGS": "none"}
    folder = tmp_path_factory.mktemp("served")
    with running(folder, enabled='["core", "conversations"]', variables=without_model) as process:
        yield process


def node() -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize("dialect", ERAS)
def test_the_typescript_sdk_appends_compacts_and_recalls(
    dialect: str, node_modules: Path, server: ServerProcess
) -> None:
    command = ["node", str(ROOT / "tests/node/converse.cjs"), str(node_modules), f"{server.url}/mcp"]
    done = subprocess.run(
        [*command, server.token, dialect],
        input=json.dumps(SCRIPT), capture_output=True, text=True, timeout=60, env=node(),
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stderr}\n{server.log()}"
    told = json.loads(done.stdout)
    assert told["version"] == ERAS[dialect]
    assert {"append_messages", "compact_context", "recall_context"} <= set(told["listed"])
    appended, compacted, recalled, receipt, refused = told["answers"]
    assert len(appended["structuredContent"]["message_ids"]) == len(dialogue())
    fits(compacted["structuredContent"])
    assert recalled["structuredContent"]["messages"][0]["content"] == FACT
    accounts_for_all(json.loads(receipt["contents"][0]["text"]), appended["structuredContent"]["message_ids"])
    assert refused["isError"] is True
    assert "nobody's" in refused["content"][0]["text"]


def fits(compacted: Json) -> None:
    """What a model may be sent: within the budget, with the rule, the fact that is asked about, and no open call."""
    messages, text = compacted["messages"], json.dumps(compacted["messages"], ensure_ascii=False)
    assert len(text) / 4 < BUDGET * 1.15
    assert messages[0] == dialogue()[0]
    assert dialogue()[1] in messages
    assert FACT in text
    calls = [call["id"] for message in messages for call in message.get("tool_calls", [])]
    assert calls == [message["tool_call_id"] for message in messages if message["role"] == "tool"]
    assert compacted["receipt"]["moved_out"]


def accounts_for_all(receipt: Json, message_ids: list[str]) -> None:
    kept = [name for one in receipt["kept"] for name in _unfolded(one["id"])]
    gone = [name for one in receipt["moved_out"] for name in _unfolded(one)]
    assert receipt["moved_out"]
    assert sorted(kept + gone) == sorted(message_ids)


def test_the_inspector_appends_compacts_and_recalls(node_modules: Path, server: ServerProcess, tmp_path: Path) -> None:
    token = f"Authorization: {server.headers['Authorization']}"

    def call(tool: str, **arguments: object) -> Json:
        given = [
            f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in arguments.items()
        ]
        method = ("--method", "tools/call", "--tool-name", tool, "--tool-arg", *given)
        done = run(node_modules, tmp_path, f"{server.url}/mcp", "--header", token, *method)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{server.log()}"
        return json.loads(done.stdout)["structuredContent"]

    conversation = call("append_messages", messages=dialogue())["conversation"]
    fits(call("compact_context", conversation=conversation, budget_tokens=BUDGET, query="What is the deposit?"))
    found = call("recall_context", conversation=conversation, query="deposit of the cottage")
    assert found["messages"][0]["content"] == FACT


def _unfolded(ids: str) -> list[str]:
    """`m1-m3` as `m1`, `m2`, `m3`."""
    first, _, last = ids.partition("-")
    return [f"m{number}" for number in range(int(first[1:]), int((last or first)[1:]) + 1)]
