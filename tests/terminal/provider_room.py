"""A chat whose provider has several models, without a terminal."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from rich.console import Console
from tests.terminal.typed_lines import Lines

from deskhand.errors import SettingsError
from deskhand.host.events import Event
from deskhand.host.human import Human, Nobody
from deskhand.host.servers import ServerSpec
from deskhand.models.model import Model
from deskhand.models.script import Step
from deskhand.models.scripted import ScriptedModel
from deskhand.settings import Settings
from deskhand.store.database import Database
from deskhand.terminal.app import ChatApp, Face
from deskhand.terminal.desk import Desk, Furniture
from deskhand.terminal.plain import PlainRenderer
from deskhand.terminal.screen import LiveScreen
from deskhand.terminal.shown_calls import ShownCalls


class Closing(ScriptedModel):
    """Knows how often it was closed, and what its provider listed."""

    closed = 0
    others: Sequence[str] = ()

    async def aclose(self) -> None:
        self.closed += 1


def model(name: str, step: Step | None = None, window: int = 128_000) -> Closing:
    said = step or Step(text=f"{name} heard: {{last}}", times=None)
    return Closing([said], name=f"acme/{name}", context_window=window)


@dataclass
class Room:
    """A chat whose provider has the `models`, of which the first answers, and what is on the screen."""

    app: ChatApp
    desk: Desk
    out: StringIO
    models: dict[str, Closing]

    async def types(self, *lines: str) -> str:
        before = len(self.out.getvalue())
        await self.app.run(Lines(*lines))
        return " ".join(self.out.getvalue()[before:].split())

    def heard(self, name: str) -> list[str]:
        """What the last request to a model holds of the conversation."""
        return [each.text for each in self.models[name].requests[-1].messages if each.role != "system"]


@asynccontextmanager
async def room(
    folder: Path,
    *models: Closing,
    servers: Sequence[ServerSpec] = (),
    human: Human | None = None,
    host: Mapping[str, object] | None = None,
) -> AsyncGenerator[Room]:
    out, there = StringIO(), {each.name.partition("/")[2]: each for each in models}
    screen = LiveScreen(Console(file=out, width=120, color_system=None))
    calls = ShownCalls()
    renderer = PlainRenderer(out.write, frames=out.write, answers=True, calls=calls)

    def replay(events: Sequence[Event]) -> None:
        for event in events:
            renderer.show(event)

    face = Face(screen, renderer, replay, None, moves=False, calls=calls)

    async def another(name: str) -> Model:
        if name not in there:
            raise SettingsError(f"Nobody lists {name}.")
        return there[name]

    with Database(folder / "chat.db") as database:
        settings = Settings.model_validate({"data_dir": folder, "host": host or {}})
        furniture = Furniture(settings, models[0], servers, database, another=another if len(models) > 1 else None)
        async with Desk(furniture, human or Nobody(), lambda _: None) as desk:
            await desk.connections.ready(20)
            yield Room(ChatApp(desk, face), desk, out, there)
