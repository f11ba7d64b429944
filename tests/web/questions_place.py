"""A server that asks, in this process, and what the tests do with the cards it leads to."""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Literal

from mcp.server.mcpserver import Elicit, MCPServer, Resolve
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field, JsonValue
from tests.web.place import Place, open_site

from deskhand.context.message import ToolResult
from deskhand.host.conversation import result_text
from deskhand.host.servers import ServerSpec
from deskhand.models.script import ScriptedCall, Step
from deskhand.settings import Settings
from deskhand.web.room import Room
from deskhand.web.tray import Question

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
DESTROYS = ToolAnnotations(read_only_hint=False, destructive_hint=True)


class Booking(BaseModel):
    room: Literal["north", "south"] = Field(title="Room")
    guests: int = Field(title="Guests", ge=1, le=4)
    price: float = Field(title="Price", default=40.5)
    name: str = Field(title="Name", min_length=2)
    breakfast: bool = Field(title="Breakfast", default=True)
    extras: list[Literal["view", "bath"]] = Field(title="Extras", default=["view"])


class Peer:
    """`done` remembers the calls that were made."""

    def __init__(self, asks: str = "Please complete the booking.") -> None:
        self.done: list[str] = []
        self.server = MCPServer("peer")
        self.spec = ServerSpec("peer", in_process=self.server, trusted=True)
        self._asks = asks
        self._add()

    def _add(self) -> None:
        async def ask() -> Elicit[Booking]:
            return Elicit(self._asks, Booking)

        async def paint(colour: str, wall: str = "north") -> str:
            """Paint a wall."""
            self.done.append(f"{wall} {colour}")
            return f"painted {wall} {colour}"

        async def tear(wall: str) -> str:
            """Tear a wall down."""
            self.done.append(f"tore {wall}")
            return f"tore {wall}"

        async def book(booking: Annotated[Booking, Resolve(ask)]) -> str:
            """Book a room."""
            self.done.append(f"booked {booking.model_dump_json()}")
            return "booked"

        self.server.add_tool(paint, annotations=WRITES, title="Paint a wall")
        self.server.add_tool(tear, annotations=DESTROYS)
        self.server.add_tool(book, annotations=READS)


def site(folder: Path, peer: Peer, steps: Sequence[Step] | None = ()) -> AbstractAsyncContextManager[Place]:
    """The page with this server beside ours, which has few tools and so starts fast."""
    settings = Settings.model_validate(
        {"data_dir": folder / "data", "workspace": folder / "workspace", "toolsets": {"enabled": ["files"]}}
    )
    return open_site(folder, steps, servers=[peer.spec], settings=settings)


def calls(*made: tuple[str, Mapping[str, JsonValue]]) -> Step:
    """The model makes these calls at once."""
    return Step(calls=tuple(ScriptedCall(name=name, arguments=dict(arguments)) for name, arguments in made))


async def asked(place: Place, text: str = "Please.") -> tuple[Room, Question]:
    """Say something in a new conversation, and wait for the question that it leads to."""
    answer = await place.browser.post("/chat", text=text)
    desk = await place.desk()
    room = await desk.room(answer.headers["hx-redirect"].removeprefix("/chat/"))
    await place.until(lambda: bool(desk.tray.waiting) or not room.busy)
    return room, next(iter(desk.tray.waiting.values()))


async def over(place: Place, room: Room) -> list[str]:
    """Wait until the turn has ended; the results the model got."""
    await place.until(lambda: not room.busy)
    messages = await room.chat.conversation.messages()
    return [result_text(block) for each in messages for block in each.content if isinstance(block, ToolResult)]


def card_in(page: str, question: Question) -> str:
    """The HTML of a question on a page; empty when it is not there."""
    found = re.search(rf'<section id="question-{question.id}".*?</section>', page, re.DOTALL)
    return found[0] if found else ""
