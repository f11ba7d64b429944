"""Typing a message: keys, what is kept, proposals, files."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import Running, assert_accessible, deskhand_up, say, wired
from tests.e2e.chat_place import place

LONG = "\n\n".join(f"Paragraph {number} of a long answer." for number in range(60))
STEPS = [
    {"match": "slowly", "text": "Once upon a time. " * 200, "chunk": 4, "delay": 0.05, "times": None},
    {"match": "long", "text": LONG, "times": None},
    {"match": "how are you", "text": "I am *well*.", "times": None},
    {"match": None, "text": "Good **morning**.", "times": None},
]

SAY_ELSEWHERE = "text => htmx.ajax('POST', `${location.pathname}/say`, {values: {text}, swap: 'none'})"
"""As another device does."""
SCROLL_UP = """(box) => new Promise((scrolled) => {
  const scroll = () => {
    box.addEventListener('scroll', scrolled, {once: true});
    box.scrollTo({top: 0});
  };
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(scroll)));
})"""
"""As a person does: between two pictures, after the page has heard of its own scrolling."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    folder: Path = tmp_path_factory.mktemp("composer")
    with place(folder, STEPS) as there:
        there.workspace.mkdir(parents=True)
        (there.workspace / "notes.md").write_text("# Notes\n")
        with deskhand_up(there) as up:
            yield up


@pytest.fixture
def page(running: Running, new_window: NewWindow) -> Page:
    page = new_window()
    running.enter(page)
    expect(message(page)).to_be_focused()  # with the first picture, which may come after the page was loaded
    return page


