"""A client on served conversations, of either protocol era, and a dialogue to send."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from mcp.client.client import ConnectMode

from deskhand.principal import LOCAL, Principal
from deskhand.testing import call, client_of, serving
from deskhand.toolsets.conversations.toolset import Conversations

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])
BY_WORDS: Mapping[str, Mapping[str, object]] = {"retrieval": {"embeddings": "none"}}


@asynccontextmanager
async def conversations_client(
    folder: Path, *, mode: ConnectMode = "auto", caller: Principal = LOCAL
) -> AsyncGenerator[Client]:
    """A client on the conversations kept in `folder`, which are searched by words."""
    async with (
        serving(Conversations, folder=folder, caller=caller, settings=BY_WORDS) as server,
        client_of(server, mode=mode) as client,
    ):
        yield client


def said(role: str, content: str) -> dict[str, Any]:
    return {"role": role, "content": content}


def lockers(count: int) -> list[dict[str, Any]]:
    """A dialogue of `count` turns about as many lockers, which ends with a question about the third."""
    messages = [said("system", "Answer in one sentence.")]
    for number in range(count):
        messages += [
            said("user", f"Locker {number} in the hall got the code {1000 + 37 * number}. Please keep that in mind."),
            said("assistant", f"Noted: locker {number}, code {1000 + 37 * number}. Anything else that I can do?"),
        ]
    return [*messages, said("user", "What was the code of locker 3 in the hall?")]


async def begun(client: Client, messages: Sequence[Mapping[str, Any]]) -> str:
    """The id of a new conversation with these messages."""
    return (await call(client, "append_messages", messages=list(messages)))["conversation"]
