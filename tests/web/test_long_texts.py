"""Of a very long text the beginning is drawn, and the page leads to the whole: nothing is lost, and no page is huge."""

from pathlib import Path

import mcp_types
import pytest
from selectolax.lexbor import LexborHTMLParser
from tests.web.place import open_site
from tests.web.stories import NOON, answered, asked, deltas, finished, flat, scene_of, started
from tests.web.test_chat import said
from tests.web.test_scene_pace import watched

from deskhand.host import events
from deskhand.models.script import Step
from deskhand.web import writing
from deskhand.web.draw import Draw
from deskhand.web.pieces import MOST_DRAWN, End, Rest
from deskhand.web.results import readable_answer
from deskhand.web.scene import Scene

DRAW = Draw()
MILLION = 1_000_000
ANSWERS = {
    "a line": "word " * (MILLION // 5),
    "code": "```python\n" + "print('all', 1)\n" * (MILLION // 16),
    "paragraphs": ("All work and no play. " * 12 + "\n\n") * (MILLION // 266),
}
LIST = "- All work and no play.\n" * 2_500
"""One block, which may end with each of its lines."""


def drawn(scene: Scene) -> str:
    """The conversation as a page has it at first."""
    return "".join(map(DRAW.piece, scene.turns))


def words_of(html: str, selector: str) -> str:
    return "\n".join(element.text() for element in LexborHTMLParser(html).css(selector))


@pytest.mark.anyio
async def test_of_a_long_message_the_beginning_is_drawn_and_all_of_it_is_edited_read_and_taken_along(
    tmp_path: Path,
) -> None:
    text = "x" * MILLION + "THE END"
    async with open_site(tmp_path, [Step(text="I see.")]) as place:
        desk = await place.desk()
        position = desk.feed.position
        room = await said(place, text)
        turn = f"/chat/{room.id}/turns/{room.scene.turns[0].turn}"
        live = (await anext(desk.feed.follow([room.id], position))).html
        for html in (live, await place.browser.get(f"/chat/{room.id}")):
            assert "THE END" not in html
            assert len(html) < 2 * MOST_DRAWN + 50_000, "drawn when it begins, and again when it is over"
            assert "800,007 more characters not shown." in words_of(html, ".said")
            assert f'href="{turn}/whole"' in html
            assert "data-copy" not in html.partition('class="answer"')[0], "a copy would be of the beginning only"
        for whole in (f"{turn}/whole", f"{turn}/edit", f"/chat/{room.id}/export.md"):
            assert text in await place.browser.get(whole), whole


@pytest.mark.anyio
async def test_the_whole_of_a_long_answer_is_a_page_with_the_way_back(tmp_path: Path) -> None:
    text = "word " * (MILLION // 5) + "THE END"
    async with open_site(tmp_path, [Step(text=text)]) as place:
        room = await said(place, "Go on and on.")
        page = await place.browser.get(f"/chat/{room.id}")
        link = LexborHTMLParser(page).css('a[href$="/whole"]')[0]
        whole = await place.browser.get(str(link.attributes["href"]))
        missing = await place.browser.client.get(f"/chat/{room.id}/turns/none/whole")
    assert ("THE END" in page, "THE END" in whole) == (False, True)
    assert f'href="/chat/{room.id}">Back to the conversation</a>' in whole
    assert missing.status_code == 404


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_a_million_characters_costs_a_page_less_than_it_has(name: str) -> None:
    watch = watched([*started(), *deltas(ANSWERS[name], 400), *answered("."), finished()])
    assert watch.bytes < MILLION
    html = drawn(watch.scene)
    assert len(html) < 2 * MOST_DRAWN
    assert f"{len(ANSWERS[name]) + 1 - MOST_DRAWN:,} more characters not shown." in html


@pytest.mark.parametrize("name", ANSWERS)
def test_a_long_answer_looks_after_a_reload_as_it_did_live(name: str) -> None:
    live = scene_of([*started(), *deltas(ANSWERS[name], 777), *answered("."), finished()])
    replayed = scene_of([*started(), *answered(f"{ANSWERS[name]}.", 2 * MILLION), finished()])
    assert drawn(live) == drawn(replayed)


def test_an_answer_at_the_limit_is_whole() -> None:
    scene = scene_of([*started(), *answered("x" * MOST_DRAWN), finished()])
    (end,) = (piece for piece in flat(scene.turns) if isinstance(piece, End))
    assert end.answer
    assert "not shown" not in drawn(scene)


def test_a_long_answer_is_not_copied_in_part() -> None:
    scene = scene_of([*started(), *answered("x" * (MOST_DRAWN + 1)), finished()])
    assert "1 more character not shown." in drawn(scene)
    assert "data-copy" not in drawn(scene).partition('class="end')[2]
    assert [piece.answer for piece in flat(scene.turns) if isinstance(piece, End)] == [""]


@pytest.mark.parametrize("ends", [False, True], ids=["written", "discarded"])
def test_while_an_answer_is_written_and_when_it_does_not_count_no_link_leads_nowhere(ends: bool) -> None:
    cut = [events.PartialDiscarded(at=NOON, reason="the stream was cut"), asked(), *answered("short")]
    scene = scene_of([*started(), *deltas("x" * (MOST_DRAWN + 1)), *(cut if ends else ())])
    assert [piece.kept for piece in flat(scene.turns) if isinstance(piece, Rest)] == [False]
    assert "what follows is not shown here" in drawn(scene)
    assert "/whole" not in drawn(scene)


def test_a_long_thought_is_bounded_as_it_grows() -> None:
    words = [events.ReasoningDelta(at=NOON, text="word " * 80) for _ in range(MILLION // 400)]
    watch = watched([*started(), *words, *answered("42"), finished()])
    assert watch.bytes < MILLION
    assert "800,000 more characters not shown" in words_of(drawn(watch.scene), ".thought")


def test_a_long_list_is_not_read_again_with_every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    read, split = list[int](), writing.split
    monkeypatch.setattr(writing, "split", lambda text: (read.append(len(text)), split(text))[1])  # pyright: ignore
    scene_of([*started(), *deltas(LIST, 24)])
    assert sum(read) < 20 * len(LIST)


def test_a_result_of_many_long_texts_is_bounded_as_one_is() -> None:
    result = mcp_types.CallToolResult(content=[], structured_content={"pages": ["x" * 50_000 + "THE END"] * 300})
    html = DRAW.fragment("pieces/result.html", result=readable_answer(result, "deskhand", "read"))
    assert len(html) < 2 * MOST_DRAWN
    assert "296 more values not shown." in html