def message(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Message")


def test_enter_sends_and_empties_the_field(page: Page) -> None:
    say(page, "hello")
    expect(page.locator(".answer strong")).to_have_text("morning")
    expect(message(page)).to_have_value("")
    expect(page.get_by_role("heading", level=1)).to_have_text("hello")
    expect(page.locator(".end")).to_be_visible()
    say(page, "how are you")
    expect(page.locator("#spoken")).to_have_text("I am well.")  # the first one may have been there before the page
    expect(page.locator(".end")).to_have_count(2)
    expect(page.locator("#recent [aria-current=page]")).to_have_text("hello")


def test_what_is_typed_while_a_message_is_on_its_way_is_kept(page: Page) -> None:
    say(page, "hello")
    expect(page.locator(".end")).to_be_visible()
    under_way: list[Route] = []
    with page.expect_request("**/say"):
        page.route("**/say", lambda route: under_way.append(route))
        say(page, "one")
    message(page).press_sequentially(" and two")
    message(page).press("Enter")
    expect(message(page)).to_have_value("one and two")
    under_way[0].continue_()
    expect(message(page)).to_have_value(" and two")
    assert len(under_way) == 1


def test_what_is_refused_is_said_in_words_that_can_be_closed(running: Running, new_window: NewWindow) -> None:
    page = new_window(expected=["422"], width=390)
    running.enter(page)
    page.get_by_role("button", name="Send").click()
    shown = page.locator("#toasts > .toast.error")
    expect(shown).to_contain_text("There is nothing to send")
    assert shown.evaluate("one => one.getAnimations().every(({animationName}) => animationName !== 'leave')")
    shown.locator("p").evaluate("words => words.textContent = 'x'.repeat(200)")
    assert page.evaluate("document.querySelector('#toasts').scrollWidth") <= 390
    shown.get_by_role("button", name="Close").click()
    expect(shown).to_have_count(0)
    page.get_by_role("button", name="More").click()
    expect(page.get_by_role("list", name="Servers")).to_contain_text("deskhand ready")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()


def test_shift_and_enter_begin_a_new_line(page: Page) -> None:
    message(page).fill("one")
    message(page).press("Shift+Enter")
    message(page).press_sequentially("two")
    expect(message(page)).to_have_value("one\ntwo")


def test_what_is_typed_survives_a_reload(page: Page) -> None:
    page.keyboard.type("half a thought")
    page.reload()
    expect(message(page)).to_have_value("half a thought")


def test_what_could_not_be_sent_is_kept(running: Running, new_window: NewWindow) -> None:
    page = new_window(expected=("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "Failed to fetch"))
    running.enter(page)
    page.context.set_offline(True)
    message(page).fill("hello")
    message(page).press("Enter")
    expect(page.locator("#toasts .error")).to_contain_text("did not answer")
    expect(message(page)).to_have_value("hello")
    page.context.set_offline(False)
    message(page).press("Enter")
    expect(page.locator(".answer strong")).to_have_text("morning")


def test_escape_stops_the_answer(page: Page) -> None:
    say(page, "tell it slowly")
    expect(page.locator(".answer")).to_contain_text("Once")
    stops: list[str] = []
    page.on("request", lambda request: stops.append(request.url) if request.url.endswith("/stop") else None)
    message(page).dispatch_event("keydown", {"key": "Escape", "isComposing": True})
    page.get_by_role("searchbox").press("Escape")
    menu = page.locator(".menu > summary")
    menu.click()
    page.get_by_label("Title").press("Escape")
    expect(page.get_by_label("Title")).to_be_hidden()
    expect(menu).to_be_focused()
    assert not stops
    message(page).press("Escape")
    expect(page.locator(".end.cancelled")).to_be_visible()
    expect(page.locator("#stop")).to_be_hidden()


def test_a_resource_is_proposed_and_taken_with_the_keyboard(page: Page) -> None:
    page.keyboard.type("Look at @notes")
    option = page.get_by_role("option", name="notes.md")
    expect(option).to_have_attribute("aria-selected", "true")
    assert_accessible(page)
    page.keyboard.press("Tab")
    expect(message(page)).to_have_value("Look at @file:///notes.md ")
    expect(option).to_have_count(0)


def test_escape_closes_the_proposals_and_leaves_the_text(page: Page) -> None:
    page.keyboard.type("@notes")
    expect(page.get_by_role("option")).not_to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(message(page)).to_have_value("@notes")


def test_a_file_that_is_picked_goes_to_the_workspace_and_into_the_message(page: Page, running: Running) -> None:
    page.locator("#file").set_input_files({"name": "plan.txt", "mimeType": "text/plain", "buffer": b"a plan"})
    expect(message(page)).to_have_value("@file:///uploads/plan.txt ")
    assert (running.place.workspace / "uploads/plan.txt").read_bytes() == b"a plan"


def test_the_page_follows_an_answer_until_the_reader_scrolls_up(page: Page) -> None:
    say(page, "a long one")
    last = page.locator(".answer").get_by_text("Paragraph 59 of")
    expect(last).to_be_in_viewport()
    expect(page.locator(".end")).to_be_in_viewport()
    page.locator("#scroll").evaluate(SCROLL_UP)
    expect(last).not_to_be_in_viewport()
    page.evaluate(SAY_ELSEWHERE, "tell it slowly")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").nth(1)).not_to_be_in_viewport()
    message(page).press("Escape")
    expect(page.locator(".end")).to_have_count(2)
    say(page, "tell it slowly again")
    expect(page.locator(".turn")).to_have_count(3)
    expect(page.locator(".turn").nth(2)).to_be_in_viewport()
    page.locator("#scroll").evaluate("box => box.style.maxHeight = '15rem'")  # as when a question is asked below it
    expect(page.locator(".turn").nth(2)).to_be_in_viewport()
    page.locator("#scroll").evaluate("box => box.style.maxHeight = ''")
    expect(page.locator(".turn").nth(2)).to_be_in_viewport()
    page.locator("#scroll").evaluate(SCROLL_UP)
    newest = page.get_by_role("button", name="↓ New")
    newest.click()
    expect(page.locator(".turn").nth(2)).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator(".end")).to_have_count(3)


def test_keys_lead_everywhere(page: Page) -> None:
    page.get_by_role("button", name="Keyboard").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.locator("#main").focus()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/servers")
    wired(page)
    expect(page).to_have_title("Servers · Deskhand")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
