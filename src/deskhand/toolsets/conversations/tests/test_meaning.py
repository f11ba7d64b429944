"""With the embedding model: what is found in other words, and how the waiting is reported."""

from pathlib import Path

import anyio
import pytest

from deskhand.testing import call, client_of, serving
from deskhand.toolsets.conversations.tests.client import begun, said
from deskhand.toolsets.conversations.toolset import Conversations

pytestmark = pytest.mark.anyio
TOLD = [
    said("user", "I am allergic to peanuts."),
    said("assistant", "I will leave them out of every recipe."),
    said("user", "My car is parked on the second level."),
    said("assistant", "Good to know for later."),
    said("user", "The meeting with the printers was moved to the blue room."),
    said("assistant", "I noted the blue room."),
]


async def test_what_was_said_is_found_in_other_words(tmp_path: Path) -> None:
    async with serving(Conversations, folder=tmp_path) as server, client_of(server) as client:
        name = await begun(client, TOLD)
        found = await call(client, "recall_context", conversation=name, query="Where did I leave my vehicle?")
        assert found["messages"][0]["id"] == "m3"
        assert found["note"] == ""


async def test_the_waiting_for_vectors_is_reported(tmp_path: Path) -> None:
    heard: list[tuple[float, float | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total))

    many = [said("user", f"Note {number}: {TOLD[number % 6]['content']}") for number in range(48)]
    async with serving(Conversations, folder=tmp_path) as server, client_of(server) as client:
        name = await begun(client, many)
        arguments = {"conversation": name, "query": "food that makes me ill"}
        with anyio.fail_after(30):
            result = await client.call_tool("recall_context", arguments, progress_callback=hear)
        assert not result.is_error
    assert heard
    assert all(total == 48 and done <= 48 for done, total in heard)
