"""Pictures that wait for their turn to begin: a room keeps none of a turn that never does."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.web.place import Place, open_site
from tests.web.stories import NOON, PNG

from deskhand.context.message import Image, Message, Text
from deskhand.errors import Unavailable
from deskhand.host import events
from deskhand.host.attachments import Spoken
from deskhand.models.script import Step
from deskhand.web.pieces import Said
from deskhand.web.room import Room

pytestmark = pytest.mark.anyio
DOT = Image(data=PNG, mime_type="image/png")
PICTURE = Message(role="user", content=(DOT,))
ASKED = Message(role="user", content=(DOT, Text(text="What is on it?")))


async def say(place: Place, room: Room, *messages: Message) -> None:
    """Say it, and wait until the turn is over."""
    room.say(Spoken(messages))
    await place.until(lambda: not room.busy)


def pictures(room: Room) -> list[int]:
    """How many pictures are drawn with each message."""
    pieces = [piece for turn in room.scene.turns for piece in turn.pieces]
    return [len(piece.pictures) for piece in pieces if isinstance(piece, Said)]


def begin(room: Room, message: Message) -> None:
    """A turn of this message begins after all."""
    room.hear(events.TurnStarted(at=NOON, conversation=room.id, turn=message.id, text="late"))


async def test_the_picture_of_a_turn_that_could_not_begin_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **_also: object) -> AsyncGenerator[events.Event]:
        for event in list[events.Event]():
            yield event
        raise Unavailable("The database does not answer.")

    async with open_site(tmp_path, []) as place:
        room = await (await place.desk()).room(None)
        monkeypatch.setattr(room.chat, "send", fails)
        await say(place, room, ASKED)
        begin(room, ASKED)
        assert pictures(room) == [0]


async def test_the_picture_of_a_message_that_begins_no_turn_is_dropped_when_a_conversation_is_opened(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path, [Step(text="A dot.")]) as place:
        desk = await place.desk()
        room = await desk.room(None)
        await say(place, room, PICTURE, ASKED)
        room.leave()
        await place.until(lambda: room.id not in desk.rooms.open)
        room = await desk.room(room.id)
        begin(room, PICTURE)
        assert pictures(room) == [1, 0]
