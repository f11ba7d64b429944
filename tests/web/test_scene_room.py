"""A room draws all that happens in its conversation: a piece that cannot be drawn, or must wait, takes none along."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from tests.web.stories import call, deltas, requested, started

from deskhand.host import events
from deskhand.host.conversation import Conversation
from deskhand.store.database import Database
from deskhand.web.pieces import Answer, Block, Note, Piece
from deskhand.web.room import Room

pytestmark = pytest.mark.anyio


class Pages:
    """Where a room shows its pieces: one kind of them cannot be drawn."""

    def __init__(self, broken: type[Piece] | None = None) -> None:
        self.shown: list[Piece] = []
        self.text = ""
        """Of the block that was shown last, as it was then."""
        self._broken = broken
        self._news = anyio.Event()

    def put(self, room: Room, piece: Piece) -> None:
        if self._broken is not None and isinstance(piece, self._broken):
            raise ValueError("a template that is broken")
        self.shown.append(piece)
        self.text = piece.text if isinstance(piece, Block) else self.text
        self._news.set()

    async def changed(self, room: Room) -> None:
        """Nothing surrounds it."""

    async def ready_servers(self, seconds: float) -> None:
        """There are none."""

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something shown makes this true."""
        with anyio.fail_after(10):
            while not true():
                self._news = anyio.Event()
                await self._news.wait()


@asynccontextmanager
async def room_of(folder: Path, pages: Pages) -> AsyncGenerator[Room]:
    """A room without a model, that runs."""
    with Database(folder / "deskhand.db") as database:
        async with anyio.create_task_group() as tasks:
            room = Room(Conversation(database, "ann"), pages)
            await tasks.start(room.run)
            yield room
            tasks.cancel_scope.cancel()


async def test_a_piece_that_cannot_be_drawn_does_not_stop_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pages = Pages(broken=Note)
    async with room_of(tmp_path, pages) as room:
        for event in started():
            room.hear(event)
        await pages.until(lambda: bool(pages.shown))
        for event in (events.Notice(level="error", text="Oh."), *requested(call("1")), *deltas("It goes on.")):
            room.hear(event)
        await pages.until(lambda: any(isinstance(piece, Answer) for piece in pages.shown))
    assert "could not be drawn" in caplog.text
    assert not any(isinstance(piece, Note) for piece in pages.shown)


async def test_the_end_of_a_long_text_is_drawn_though_nothing_follows(tmp_path: Path) -> None:
    pages, long = Pages(), "word " * 600
    async with room_of(tmp_path, pages) as room:
        for event in (*started(), *deltas(long)):
            room.hear(event)
        await pages.until(lambda: bool(pages.shown))
        room.hear(events.TextDelta(text="!"))
        await pages.until(lambda: pages.text == long + "!")
        room.hear(events.TextDelta(text="?"))
        await pages.until(lambda: pages.text == long + "!?")
