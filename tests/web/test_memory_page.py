"""The memory page: what is remembered is shown, searched, added to, changed with its history, forgotten, exported."""

import json
import re
from pathlib import Path

import anyio
import pytest
from tests.web.place import Place, open_site

from deskhand.host.human import FormAnswer
from deskhand.principal import Principal
from deskhand.settings import Settings
from deskhand.settings_sections import ToolsetsSettings
from deskhand.toolsets.memory.results import Saved
from deskhand.web.desk import Desk
from deskhand.web.memory_news import MEMORY
from deskhand.web.tray import Question

pytestmark = pytest.mark.anyio
HOSTILE = '<img src=x onerror="alert(1)"> **bold** [a](javascript:alert(1))'


async def remember(desk: Desk, text: str, **more: str | bool) -> str:
    """The id of a memory that a tool saved."""
    return (await desk.own.ask(Saved, "save_memory", {"text": text, **more})).id


async def asked_to_forget(place: Place) -> Question:
    """The question in the tray."""
    tray = (await place.desk()).tray
    await place.until(lambda: bool(tray.waiting))
    return next(iter(tray.waiting.values()))


async def test_an_empty_memory_says_how_to_fill_it(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        page = await place.browser.get("/memory")
    assert "Nothing is remembered yet." in page
    assert "remember that" in page
    assert ">Remember</button>" in page


async def test_what_a_tool_saved_is_shown_and_a_pinned_one_is_in_the_profile(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        desk = await place.desk()
        await remember(desk, "Ann likes green tea", kind="preference", pin=True)
        await remember(desk, "The bicycle is in the cellar", valid_from="2026-05-07")
        page = await place.browser.get("/memory")
    profile, _, known = page.partition('id="known"')
    assert "Ann likes green tea" in profile
    assert "The bicycle is in the cellar" not in profile
    assert "since 2026-05-07" in known
    assert "2 memories, the newest first." in known
    assert known.index("bicycle") < known.index("green tea")


async def test_the_person_adds_a_memory_and_is_told_what_it_repeats(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        await place.browser.get("/memory")
        added = await place.browser.post("/memory/save", text="I am allergic to peanuts", kind="fact", pin="on")
        again = await place.browser.post("/memory/save", text="I am allergic to peanuts", kind="fact")
        empty = await place.browser.post("/memory/save", text=" ")
        page = await place.browser.get("/memory")
    assert "Saved." in added.text
    assert "Known already" in again.text
    assert (empty.status_code, "write one statement" in empty.text) == (422, True)
    assert page.count("I am allergic to peanuts</a>") == 1
    assert "pinned</span>" in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        pytest.param({"expires_at": "2020-01-01"}, "“Until it expires” must lie in the future", id="over"),
        pytest.param({"valid_from": "yesterday-ish"}, "“Since”", id="no day"),
    ],
)
async def test_what_is_wrong_is_called_what_the_form_calls_it(tmp_path: Path, form: dict[str, str], said: str) -> None:
    async with open_site(tmp_path) as place:
        await place.browser.get("/memory")
        answer = await place.browser.post("/memory/save", text="Ann likes tea", kind="fact", **form)
        assert answer.status_code >= 400
        assert said in answer.text
        assert "_" not in answer.text.partition("<p")[2].partition("</p>")[0]


async def test_what_a_memory_contradicts_is_a_link_with_its_words(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        desk = await place.desk()
        first = await remember(desk, "Ann lives in Sacramento")
        await remember(desk, "Ann lives in Oakland")
        page = await place.browser.get("/memory?q=Oakland")
        whole = await place.browser.get("/memory")
    for each in (page, whole):
        assert "contradicts</span>" in each
        link = each.partition("contradicts</span>")[2].partition("</a>")[0]
        assert f'href="/memory/item/{first}"' in link
    assert "Ann lives in Sacramento" in whole.partition("contradicts</span>")[2].partition("</a>")[0]


async def test_an_edit_keeps_the_words_before_in_the_history(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        name = await remember(await place.desk(), "The office is in Ghent")
        await place.browser.get(f"/memory/item/{name}")
        answer = await place.browser.post("/memory/update", id=name, text="The office is in Bruges")
        page = await place.browser.get(f"/memory/item/{name}")
    assert answer.status_code == 204
    history = page.partition("Versions, the newest first")[2]
    assert re.findall(r"<td>(The office is in \w+)", history) == ["The office is in Bruges", "The office is in Ghent"]


async def test_a_memory_is_pinned_unpinned_and_ended(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        name = await remember(await place.desk(), "The door code is on the fridge")
        address = f"/memory/item/{name}"
        assert ">Pin<" in await place.browser.get(address)
        await place.browser.post("/memory/update", id=name, pin="yes")
        assert ">Unpin<" in await place.browser.get(address)
        await place.browser.post("/memory/update", id=name, pin="no")
        assert ">Pin<" in await place.browser.get(address)
        await place.browser.post("/memory/update", id=name, end="now")
        assert '<span class="pill warn">ended</span>' in await place.browser.get(address)
        hidden = await place.browser.get("/memory")
        shown = await place.browser.get("/memory?history=on")
    assert "The door code" not in hidden
    assert "also what no longer holds" in hidden
    assert "The door code" in shown


async def test_a_search_finds_by_words_and_says_when_nothing_is_there(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        desk = await place.desk()
        await remember(desk, "The dentist is Dr. Peeters")
        await remember(desk, "Bob plays the oboe", kind="note")
        found = await place.browser.get("/memory?q=dentist")
        nothing = await place.browser.get("/memory?q=zeppelin&kind=episode")
        odd = await place.browser.client.get("/memory?kind=secret")
    assert "Dr. Peeters" in found
    assert found.index("Dr. Peeters") < (found.find("oboe") % len(found)), "the best stands first"
    assert "Searched by words" in found
    assert "Nothing is remembered about this." in nothing
    assert (odd.status_code, "There is no kind" in odd.text) == (422, True)


async def test_many_memories_are_shown_in_pages(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        desk = await place.desk()
        for number in range(27):
            await remember(desk, f"Invoice {number + 100} came on a {number}th day", kind="note")
        first = await place.browser.get("/memory?kind=note")
        second = await place.browser.get("/memory?kind=note&page=2")
        wrong = await place.browser.client.get("/memory?page=0")
    assert first.count("Invoice") > second.count("Invoice") > 0
    assert "Page 1 of 2" in first
    assert 'href="/memory?kind=note&amp;page=2"' in first
    assert "Invoice 100 " in second
    assert wrong.status_code == 422


async def test_forgetting_asks_once_in_the_tray_with_what_will_go(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        name = await remember(await place.desk(), "The old phone number ends in 12")
        await place.browser.get(f"/memory/item/{name}")
        assert (await place.browser.post("/memory/forget", id=name)).status_code == 204
        question = await asked_to_forget(place)
        tray = await place.browser.get("/memory")
        assert "Delete for good, with all former versions?" in tray
        desk = await place.desk()
        position = desk.feed.position
        desk.tray.answer(question.id, FormAnswer("accept", {"forget": True}))
        await told(desk, position, "Deleted for good")
        assert "The old phone number" not in await place.browser.get("/memory")
        part = await place.browser.get(f"/memory/part?id={name}")
    assert "cannot be shown (any more)" in part


async def test_what_the_person_declines_to_forget_stays(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        desk = await place.desk()
        name = await remember(desk, "The old phone number ends in 12")
        await place.browser.get("/memory")
        await place.browser.post("/memory/forget", id=name)
        question = await asked_to_forget(place)
        position = desk.feed.position
        desk.tray.answer(question.id, FormAnswer("decline"))
        await told(desk, position, "Nothing was deleted")
        assert "The old phone number" in await place.browser.get("/memory")


async def test_where_the_tool_does_not_ask_the_button_does(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path / "data",
        workspace=tmp_path / "w",
        toolsets=ToolsetsSettings.model_validate({"memory": {"ask": False}}),
    )
    async with open_site(tmp_path, settings=settings) as place:
        desk = await place.desk()
        name = await remember(desk, "The old phone number ends in 12")
        assert "hx-confirm=" in await place.browser.get("/memory")
        position = desk.feed.position
        await place.browser.post("/memory/forget", id=name)
        await told(desk, position, "Deleted for good")
        assert not desk.tray.waiting


async def test_all_memories_are_taken_along_as_lines_or_to_read(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        desk = await place.desk()
        name = await remember(desk, "The office is in Ghent")
        await desk.own.call("update_memory", {"id": name, "text": "The office is in Bruges"})
        lines = await place.browser.client.get("/memory/export")
        text = await place.browser.client.get("/memory/export?as=markdown")
    line = json.loads(lines.text)
    assert (line["deskhand_memory"], line["id"], len(line["history"])) == (1, name, 2)
    assert 'filename="memory.jsonl"' in lines.headers["content-disposition"]
    assert 'filename="memory.md"' in text.headers["content-disposition"]
    assert "## Facts" in text.text
    assert "- The office is in Bruges (since" in text.text
    assert "The office is in Ghent" in text.text


async def test_a_change_by_somebody_else_reaches_the_open_page(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        desk = await place.desk()
        page = await place.browser.get("/memory")
        assert 'data-topics="' in page
        assert f",{MEMORY}" in page
        position = desk.feed.position
        await remember(desk, "The train leaves at nine")
        with anyio.fail_after(10):
            async for batch in desk.feed.follow({MEMORY}, position):
                if 'hx-get="/memory/part"' in batch.html:
                    break
        assert "The train leaves at nine" in await place.browser.get("/memory/part?page=1")


async def test_hostile_memories_stay_text_wherever_they_are_shown(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        desk = await place.desk()
        name = await remember(desk, HOSTILE, subject="<b>Bob</b>", pin=True)
        pages = [await place.browser.get(path) for path in ("/memory", "/memory?q=bold", f"/memory/item/{name}")]
    for page in pages:
        assert "<img src=x" not in page
        assert "<b>" not in page
        assert 'href="javascript:' not in page
        assert "&lt;img src=x" in page


async def test_another_principal_sees_nothing_of_it(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        name = await remember(await place.desk(), "The safe is behind the picture")
        await place.sign_in_as(Principal("ann"))
        page = await place.browser.get("/memory")
        item = await place.browser.client.get(f"/memory/item/{name}")
        lines = await place.browser.client.get("/memory/export")
    assert "Nothing is remembered yet." in page
    assert item.status_code != 200
    assert "picture" not in item.text + lines.text


async def test_a_token_that_only_reads_has_no_buttons_and_one_without_the_scope_is_told(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        name = await remember(await place.desk(), "The safe is behind the picture")
        await place.sign_in_as(Principal("local", scopes=frozenset({"memory:read"})))
        reads = await place.browser.get("/memory")
        refused = await place.browser.post("/memory/update", id=name, text="Changed")
        await place.sign_in_as(Principal("local", scopes=frozenset({"files:read"})))
        told_so = await place.browser.get("/memory")
    assert "The safe is behind the picture" in reads
    assert "/memory/save" not in reads
    assert "/memory/forget" not in reads
    assert (refused.status_code, "does not offer you update_memory" in refused.text) == (404, True)
    assert "lacks the scope memory:read" in told_so
    assert "picture" not in told_so


async def test_without_the_toolset_the_page_says_how_to_get_it(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path / "data", workspace=tmp_path / "w", toolsets=ToolsetsSettings(enabled=("core", "files"))
    )
    async with open_site(tmp_path, settings=settings) as place:
        page = await place.browser.get("/memory")
    assert "The toolset memory is not enabled" in page
    assert "toolsets.enabled" in page


async def told(desk: Desk, position: str, words: str) -> None:
    """Wait for news on every page."""
    with anyio.fail_after(10):
        async for batch in desk.feed.follow({"presence"}, position):
            if words in batch.html:
                return
