"""The console in a real browser, without any model: tools, resources that change, prompts."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import Running, assert_accessible, deskhand_up, follow, wired
from tests.e2e.chat_place import place_without_model

COUNT_SEARCHES = """() => {
  const { dataset } = document.documentElement;
  document.addEventListener('htmx:config:request', () => (dataset.searches = Number(dataset.searches ?? 0) + 1));
}"""
"""Those that wait until another is over, too."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    folder: Path = tmp_path_factory.mktemp("console")
    with deskhand_up(place_without_model(folder, "tests/browser/page_peer.py")) as up:
        yield up


@pytest.fixture
def page(running: Running, new_window: NewWindow) -> Page:
    page = new_window()
    running.enter(page)
    expect(page.locator("#presence li", has_text="peer")).to_contain_text("ready")
    return page


def test_a_page_without_a_model_says_three_ways_to_one_and_leads_to_the_console(page: Page) -> None:
    ways = page.locator("#no-model")
    expect(ways.get_by_role("heading")).to_have_text("No model is connected yet")
    expect(ways.locator("li")).to_have_count(3)
    assert_accessible(page)
    follow(ways.get_by_role("link", name="Open the console"))
    expect(page).to_have_title("Console · Deskhand")
    follow(page.get_by_role("main").get_by_role("link", name="deskhand", exact=True))
    expect(page.get_by_role("link", name="Write a file")).to_be_visible()


def test_the_last_words_are_searched_for_however_late_an_answer_comes(page: Page, running: Running) -> None:
    running.enter(page, "/console/deskhand")
    page.evaluate(COUNT_SEARCHES)
    under_way: list[Route] = []
    page.route("**/tools?q=*", lambda route: route.continue_() if under_way else under_way.append(route))
    for number, words in enumerate(("sheet", "file", "write a file"), start=1):
        page.get_by_label("Search tools").fill(words)
        expect(page.locator(f"html[data-searches='{number}']")).to_have_count(1)
    with page.expect_response("**/tools?q=write+a+file"):
        under_way[0].continue_()


def test_a_file_is_written_by_a_tool_and_its_page_shows_what_changes_on_disk(page: Page, running: Running) -> None:
    running.enter(page, "/console/deskhand")
    with page.expect_response("**/tools?q=write+a+file"):
        page.get_by_label("Search tools").press_sequentially("write a file")
    expect(page.locator("#found li").first).to_contain_text("Write a file")
    follow(page.get_by_role("link", name="Write a file"))
    page.get_by_label("uri").fill("notes.md")
    page.get_by_label("content").fill("# Before")
    assert_accessible(page)
    page.get_by_role("button", name="Call", exact=True).first.click()
    expect(page.locator(".pill", has_text="done")).to_be_visible()
    page.get_by_text("As data").click()
    follow(page.get_by_role("link", name="file:///notes.md").first)
    expect(page.locator("#content")).to_contain_text("Before")
    page.get_by_role("button", name="Watch").click()
    expect(page.get_by_role("button", name="Stop watching")).to_be_visible()
    (running.place.workspace / "notes.md").write_text("# After")
    expect(page.locator("#content")).to_contain_text("After")
    expect(page.locator(".pill", has_text="changed")).to_be_visible()
    assert_accessible(page)


def test_arguments_that_do_not_fit_are_sent_back_as_they_were_typed(running: Running, new_window: NewWindow) -> None:
    page = new_window(expected=["422"])
    running.enter(page, "/console/peer/tools/look")
    page.get_by_text("As JSON", exact=True).click()
    page.get_by_label("Arguments", exact=True).fill('{"place": 7}')
    page.get_by_role("button", name="Call", exact=True).locator("visible=true").click()
    expect(page.get_by_role("alert")).to_contain_text("place")
    expect(page.get_by_label("Arguments", exact=True)).to_have_value('{"place": 7}')


def test_a_long_call_shows_its_progress_and_is_cancelled_at_its_server(page: Page, running: Running) -> None:
    running.enter(page, "/console/peer/tools/wait_for_ever")
    page.get_by_role("button", name="Call", exact=True).first.click()
    result = page.get_by_role("article")
    expect(result.get_by_role("progressbar", name="Progress")).to_have_attribute("value", "50")
    expect(result).to_contain_text("50 %")
    expect(result).to_contain_text("half way")
    page.reload()  # a call runs on, whoever looks
    wired(page)
    expect(result).to_contain_text("50 %")
    result.get_by_role("button", name="Cancel").click()
    expect(result.locator(".pill")).to_have_text("cancelled")
    running.place.peer_logs("cancelled")


def test_a_prompt_is_previewed_with_completed_arguments(page: Page, running: Running) -> None:
    running.enter(page, "/console/deskhand/prompts")
    follow(page.get_by_role("link", name="Watch the weather"))
    area = page.get_by_label("state", exact=False)
    area.press_sequentially("Al")
    expect(page.locator("datalist option[value='AL']")).to_be_attached()
    area.fill("AL")
    page.get_by_role("button", name="Preview").click()
    said = page.get_by_role("region", name="What it says")
    expect(said.get_by_role("heading")).to_have_text("Said as you")
    expect(said).to_contain_text("Alabama")
    assert_accessible(page)


def test_what_is_typed_as_a_name_stays_while_the_target_is_looked_at(page: Page, running: Running) -> None:
    running.enter(page, "/servers/new")
    page.get_by_label("URL, or the command").fill("https://docs.example.com/mcp")
    page.get_by_label("Name", exact=True).press_sequentially("mine", delay=40)
    expect(page.locator("#proposal")).to_contain_text("Deskhand will connect to this address.")
    expect(page.get_by_label("Name", exact=True)).to_have_value("mine")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()


def test_the_box_that_says_one_is_sure_is_for_one_call(page: Page, running: Running) -> None:
    running.enter(page, "/console/peer/tools/send_letter")
    page.locator("input[name='a.to']").fill("ann")
    page.locator("[name='a.text']").fill("Hello")
    page.get_by_label("This tool can delete or send").first.check()
    page.get_by_role("button", name="Call", exact=True).first.click()
    expect(page.get_by_role("heading", name="Result")).to_be_visible()
    expect(page.get_by_label("This tool can delete or send").first).not_to_be_checked()
