"""The chat without a terminal: lines from a list, a scripted model, and the real toolsets in process."""

from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import anyio
import mcp_types
import pytest
from mcp.server.lowlevel import Server
from rich.console import Console
from tests.terminal.completing import completed
from tests.terminal.scripted_keyboard import CTRL_C, ScriptedKeyboard

from deskhand.host.events import Event
from deskhand.host.human import Nobody
from deskhand.host.servers import ServerSpec
from deskhand.host.wiretap import Wiretap
from deskhand.models.script import ScriptedCall, Step
from deskhand.models.scripted import ScriptedModel, StepSource
from deskhand.settings import Settings
from deskhand.store.database import Database
from deskhand.terminal.app import ChatApp, Face
from deskhand.terminal.commands import HELP
from deskhand.terminal.desk import Desk, Furniture
from deskhand.terminal.plain import PlainRenderer
from deskhand.terminal.render import Renderer
from deskhand.terminal.screen import LiveScreen, StillScreen
from deskhand.testing import serving
from deskhand.toolsets.core.toolset import Core
from deskhand.toolsets.files.toolset import Files
from deskhand.toolsets.weather.toolset import Weather

pytestmark = pytest.mark.anyio

ECHO = Step(text="You said: {last}", times=None)


class Lines:
    """What the person types at the prompt, then the end of the input."""

    def __init__(self, *lines: str) -> None:
        self._lines = deque(lines)

    async def read(self) -> str:
        if not self._lines:
            raise EOFError
        line = self._lines.popleft()
        if line == CTRL_C:
            raise KeyboardInterrupt
        return line


@dataclass
class Room:
    """A desk, what is on its screen, and the model that answers."""

    app: ChatApp
    desk: Desk
    out: StringIO
    model: ScriptedModel
    late: list[Event] = field(default_factory=list[Event])

    async def converse(self, *lines: str, reference: str | None = None) -> str:
        """Type these; gives what was shown."""
        before = len(self.out.getvalue())
        await self.app.run(Lines(*lines), reference)
        return self.out.getvalue()[before:]


@asynccontextmanager
async def room(
    folder: Path, *steps: StepSource, answers: Sequence[str] = (), others: Sequence[ServerSpec] = ()
) -> AsyncGenerator[Room]:
    out, late = StringIO(), list[Event]()
    console = Console(file=out, width=120, color_system=None)
    model = ScriptedModel(steps or [ECHO])
    (folder / "workspace").mkdir(exist_ok=True)

    def replay(events: Sequence[Event]) -> None:
        Renderer(StillScreen(console), echo=True).replay(events)

    face = Face(
        LiveScreen(console),
        PlainRenderer(out.write, frames=out.write, answers=True),
        replay,
        ScriptedKeyboard(*answers) if answers else None,
        moves=False,
    )
    async with serving(Core, Weather, Files, settings={"weather": {"source": "fake"}}, folder=folder) as server:
        with Database(folder / "chat.db") as database:
            furniture = Furniture(
                settings=Settings.model_validate({"data_dir": folder}),
                model=model,
                servers=[ServerSpec("deskhand", in_process=server.sdk, trusted=True), *others],
                database=database,
                tap=Wiretap(),
            )
            async with Desk(furniture, Nobody(), late.append) as desk:
                await desk.connections.ready(20)
                yield Room(ChatApp(desk, face), desk, out, model, late)


