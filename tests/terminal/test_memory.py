"""`/memory` in a chat on the real memory in process, and what the screen says of memories."""

import re
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from pydantic import JsonValue
from rich.console import Console
from tests.terminal.completing import completed
from tests.terminal.showing import NOON, call, finished, over, requested, started, text_of
from tests.terminal.typed_lines import Lines

from deskhand.host.events import MemoryChanged, RememberedText
from deskhand.host.human import FormAnswer
from deskhand.host.scripted import ScriptedHuman
from deskhand.host.servers import ServerSpec
from deskhand.models.model import Request
from deskhand.models.script import ScriptedCall, Step
from deskhand.models.scripted import ScriptedModel
from deskhand.settings import Settings
from deskhand.store.database import Database
from deskhand.terminal.app import ChatApp, Face
from deskhand.terminal.desk import Desk, Furniture
from deskhand.terminal.memory_lines import change_line
from deskhand.terminal.plain import PlainRenderer
from deskhand.terminal.screen import LiveScreen
from deskhand.testing import serving
from deskhand.toolset import Toolset
from deskhand.toolsets.core.toolset import Core
from deskhand.toolsets.memory.toolset import Memory

pytestmark = pytest.mark.anyio

YES, NO = FormAnswer("accept", {"forget": True}), FormAnswer("accept", {"forget": False})


@dataclass
class Room:
    """A chat with what is on its screen."""

    app: ChatApp
    out: StringIO
    model: ScriptedModel
    answers: deque[Step]
    """What the model will say."""
    human: ScriptedHuman

    async def types(self, *lines: str) -> str:
        """What is shown for these lines."""
        before = len(self.out.getvalue())
        await self.app.run(Lines(*lines))
        return self.out.getvalue()[before:]

    async def saves(self, text: str, **more: str | bool) -> str:
        """The id of a memory that the model saves."""
        arguments: dict[str, JsonValue] = {"text": text, **more}
        self.answers.extend([Step(calls=(ScriptedCall(name="save_memory", arguments=arguments),)), Step(text="ok")])
        found = re.search(r"\[remembered \[([\w-]+)\]", await self.types(text))
        assert found
        return found[1]

    async def completed(self, typed: str) -> list[str]:
        return await completed(self.app, typed)


@asynccontextmanager
async def room(
    folder: Path, *answers: FormAnswer, toolset: type[Toolset] = Memory, trusted: bool = True
) -> AsyncGenerator[Room]:
    out = StringIO()
    renderer = PlainRenderer(out.write, frames=out.write, answers=True)
    face = Face(
        LiveScreen(Console(file=out, width=100, color_system=None)), renderer, lambda _: None, None, moves=False
    )
    human, said = ScriptedHuman(answers=answers), deque[Step]()

    def next_said(_request: Request) -> Step:
        return said.popleft()

    model = ScriptedModel([next_said] * 20)
    async with serving(toolset, folder=folder) as server:
        with Database(folder / "chat.db") as database:
            furniture = Furniture(
                settings=Settings.model_validate({"data_dir": folder}),
                model=model,
                servers=[ServerSpec("deskhand", in_process=server.sdk, trusted=trusted)],
                database=database,
            )
            async with Desk(furniture, human, renderer.show) as desk:
                await desk.connections.ready(20)
                yield Room(ChatApp(desk, face), out, model, said, human)


