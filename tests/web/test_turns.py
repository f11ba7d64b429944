"""What is done with one turn: all that began it is said again, and a failure on the way leaves the conversation."""

from pathlib import Path

import pytest
from tests.web.place import Place, open_site
from tests.web.stories import PNG
from tests.web.test_chat import said

from deskhand.context.message import Image, Message, Text, user
from deskhand.errors import NotFound
from deskhand.host.attachments import Spoken
from deskhand.models.script import Step
from deskhand.store.conversation_edits import ConversationEdits
from deskhand.web.pieces import Said
from deskhand.web.room import Room
from deskhand.web.turns import anew

pytestmark = pytest.mark.anyio
PROMPT = (user("Be brief."), Message(role="assistant", content=(Text(text="I will."),)), user("Go on."))


async def prompted(place: Place) -> Room:
    """A conversation that began with a prompt of several messages, and went on."""
    room = await (await place.desk()).room(None)
    room.say(Spoken(PROMPT))
    await place.until(lambda: not room.busy)
    return await said(place, "And now?", f"/chat/{room.id}")


@pytest.mark.parametrize(("act", "last"), [("retry", "Go on."), ("edit", "Stop there.")])
async def test_all_messages_of_a_prompt_are_said_again(tmp_path: Path, act: str, last: str) -> None:
    async with open_site(tmp_path, [Step(text="One."), Step(text="Two."), Step(text="Three.")]) as place:
        room = await prompted(place)
        answer = await place.browser.post(f"/chat/{room.id}/turns/{room.scene.turns[0].turn}/{act}", text="Stop there.")
        newer = await (await place.desk()).room(answer.headers["hx-redirect"].removeprefix("/chat/"))
        await place.until(lambda: not newer.busy)
        told = [(message.role, message.text) for message in await newer.conversation.messages()]
        assert told == [("user", "Be brief."), ("assistant", "I will."), ("user", last), ("assistant", "Three.")]
        assert [piece.text for turn in newer.scene.turns for piece in turn.pieces if isinstance(piece, Said)] == [last]


async def test_a_branch_holds_nothing_of_the_turn_after_it(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="One."), Step(text="Two.")]) as place:
        room = await said(place, "first")
        room.say(Spoken(PROMPT[1:]))
        await place.until(lambda: not room.busy)
        answer = await place.browser.post(f"/chat/{room.id}/turns/{room.scene.turns[0].turn}/branch")
        branch = await (await place.desk()).room(answer.headers["hx-redirect"].removeprefix("/chat/"))
        assert [message.text for message in await branch.conversation.messages()] == ["first", "One."]


def test_a_message_without_words_is_given_some() -> None:
    picture = Image(data=PNG, mime_type="image/png")
    assert anew(Message(role="user", content=(picture,)), "What is it?").content == (picture, Text(text="What is it?"))


async def test_a_conversation_that_could_not_be_replaced_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_self: ConversationEdits, _owner: str, _old: str, _new: str) -> None:
        raise NotFound("The disk is full.")

    async with open_site(tmp_path, [Step(text="One."), Step(text="Two.")]) as place:
        room = await said(place, "first")
        with monkeypatch.context() as patch:
            patch.setattr(ConversationEdits, "supersede", fails)
            answer = await place.browser.post(f"/chat/{room.id}/turns/{room.scene.turns[0].turn}/retry")
            assert (answer.status_code, "disk is full" in answer.text) == (404, True)
        await said(place, "second", f"/chat/{room.id}")
        assert [row.id for row in await (await place.desk()).conversations.recent("local")] == [room.id]
