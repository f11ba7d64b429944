"""Keep a chat within a budget over MCP: `python docs_src/keep_within_budget.py http://127.0.0.1:8642/mcp`.

The token comes from the environment variable MCP_DESKHAND_TOKEN. `ask_model` stands in for a model: put yours there.
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import anyio
import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

BUDGET = 1_000
QUESTIONS = ("How high above the floor does the window begin?", "What is the number of the receipt of the deposit?")


async def ask_model(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Where your provider is asked. This one quotes the line it is shown that shares most words with the question."""
    asked = set(re.findall(r"\w{4,}", messages[-1]["content"].lower()))
    lines = [line for message in messages[:-1] for line in (message["content"] or "").splitlines()]
    best = max(lines, key=lambda line: len(asked & set(re.findall(r"\w{4,}", line.lower()))))
    return {"role": "assistant", "content": best}


class Conversation:
    """One conversation that Deskhand keeps for us."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._id = ""

    async def append(self, *messages: dict[str, Any]) -> None:
        """Store what is new, in order; the first call begins the conversation."""
        stored = await self._call("append_messages", conversation=self._id, messages=messages)
        self._id = stored["conversation"]

    async def within(self, budget: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """What to send to the model now, and the receipt."""
        compacted = await self._call("compact_context", conversation=self._id, budget_tokens=budget)
        return compacted["messages"], compacted["receipt"]

    async def _call(self, tool: str, **arguments: object) -> dict[str, Any]:
        result = await self._client.call_tool(tool, arguments)
        if result.is_error or result.structured_content is None:
            raise RuntimeError(str(result.content))
        return result.structured_content


async def chat(conversation: Conversation, question: str) -> str:
    """One turn: store the question, get what fits, ask, store the answer."""
    await conversation.append({"role": "user", "content": question})
    messages, receipt = await conversation.within(BUDGET)
    print(f"{receipt['tokens_after']} tokens, back came {', '.join(receipt['recalled'][:3]) or 'nothing'}")
    reply = await ask_model(messages)
    await conversation.append(reply)
    return reply["content"]


async def main(url: str) -> None:
    """Store a talk that somebody had before, and go on with it."""
    token = os.environ["MCP_DESKHAND_TOKEN"]
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        conversation = Conversation(client)
        await conversation.append(*json.loads((Path(__file__).parent / "kitchen.json").read_text("utf-8")))
        for question in QUESTIONS:
            print(await chat(conversation, question))


if __name__ == "__main__":
    if len(sys.argv) != 2 or "MCP_DESKHAND_TOKEN" not in os.environ:
        sys.exit(__doc__)
    anyio.run(main, sys.argv[1])
