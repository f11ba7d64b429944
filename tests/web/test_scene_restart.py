"""A turn that goes on after a restart: the open page shows what a reload does."""

from pathlib import Path

import pytest
from tests.web.questions_place import Peer, asked, calls, site

from deskhand.host.human import Decision
from deskhand.host.past import past_events
from deskhand.models.script import Step
from deskhand.web.draw import Draw
from deskhand.web.room import Room
from deskhand.web.scene import Scene

pytestmark = pytest.mark.anyio


async def reloaded(room: Room) -> Scene:
    """What the store makes of the conversation."""
    conversation, scene = room.conversation, Scene()
    scene.replay(past_events(room.id, await conversation.messages(), await conversation.turn_records()))
    return scene


def picture(scene: Scene) -> list[str]:
    """All that it shows."""
    return [str(Draw().piece(turn)) for turn in scene.turns]


@pytest.mark.parametrize("allow", [True, False])
async def test_a_turn_that_goes_on_after_a_restart_looks_as_it_does_reloaded(tmp_path: Path, allow: bool) -> None:
    peer = Peer()
    made = calls(("paint", {"colour": "red"}), ("nowhere", {})).calls
    async with site(tmp_path, peer, [Step(text="I paint.", reasoning="Which wall?", calls=made)]) as place:
        await asked(place)
    async with site(tmp_path, peer, [Step(text="Done.")]) as place:
        desk = await place.desk()
        await place.until(lambda: bool(desk.tray.waiting))
        question = next(iter(desk.tray.waiting.values()))
        room = await desk.room(question.conversation)
        desk.tray.answer(question.id, (Decision(allow=allow),))
        await place.until(lambda: not room.busy)
        assert picture(room.scene) == picture(await reloaded(room))
        assert "check before it is repeated" not in "".join(picture(room.scene))
