"""What a token for less opens on the page, and what it answers."""

from functools import partial
from pathlib import Path

import anyio
import pytest
from tests.web.place import Place, open_site
from tests.web.questions_place import Peer, site

from deskhand.host.human import FormRequest
from deskhand.principal import LOCAL, Principal
from deskhand.web.desk import Desk
from deskhand.web.tray import Question

pytestmark = pytest.mark.anyio


async def come_with(place: Place, *scopes: str) -> Desk:
    """Sign in with a token for less: its desk."""
    principal = Principal(LOCAL.subject, "page", frozenset(scopes))
    await place.sign_in_as(principal)
    desk = await place.desk(principal)
    await desk.connections.ready(10)
    return desk


async def test_who_may_call_a_tool_in_the_console_may_answer_what_it_asks_there(tmp_path: Path) -> None:
    async with site(tmp_path, Peer(), None) as place:
        desk = await come_with(place, "files:*")
        assert (await place.browser.post("/console/peer/tools/book", sure="yes")).status_code == 200
        await place.until(lambda: bool(desk.tray.waiting))
        (question,) = desk.tray.waiting.values()
        assert not question.conversation
        answer = await place.browser.post(f"/questions/{question.id}/form", action="decline")
        assert answer.status_code == 200
        assert not desk.tray.waiting


@pytest.mark.parametrize(("scope", "status"), [("conversations:read", 403), ("conversations:*", 200)])
async def test_the_question_of_a_conversation_is_answered_with_the_right_to_converse(
    scope: str, status: int, tmp_path: Path
) -> None:
    asked = Question(FormRequest("peer", "Yes?", {"type": "object", "properties": {}}), "a-conversation")
    async with site(tmp_path, Peer(), None) as place:
        desk = await come_with(place, scope)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(desk.tray.ask, asked))
            await place.until(lambda: bool(desk.tray.waiting))
            answer = await place.browser.post(f"/questions/{asked.id}/form", action="decline")
            assert answer.status_code == status
            tasks.cancel_scope.cancel()


async def test_who_may_not_converse_does_not_have_a_model_looked_for(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        await come_with(place, "conversations:read")
        answer = await place.browser.post("/model/look")
        assert answer.status_code == 403
        assert "conversations:write" in answer.text
