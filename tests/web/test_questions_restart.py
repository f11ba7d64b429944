"""A question that waits while Deskhand is stopped, and started again: it is on the page, and its call is made once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from tests.web.place import Place
from tests.web.questions_place import Peer, asked, calls, card_in, over, site

from deskhand.models.script import Step
from deskhand.web.room import Room
from deskhand.web.tray import Question

pytestmark = pytest.mark.anyio
PAINT = calls(("paint", {"colour": "red"}))
DONE = Step(text="Done.")


@asynccontextmanager
async def started_again(folder: Path, peer: Peer, *steps: Step) -> AsyncGenerator[tuple[Place, Room, Question]]:
    """Another process of the same place, when it has asked again what the first one left."""
    async with site(folder, peer, steps) as place:
        desk = await place.desk()
        await place.until(lambda: bool(desk.tray.waiting))
        question = next(iter(desk.tray.waiting.values()))
        yield place, await desk.room(question.conversation), question


async def test_an_approval_survives_a_restart_and_its_call_is_made_once(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT]) as place:
        first, _ = await asked(place)
    assert peer.done == []
    async with started_again(tmp_path, peer, DONE) as (place, room, question):
        assert room.id == first.id
        page = await place.browser.get(f"/chat/{room.id}")
        assert "red" in card_in(page, question)
        await place.browser.post(f"/questions/{question.id}/calls", answer="once")
        assert await over(place, room) == ["painted north red"]
        assert peer.done == ["north red"]
        assert await (await place.desk()).questions.rows() == []
        assert "Done." in await place.browser.get(f"/chat/{room.id}")
    async with site(tmp_path, peer, []) as place:
        room = await (await place.desk()).room(first.id)
        assert not room.busy
    assert peer.done == ["north red"]


async def test_it_survives_as_many_restarts_as_there_are(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT]) as place:
        await asked(place)
    for _ in range(2):
        async with started_again(tmp_path, peer):
            pass
    async with started_again(tmp_path, peer, DONE) as (place, room, question):
        await place.browser.post(f"/questions/{question.id}/calls", answer="deny", reason="Too late.")
        (result,) = await over(place, room)
        assert "Too late." in result
    assert peer.done == []


async def test_what_was_edited_after_the_restart_is_what_the_tool_gets(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT]) as place:
        await asked(place)
    async with started_again(tmp_path, peer, DONE) as (place, room, question):
        form = {"answer": "once", "arguments-0": '{"colour": "blue"}'}
        await place.browser.post(f"/questions/{question.id}/calls", **form)
        await over(place, room)
    assert peer.done == ["north blue"]


async def test_what_the_person_stopped_is_not_asked_again(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT]) as place:
        stopped, _ = await asked(place)
        await place.browser.post(f"/chat/{stopped.id}/stop")
    async with site(tmp_path, peer, []) as place:
        room = await (await place.desk()).room(stopped.id)
        (result,) = await over(place, room)
        assert "Cancelled by the person" in result
        assert not (await place.desk()).tray.waiting
    assert peer.done == []


async def test_several_calls_are_asked_about_together_again(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [calls(("paint", {"colour": "red"}), ("tear", {"wall": "west"}))]) as place:
        await asked(place)
    async with started_again(tmp_path, peer, DONE) as (place, room, question):
        chosen = {"answer": "each", "decision-0": "once", "decision-1": "deny"}
        await place.browser.post(f"/questions/{question.id}/calls", **chosen)
        await over(place, room)
    assert peer.done == ["north red"]


async def test_a_conversation_deleted_meanwhile_is_not_asked_about(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT]) as place:
        room, _ = await asked(place)
    async with site(tmp_path, peer, []) as place:
        desk = await place.desk()
        await desk.rooms.close(room.id)
        await desk.conversations.delete(desk.principal.subject, room.id)
        assert await desk.questions.rows() == []
    async with site(tmp_path, peer, []) as place:
        assert not (await place.desk()).tray.waiting
    assert peer.done == []


async def test_without_a_model_the_question_stays_for_later(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT]) as place:
        await asked(place)
    async with site(tmp_path, peer, None) as place:
        desk = await place.desk()
        await anyio.wait_all_tasks_blocked()
        assert len(await desk.questions.rows()) == 1
    async with started_again(tmp_path, peer, DONE) as (place, room, question):
        await place.browser.post(f"/questions/{question.id}/calls", answer="once")
        await over(place, room)
    assert peer.done == ["north red"]


async def test_a_form_is_not_asked_again_but_the_conversation_says_that_its_call_was_cut(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [calls(("book", {}))]) as place:
        cut, _ = await asked(place)
    async with site(tmp_path, peer, []) as place:
        room = await (await place.desk()).room(cut.id)
        (result,) = await over(place, room)
        assert result.startswith("Interrupted: the host stopped before this call was answered.")
        assert not (await place.desk()).tray.waiting
    assert peer.done == []
