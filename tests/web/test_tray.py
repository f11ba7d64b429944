"""Where questions wait: shown when they come, gone when they are answered or stopped, kept for the next process."""

from pathlib import Path

import anyio
import pytest
from tests.web.questions_place import Peer, asked, calls, over, site

from deskhand.errors import Conflict, NotFound, Unavailable
from deskhand.host.human import Decision, FormAnswer, FormRequest
from deskhand.models.script import Step
from deskhand.web.tray import REMEMBERED, Question, Tray

pytestmark = pytest.mark.anyio
PAINT = calls(("paint", {"colour": "red"}))
DONE = Step(text="Done.")
FORM = FormRequest("peer", "Which?", {"type": "object", "properties": {}})


class Shown(list[tuple[str, bool]]):
    """What was drawn."""

    def draw(self, question: Question, waits: bool) -> None:
        self.append((question.id, waits))


async def test_a_question_is_shown_and_taken_away_once() -> None:
    shown = Shown()
    tray = Tray(shown.draw)
    question = Question(FORM)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tray.ask, question)
        await anyio.wait_all_tasks_blocked()
        tray.answer(question.id, FormAnswer("decline"))
    assert shown == [(question.id, True), (question.id, False)]
    with pytest.raises(Conflict):
        tray.answer(question.id, FormAnswer("accept"))
    assert question.answer == FormAnswer("decline")


async def test_a_question_whose_asker_was_cancelled_goes() -> None:
    shown = Shown()
    tray = Tray(shown.draw)
    question = Question(FORM)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tray.ask, question)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert shown == [(question.id, True), (question.id, False)]
    with pytest.raises(NotFound):
        tray.answer(question.id, FormAnswer("accept"))


async def test_only_so_many_answered_questions_are_remembered() -> None:
    tray = Tray(Shown().draw)
    questions = [Question(FORM) for _ in range(REMEMBERED + 1)]
    async with anyio.create_task_group() as tasks:
        for question in questions:
            tasks.start_soon(tray.ask, question)
        await anyio.wait_all_tasks_blocked()
        for question in questions:
            tray.answer(question.id, FormAnswer("cancel"))
    with pytest.raises(NotFound):
        tray.question(questions[0].id)
    with pytest.raises(Conflict):
        tray.question(questions[1].id)


async def test_a_form_of_a_conversation_is_cancelled_when_the_person_stops_it_and_others_stay() -> None:
    tray = Tray(Shown().draw)
    ours, other = Question(FORM, "here"), Question(FORM, "there")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tray.ask, ours)
        tasks.start_soon(tray.ask, other)
        await anyio.wait_all_tasks_blocked()
        await tray.withdraw("here")
        assert ours.answer == FormAnswer("cancel")
        assert list(tray.waiting) == [other.id]
        tasks.cancel_scope.cancel()


class FullDisk:
    """Keeps nothing."""

    async def keep(self, question: Question) -> None:
        raise Unavailable("The disk is full.")

    async def forget(self, question: Question) -> None:
        raise Unavailable("The disk is full.")


async def test_a_question_that_cannot_be_kept_is_asked_all_the_same(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT, DONE]) as place:
        desk = await place.desk()
        desk.tray = tray = Tray(Shown().draw, FullDisk())
        room, question = await asked(place)
        tray.answer(question.id, (Decision(allow=True),))
        assert await over(place, room) == ["painted north red"]


async def test_what_waits_is_in_the_database_until_it_is_answered(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT, DONE]) as place:
        room, question = await asked(place)
        desk = await place.desk()
        (row,) = await desk.questions.rows()
        assert (row.id, row.conversation) == (question.id, room.id)
        desk.tray.answer(question.id, (Decision(allow=True),))
        await over(place, room)
        assert await desk.questions.rows() == []


async def test_what_the_person_stopped_is_not_kept(tmp_path: Path) -> None:
    async with site(tmp_path, Peer(), [PAINT, DONE]) as place:
        room, _ = await asked(place)
        await place.browser.post(f"/chat/{room.id}/stop")
        assert await (await place.desk()).questions.rows() == []


async def test_a_deleted_conversation_asks_nothing_any_more(tmp_path: Path) -> None:
    peer = Peer()
    async with site(tmp_path, peer, [PAINT, DONE]) as place:
        room, _ = await asked(place)
        desk = await place.desk()
        await desk.rooms.close(room.id)
        await desk.conversations.delete(desk.principal.subject, room.id)
        assert not desk.tray.waiting
        assert await desk.questions.rows() == []
        assert peer.done == []
