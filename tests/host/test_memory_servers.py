"""The real memory in process, of both eras: saved in one conversation, known in the next."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from desk import asks_for, last, only
from pydantic import JsonValue

from deskhand.host import events
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.human import Decision, FormAnswer
from deskhand.host.scripted import ScriptedHuman
from deskhand.host.servers import Era, ServerSpec
from deskhand.models.script import Step
from deskhand.models.scripted import ScriptedModel
from deskhand.testing import serving
from deskhand.toolsets.memory.toolset import Memory

pytestmark = pytest.mark.anyio

OK = Step(text="ok", times=None)
ERAS: Sequence[Era] = ("modern", "legacy")


@asynccontextmanager
async def chatting(
    folder: Path, *steps: Step, era: Era = "auto", human: ScriptedHuman | None = None
) -> AsyncGenerator[tuple[Chat, ScriptedModel, list[events.Event]]]:
    """A chat with the memory that is kept in `folder`."""
    outside: list[events.Event] = []
    model = ScriptedModel(steps)
    async with serving(Memory, folder=folder) as server:
        ours = ServerSpec("deskhand", in_process=server.sdk, trusted=True, era=era)
        async with Chat(model, servers=[ours], human=human, options=ChatOptions(listener=outside.append)) as chat:
            yield chat, model, outside


def unheeded(_done: float, _total: float | None, _message: str | None) -> None:
    """Progress that nobody looks at."""


def prompt_of(model: ScriptedModel) -> str:
    return model.requests[-1].messages[0].text


@pytest.mark.parametrize("era", ERAS)
async def test_a_preference_is_saved_unasked_and_known_in_the_next_conversation(tmp_path: Path, era: Era) -> None:
    saving = asks_for("save_memory", text="I prefer metric units.", kind="preference")
    async with chatting(tmp_path, saving, OK, era=era) as (chat, model, _):
        happened = [event async for event in chat.send("I prefer metric units")]
        assert "metric" not in prompt_of(model)
    assert last(events.MemoryChanged, happened).memories[0].text == "I prefer metric units."
    async with chatting(tmp_path, OK, era=era) as (chat, model, _):
        await chat.answer("hi")
        assert "I prefer metric units." in prompt_of(model)


@pytest.mark.parametrize("era", ERAS)
async def test_a_change_made_outside_of_the_chat_is_announced_and_reaches_a_later_turn(
    tmp_path: Path, era: Era
) -> None:
    async with chatting(tmp_path, OK, era=era) as (chat, model, outside):
        await chat.answer("one")
        (save,) = [tool for tool in chat.connections.tools() if tool.name == "save_memory"]
        arguments: dict[str, JsonValue] = {"text": "I like short answers.", "kind": "preference"}
        await chat.connections.call(save, arguments, on_progress=unheeded)
        with anyio.fail_after(5):
            while "short answers" not in prompt_of(model):  # the announcement comes when it comes
                await chat.answer("two")
        assert not only(events.ResourceChanged, outside)


async def test_forgetting_asks_the_person_and_leaves_the_profile(tmp_path: Path) -> None:
    async with chatting(tmp_path, asks_for("save_memory", text="Call me Kim.", pin=True), OK) as (chat, _, _):
        happened = [event async for event in chat.send("call me Kim")]
    memory_id = last(events.MemoryChanged, happened).memories[0].id
    human = ScriptedHuman([Decision(allow=True)], [FormAnswer("accept", {"forget": True})])
    steps = [Step(calls=asks_for("forget_memory", ids=[memory_id]).calls), OK]
    async with chatting(tmp_path, *steps, human=human) as (chat, model, _):
        happened = [event async for event in chat.send("forget my name")]
        assert "Call me Kim." in prompt_of(model)
        change = last(events.MemoryChanged, happened)
        assert (change.change, [one.id for one in change.memories]) == ("forgotten", [memory_id])
        assert "Call me Kim." in human.forms[0].message
        await chat.answer("who am I?")
        assert "Kim" not in prompt_of(model)


async def test_an_update_says_what_was_there_before(tmp_path: Path) -> None:
    async with chatting(tmp_path, asks_for("save_memory", text="I live in Lund."), OK) as (chat, _, _):
        happened = [event async for event in chat.send("I live in Lund")]
    memory_id = last(events.MemoryChanged, happened).memories[0].id
    steps = [asks_for("update_memory", id=memory_id, text="I live in Malmö."), OK]
    async with chatting(tmp_path, *steps, human=ScriptedHuman([Decision(allow=True)])) as (chat, _, _):
        happened = [event async for event in chat.send("no, in Malmö")]
    change = last(events.MemoryChanged, happened)
    assert (change.change, change.memories[0].text, change.before) == ("updated", "I live in Malmö.", "I live in Lund.")
    assert len(only(events.ApprovalAsked, happened)) == 1
