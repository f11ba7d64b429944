"""Prompts that are workflows: their steps are shown, and checked when the server is built."""

from pathlib import Path
from typing import Annotated

import mcp_types as types
import pytest
from pydantic import Field

from deskhand.errors import SettingsError
from deskhand.marks import Step
from deskhand.result import Result
from deskhand.testing import client_of, serving
from deskhand.toolset import Toolset, prompt, tool

pytestmark = pytest.mark.anyio


class Done(Result):
    """An answer."""

    done: bool = True


class Letters(Toolset):
    """Letters."""

    name = "letters"
    title = "Letters"
    summary = "Letters."

    @tool(title="Read", read_only=True, open_world=False)
    async def letter_read(self) -> Done:
        """Read."""
        return Done()

    @tool(title="Post", read_only=False, open_world=True, destructive=True)
    async def letter_post(self) -> Done:
        """Post."""
        return Done()


class Answering(Letters):
    """With a workflow that keeps the rules."""

    @prompt(
        title="Answer",
        name="letter_post",
        steps=(Step("letter_read", "Read the letter."), Step("letter_post", "Post it.", gate="Show me the answer.")),
    )
    async def answer(self, whose: Annotated[str, Field(description="Whose letter.")]) -> str:
        """Answer a letter."""
        return f"Answer the letter of {whose}."


class Misspelt(Letters):
    """Names a tool that is not there."""

    @prompt(title="Answer", steps=(Step("letter_raed", "Read."),))
    async def answer(self) -> str:
        """Answer."""
        return "Answer."


class Ungated(Letters):
    """Posts without asking."""

    @prompt(title="Answer", steps=(Step("letter_post", "Post it."),))
    async def answer(self) -> str:
        """Answer."""
        return "Answer."


async def test_the_steps_follow_the_text_and_a_prompt_may_be_called_like_a_tool() -> None:
    async with serving(Answering) as server, client_of(server) as client:
        shown = await client.get_prompt("letter_post", {"whose": "Ann"})
    content = shown.messages[0].content
    assert isinstance(content, types.TextContent)
    assert content.text.splitlines() == [
        "Answer the letter of Ann.",
        "",
        "Go step by step, and leave out what is not needed:",
        "1. Read the letter. Tool: `letter_read`.",
        "2. STOP first: Show me the answer. Then: Post it. Tool: `letter_post`.",
    ]


@pytest.mark.parametrize(
    ("cls", "reason"), [(Misspelt, "'letter_raed', which does not exist"), (Ungated, "without a gate")]
)
async def test_a_workflow_that_breaks_the_rules_is_not_served(cls: type[Toolset], reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        async with serving(cls):
            pass


async def test_a_workflow_whose_tool_is_switched_off_is_not_offered(tmp_path: Path) -> None:
    off = {"toolsets": {"disabled_tools": ("letter_post",)}}
    async with serving(Answering, folder=tmp_path, settings=off) as server, client_of(server) as client:
        assert (await client.list_prompts()).prompts == []