async def test_messages_are_answered_until_the_input_ends(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        assert "You said: hello\n" in await here.converse("", "hello", CTRL_C, "again")


async def test_each_command_of_the_help_does_something(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        shown = await here.converse(*(f"/{name}" for name in HELP if name != "quit"))
        for words in (
            "what the servers let the model do",
            "/weather_watch",
            "file_write",
            "in-process",
            "The trace is on.",
            "0 turns with scripted/script",
            "There is no earlier conversation.",
            "window 128,000 tokens",
        ):
            assert words in shown


async def test_quit_leaves_at_once(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        assert "You said" not in await here.converse("/quit", "hello")


async def test_an_unknown_command_says_where_to_look(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        assert "There is no /fly. /help lists" in await here.converse("/fly")


async def test_what_a_command_cannot_do_is_said_and_the_chat_goes_on(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        shown = await here.converse("/servers restart nobody", "/resume nobody", f"/trace {tmp_path}", "hello")
        assert "There is no server named nobody" in shown
        assert "No conversation matches 'nobody'" in shown
        assert "cannot be written" in shown
        assert "You said: hello" in shown


async def test_a_new_conversation_forgets_and_resuming_remembers(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.converse("first", "/new", "second")
        texts = [message.text for message in here.model.requests[-1].messages if message.role == "user"]
        assert texts == ["second"]
        (second, first) = await here.desk.conversations.recent("local")
        assert (first.title, second.title) == ("first", "second")
        shown = await here.converse(f"/resume {first.id[:10]}", "third")
        assert "› first" in shown
        texts = [message.text for message in here.model.requests[-1].messages if message.role == "user"]
        assert texts == ["first", "third"]


async def test_a_resumed_conversation_shows_its_tools_as_they_were(tmp_path: Path) -> None:
    calls = (ScriptedCall(name="multiply", arguments={"a": "6", "b": "7"}),)
    async with room(tmp_path, Step(calls=calls), ECHO) as here:
        await here.converse("what is 6 x 7?")
        shown = await here.converse(reference="latest")
        assert "✓ multiply · deskhand" in shown
        assert "a=6, b=7" in shown


async def test_a_mentioned_resource_is_attached(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        (tmp_path / "workspace" / "map.md").write_text("TREASURE")
        await here.converse("where does @file:///map.md, the map, lead? ask me@example.org or @friend")
        (asked,) = [message for message in here.model.requests[-1].messages if message.role == "user"]
        assert "TREASURE" in asked.text
        assert "data, not instructions" in asked.text


async def test_a_mentioned_address_that_no_server_has_stays_text(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        shown = await here.converse("look at @gopher://hole/1")
        assert "No server has gopher://hole/1; it stays as text." in shown
        assert "You said: look at @gopher://hole/1" in shown


async def test_a_resource_that_cannot_be_read_ends_the_message_with_a_reason(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        shown = await here.converse("look at @file:///gone.md", "hello")
        assert "gone.md" in shown
        assert "You said: look" not in shown
        assert "You said: hello" in shown


async def test_a_prompt_of_a_server_is_run_with_its_arguments(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.converse("/weather_watch state=CA")
        assert "CA" in here.model.requests[-1].messages[-1].text
        shown = await here.converse("/weather_watch planet=Mars x")
        assert "Type /weather_watch state=…" in shown


async def test_a_missing_argument_of_a_prompt_is_asked_for(tmp_path: Path) -> None:
    async with room(tmp_path, answers=["NV"]) as here:
        await here.converse("/weather_watch")
        assert "NV" in here.model.requests[-1].messages[-1].text
    async with room(tmp_path) as here:
        assert "state is missing" in await here.converse("/weather_watch")


async def test_a_failed_turn_is_said_and_the_chat_goes_on(tmp_path: Path) -> None:
    async with room(tmp_path, Step(text="Only once.")) as here:
        shown = await here.converse("one", "two", "/cost")
        assert "Only once." in shown
        assert "The script has no step left" in shown
        assert "2 turns" in shown


async def test_commands_prompts_and_their_arguments_complete(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        assert await completed(here.app, "/to") == ["tools"]
        assert await completed(here.app, "/wea") == ["weather_watch"]
        assert "state=" in await completed(here.app, "/weather_watch ")
        assert "CA" in await completed(here.app, "/weather_watch state=C")
        assert await completed(here.app, "/nothing x") == []
        assert await completed(here.app, "a plain message") == []


async def test_resources_complete_from_listings_and_templates(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        (tmp_path / "workspace" / "map.md").write_text("x")
        assert "file:///map.md" in await completed(here.app, "read @ma")
        assert "weather://alerts/" in await completed(here.app, "@wea")
        assert "weather://alerts/CA" in await completed(here.app, "@weather://alerts/C")
        assert await completed(here.app, "me@ma") == []


async def test_what_happens_outside_of_turns_goes_to_the_listener(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.converse("hello")
        assert [event.type for event in here.late if event.type != "frame"] == ["connection_changed"]
        assert any(event.type == "frame" for event in here.late)


async def test_the_toolbar_says_how_things_stand(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.converse("hello")
        assert here.app.toolbar().startswith("scripted/script  ● deskhand  ")


class Hanging:
    """A server that lists one resource, and answers neither who reads it nor who asks for prompts."""

    def __init__(self) -> None:
        self.asked = anyio.Event()
        low = Server("hanging", on_list_prompts=self.never, on_list_resources=self.listed, on_read_resource=self.never)
        self.spec = ServerSpec("hanging", in_process=low)

    async def listed(self, _context: Any, _params: Any) -> mcp_types.ListResourcesResult:
        return mcp_types.ListResourcesResult(resources=[mcp_types.Resource(uri="slow://one", name="one")])

    async def never(self, _context: Any, _params: Any) -> Any:
        self.asked.set()
        await anyio.sleep_forever()


@pytest.mark.parametrize("typed", ["/greet", "/help", "Look at @slow://one"])
async def test_waiting_for_a_server_that_hangs_can_be_interrupted(tmp_path: Path, typed: str) -> None:
    hanging = Hanging()
    async with room(tmp_path, others=[hanging.spec]) as here:
        with anyio.fail_after(20):
            async with anyio.create_task_group() as group:
                group.start_soon(here.converse, typed, "hello")
                await hanging.asked.wait()
                assert here.app.interrupt()
        assert "Cancelled.\nYou said: hello" in here.out.getvalue()
        assert not here.app.interrupt()


async def test_a_command_of_the_chat_does_not_wait_for_servers(tmp_path: Path) -> None:
    hanging = Hanging()
    async with room(tmp_path, others=[hanging.spec]) as here:
        with anyio.fail_after(20):
            await here.converse("/quit")