async def test_what_the_model_saves_is_said_in_one_line(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        memory_id = await here.saves("I am allergic to peanuts.")
        shown = here.out.getvalue()
        assert f"[remembered [{memory_id}]: I am allergic to peanuts.]" in shown
        assert "✓ save_memory" not in shown


async def test_memory_lists_the_profile_and_the_newest_without_a_model(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        pinned = await here.saves("Call me Kim.", pin=True)
        fact = await here.saves("The boat is in Lund.")
        asked = len(here.model.requests)
        shown = await here.types("/memory")
        assert f"Pinned\n\n- Call me Kim. [{pinned}]" in shown
        assert re.search(rf"Newest\n\n- \[{fact}\] .* The boat is in Lund\.", shown)
        assert "kept by deskhand" in shown
        assert len(here.model.requests) == asked


async def test_memory_searches_words_also_those_of_no_command(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        memory_id = await here.saves("The boat is in Lund.")
        for typed in ("/memory where is the boat", "/memory search boat"):
            shown = await here.types(typed)
            assert memory_id in shown
            assert "The boat is in Lund." in shown
            assert "searched by words" in shown
        assert "Nothing is remembered about this." in await here.types("/memory giraffes")


async def test_a_memory_is_edited_and_shown_with_its_history(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        memory_id = await here.saves("The boat is in Lund.")
        shown = await here.types(f"/memory edit {memory_id} The boat is in Malmö.")
        assert f"[changed [{memory_id}]: The boat is in Malmö. · before: The boat is in Lund.]" in shown
        shown = await here.types(f"/memory show [{memory_id.upper()}]")
        assert f"[{memory_id}] The boat is in Malmö." in shown
        assert re.search(r"version 1\s+The boat is in Lund\.", shown)


async def test_pin_unpin_and_end(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        memory_id = await here.saves("The boat is in Lund.")
        assert "· pinned]" in await here.types(f"/memory pin {memory_id}")
        assert "Pinned\n\n- The boat" in await here.types("/memory")
        assert "pinned" not in await here.types(f"/memory unpin {memory_id}")
        assert "· ended 2099-05-07]" in await here.types(f"/memory end {memory_id} 2099-05-07")
        assert re.search(r"· ended \d{4}-\d\d-\d\d \d\d:\d\d\]", await here.types(f"/memory end {memory_id}"))
        assert "Nothing is remembered about this." in await here.types("/memory boat")


async def test_forgetting_asks_the_person_and_says_what_is_gone(tmp_path: Path) -> None:
    async with room(tmp_path, NO, YES) as here:
        one, two = await here.saves("The boat is in Lund."), await here.saves("My bank is the blue one.")
        assert "Nothing was deleted." in await here.types(f"/memory forget {one}")
        shown = await here.types(f"/memory forget {one} {two}")
        assert "forgotten for good" in shown
        assert one in shown
        assert two in shown
        assert "The boat is in Lund." in here.human.forms[1].message
        assert "Nothing is remembered yet." in await here.types("/memory")


async def test_the_next_turn_knows_what_the_person_changed(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        memory_id = await here.saves("The boat is in Lund.")
        here.answers.append(Step(text="ok"))
        await here.types(f"/memory pin {memory_id}", "hello")
        assert "- The boat is in Lund." in here.model.requests[-1].messages[0].text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/memory show", "Type /memory show ID"),
        ("/memory show no such", "There is no memory 'no such'"),
        ("/memory edit abc", "Type /memory edit ID TEXT"),
        ("/memory pin", "Type /memory pin ID"),
        ("/memory edit abc new words", "There is no memory 'abc'"),
        ("/memory show abc", "abc"),
        ("/memory end abc someday", "There is no memory 'abc'"),
        ("/memory forget abc", "abc"),
    ],
)
async def test_what_cannot_be_done_is_said_and_the_chat_goes_on(tmp_path: Path, typed: str, said: str) -> None:
    async with room(tmp_path) as here:
        shown = await here.types(typed, "/memory")
        assert said in shown.partition("Newest")[0]
        assert "Nothing is remembered yet." in shown


async def test_without_a_memory_the_command_says_what_is_missing(tmp_path: Path) -> None:
    async with room(tmp_path, toolset=Core) as here:
        assert "the toolset memory is not enabled" in await here.types("/memory")
        assert await here.completed("/memory show ") == []


async def test_a_memory_of_a_server_that_is_not_trusted_is_not_the_persons(tmp_path: Path) -> None:
    async with room(tmp_path, trusted=False) as here:
        assert "not trusted" in await here.types("/memory")


async def test_sub_commands_and_ids_complete(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        memory_id = await here.saves("The boat is in Lund.")
        assert await here.completed("/mem") == ["memory"]
        assert await here.completed("/memory s") == ["search", "show"]
        assert await here.completed(f"/memory show {memory_id[:2]}") == [memory_id]
        assert await here.completed("/memory pin boat") == [memory_id]
        assert await here.completed(f"/memory forget {memory_id} {memory_id[:2]}") == [memory_id]
        assert await here.completed(f"/memory edit {memory_id} bo") == []
        assert await here.completed("/memory search bo") == []


async def test_the_help_lists_the_sub_commands(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        shown = await here.types("/help")
        assert "/memory edit ID TEXT" in shown
        assert "/memory forget ID …" in shown


PEANUTS = RememberedText(id="m7k2", text="I am allergic to peanuts")
OTHER = RememberedText(id="n3p4", text="I eat everything")


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ({"change": "saved"}, "remembered [m7k2]: I am allergic to peanuts"),
        ({"change": "duplicate_of"}, "known already [m7k2]: I am allergic to peanuts"),
        (
            {"change": "supersedes", "others": (OTHER,)},
            "remembered [m7k2]: I am allergic to peanuts · in place of [n3p4]: I eat everything",
        ),
        (
            {"change": "conflicts_with", "others": (OTHER,)},
            "remembered [m7k2]: I am allergic to peanuts · it contradicts [n3p4]: I eat everything",
        ),
        (
            {"change": "updated", "before": "I like\npeanuts", "pinned": True, "until": "2026-05-07"},
            "changed [m7k2]: I am allergic to peanuts · before: I like peanuts · pinned · ended 2026-05-07",
        ),
        (
            {"change": "forgotten", "memories": (RememberedText(id="a", text=""), RememberedText(id="b", text=""))},
            "forgotten for good [a], [b]",
        ),
    ],
)
def test_each_change_has_its_line(event: dict[str, object], line: str) -> None:
    fields: dict[str, object] = {"call_id": "1", "server": "deskhand", "memories": (PEANUTS,), **event}
    assert change_line(MemoryChanged.model_validate(fields)) == line


def test_on_a_terminal_the_line_takes_the_place_of_the_card() -> None:
    save, count = call("1", "save_memory", text="I am allergic to peanuts"), call("2", "multiply", a="6", b="7")
    change = MemoryChanged(at=NOON, call_id="1", server="deskhand", change="saved", memories=(PEANUTS,))
    shown = text_of(
        [*started(), *requested(save), *requested(count), change, over(save, "Saved."), over(count, "42"), *finished()]
    )
    assert "remembered [m7k2]: I am allergic to peanuts\n" in shown
    assert "save_memory" not in shown
    assert "✓ multiply · deskhand" in shown


def test_a_memory_cannot_move_the_cursor() -> None:
    sly = RememberedText(id="x", text="a\x1b[2Jb\nc")
    change = MemoryChanged(call_id="1", server="deskhand", change="saved", memories=(sly,))
    assert change_line(change) == "remembered [x]: a\\x1b[2Jb c"
