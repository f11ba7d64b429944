"""Typing a message: keys, what is kept, proposals, files."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import Running, assert_accessible, deskhand_up
from tests.e2e.chat_place import place

LONG = "\n\n".join(f"Paragraph {number} of a long answer." for number in range(60))
STEPS = [
    {"match": "slowly", "text": "Once upon a time. " * 200, "chunk": 4, "delay": 0.05, "times": None},
    {"match": "long", "text": LONG, "times": None},
    {"match": None, "text": "Good **morning**.", "times": None},
]


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
    return page


def message(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Message")


def say(page: Page, words: str) -> None:
    message(page).fill(words)
    page.keyboard.press("Enter")


def test_enter_sends_and_empties_the_field(page: Page) -> None:
    say(page, "hello")
    expect(page.locator(".answer strong")).to_have_text("morning")
    expect(message(page)).to_have_value("")
    expect(page.get_by_role("heading", level=1)).to_have_text("hello")


def test_shift_and_enter_begin_a_new_line(page: Page) -> None:
    message(page).fill("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    expect(message(page)).to_have_value("one\ntwo")


def test_what_is_typed_survives_a_reload(page: Page) -> None:
    page.keyboard.type("half a thought")
    page.reload()
    expect(message(page)).to_have_value("half a thought")


def test_what_could_not_be_sent_is_kept(running: Running, new_window: NewWindow) -> None:
    page = new_window(expected=("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "Failed to fetch"))
    running.enter(page)
    page.context.set_offline(True)
    say(page, "hello")
    expect(page.locator("#toasts .error")).to_contain_text("did not answer")
    expect(message(page)).to_have_value("hello")
    page.context.set_offline(False)
    page.keyboard.press("Enter")
    expect(page.locator(".answer strong")).to_have_text("morning")


def test_escape_stops_the_answer(page: Page) -> None:
    say(page, "tell it slowly")
    expect(page.locator(".answer")).to_contain_text("Once")
    page.keyboard.press("Escape")
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
    last = page.get_by_text("Paragraph 59 of")
    expect(last).to_be_in_viewport()
    page.locator("#scroll").evaluate("box => box.scrollTo({top: 0})")
    expect(last).not_to_be_in_viewport()
    say(page, "tell it slowly")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").nth(1)).to_be_in_viewport()
    page.locator("#scroll").evaluate("box => box.scrollTo({top: 0})")
    newest = page.get_by_role("button", name="↓ New")
    newest.click()
    expect(page.locator(".turn").nth(1)).to_be_in_viewport()
    page.keyboard.press("Escape")


def test_keys_lead_everywhere(page: Page) -> None:
    page.get_by_role("button", name="Keyboard").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.locator("#main").focus()
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page).to_have_title("Servers · Deskhand")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
