"""Questions that are too large, ask for more than they show, or are answered with rights that do not reach so far."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from pydantic import JsonValue
from tests.web.place import Place, open_site
from tests.web.questions_place import Peer, asked, calls, card_in, over, site
from tests.web.test_questions_forms import BOOK, DONE, asking

from deskhand.context.message import ToolCall
from deskhand.host.human import ApprovalRequest, Decision, FormRequest
from deskhand.principal import LOCAL, Principal
from deskhand.settings import Settings
from deskhand.web.form_parts import Form
from deskhand.web.forms import form_of
from deskhand.web.question_cards import SHOWN
from deskhand.web.tray import Question

pytestmark = pytest.mark.anyio
NARROW = Principal(LOCAL.subject, scopes=frozenset({"conversations:*", "files:*"}))


@asynccontextmanager
async def waiting(place: Place, request: ApprovalRequest) -> AsyncGenerator[Question]:
    """A question about a call or a tool, which is of no conversation."""
    tray = (await place.desk()).tray
    question = Question((request,))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tray.ask, question)
        await place.until(lambda: question.id in tray.waiting)
        yield question
        tray.answer(question.id, (Decision(allow=False),))


async def test_a_question_of_megabytes_leaves_every_page_small_and_says_what_is_missing(tmp_path: Path) -> None:
    async with site(tmp_path, Peer(asks="A" * 5_000_000), [BOOK, DONE]) as place:
        room, question = await asked(place)
        page = await place.browser.get(f"/chat/{room.id}")
        assert len(page) < 100_000
        assert "A… (4,996,000 more characters, not shown)" in card_in(page, question)
        await place.browser.post(f"/questions/{question.id}/form", action="decline")
        await over(place, room)


async def test_a_form_that_cannot_be_shown_whole_cannot_be_accepted(tmp_path: Path) -> None:
    fields: dict[str, JsonValue] = {f"f{number}": {"type": "string"} for number in range(200)}
    hidden: JsonValue = {"type": "boolean", "default": True, "title": "I consent to everything"}
    request = FormRequest("peer", "A survey.", {"type": "object", "properties": fields | {"consent": hidden}})
    async with site(tmp_path, Peer()) as place, asking(place, request) as (question, answers):
        card = card_in(await place.browser.get("/chat"), question)
        assert "asks for 201 values, and only 200 can be shown" in card
        assert 'value="accept"' not in card
        refused = await place.browser.post(f"/questions/{question.id}/form", action="accept")
        assert refused.status_code == 422
        assert "You cannot agree to what you do not see" in refused.text
        assert 'value="accept"' not in refused.text
        assert answers == []
        await place.browser.post(f"/questions/{question.id}/form", action="decline")
        await place.until(lambda: bool(answers))
        assert answers[0].action == "decline"


async def test_a_changed_definition_is_shown_in_part_and_can_be_read_whole(tmp_path: Path) -> None:
    diff = "-old\n" + "+" + "x" * 100_000 + "the end"
    request = ApprovalRequest(ToolCall(id="1", name="n" * 9_000, arguments={}), "peer", "", "definition changed", diff)
    async with site(tmp_path, Peer()) as place, waiting(place, request) as question:
        card = card_in(await place.browser.get("/chat"), question)
        assert len(card) < 12_000
        assert '<span class="del">-old' in card
        assert f"{len(diff) - SHOWN:,} more characters are not shown" in card
        whole = await place.browser.get(f"/questions/{question.id}/calls/0/arguments")
        assert "xthe end" in whole
        assert "are not shown" not in whole


async def test_who_came_with_a_token_for_less_is_offered_no_yes_that_lasts_and_can_give_none(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {"data_dir": tmp_path / "data", "workspace": tmp_path / "workspace", "toolsets": {"enabled": ["files"]}}
    )
    write = calls(("file_write", {"uri": "file:///note.txt", "content": "hello"}))
    async with open_site(tmp_path, [write, write, DONE], settings=settings) as place:
        await place.sign_in_as(NARROW)
        desk = await place.site.desks.of(NARROW)
        await desk.connections.ready(10)
        assert (await place.browser.post("/chat", text="Write.")).status_code == 204
        for answer, status in (("server", 422), ("tool", 422), ("session", 200)):
            await place.until(lambda: bool(desk.tray.waiting))
            question = next(iter(desk.tray.waiting.values()))
            assert [reach.span for reach in question.reaches] == ["once", "session"]
            given = await place.browser.post(f"/questions/{question.id}/calls", answer=answer)
            assert given.status_code == status
        owner = await place.desk()
        await owner.consent.reread()
        assert owner.consent.grants() == []


def choosing(number: int, title: str = "T") -> Form:
    """A form of one field with so many choices."""
    options: list[JsonValue] = [{"const": str(each), "title": title} for each in range(number)]
    return form_of({"properties": {"x": {"type": "string", "title": title, "oneOf": options}}})


@pytest.mark.parametrize(("number", "kind", "listed"), [(500, "choice", 500), (501, "text", 0)])
def test_more_choices_than_a_page_can_list_are_typed(number: int, kind: str, listed: int) -> None:
    names: list[JsonValue] = [str(each) for each in range(number)]
    by_name = form_of({"properties": {"x": {"type": "string", "enum": names}}})
    for (field,) in (choosing(number).fields, by_name.fields):
        assert (field.kind, len(field.choices)) == (kind, listed)


def test_titles_are_cut_and_say_so() -> None:
    (field,) = choosing(2, "T" * 10_000).fields
    shown = "T" * 300 + "… (9,700 more characters, not shown)"
    assert [field.title, *(choice.title for choice in field.choices)] == [shown] * 3
