"""What a page does by itself while somebody writes: files, prompts, the last message, copies; and its line to us."""

from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import Running, deskhand_up, say, wired
from tests.e2e.chat_place import place

HIDDEN_MS = 30_000
"""After which a page that nobody sees hangs up."""
GIVE = """(field, [kind, words]) => {
  const files = new DataTransfer();
  files.items.add(new File(['a plan'], `${kind}.txt`, {type: 'text/plain'}));
  if (words) files.setData('text/plain', words);
  const [type, key] = kind === 'paste' ? [ClipboardEvent, 'clipboardData'] : [DragEvent, 'dataTransfer'];
  field.dispatchEvent(new type(kind, {[key]: files, bubbles: true, cancelable: true}));
}"""
ASK_AND_GO = """() => {
  const button = document.createElement('button');
  button.setAttribute('hx-get', '/complete?text=hello');
  document.querySelector('#main').append(button);
  htmx.process(button);
  button.addEventListener('htmx:config:request', () => button.remove());
  button.click();
}"""
"""What is replaced while its request goes out, as a row of the inspector can be."""
COUNT_HANGING_UP = """() => {
  window.hungUp = 0;
  const { close } = EventSource.prototype;
  EventSource.prototype.close = function () { window.hungUp += 1; close.call(this); };
}"""
COUNT_LEAVING = "() => { window.left = 0; navigation.addEventListener('navigate', () => (window.left += 1)); }"
"""Counts at once what leads away, which happens only later."""
SEEN = """(hidden) => {
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    folder: Path = tmp_path_factory.mktemp("files")
    steps = [{"match": None, "text": "Good **morning**.", "times": None}]
    with place(folder, steps) as there, deskhand_up(there) as up:
        yield up


def message(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Message")


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_file_that_is_given_goes_to_the_workspace_and_into_the_message(
    page: Page, running: Running, kind: str
) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    message(page).evaluate(GIVE, [kind, "cells, of which there is a picture, too"])
    message(page).evaluate(GIVE, [kind, ""])
    expect(message(page)).to_have_value(f"@file:///uploads/{kind}.txt ")
    assert sent == [f"{running.address}/files"]
    given = list((running.place.workspace / "uploads").glob(f"{kind}*"))
    assert [file.read_bytes() for file in given] == [b"a plan"]


def test_the_composer_shows_that_a_file_can_be_dropped(page: Page) -> None:
    body = page.locator("body")
    for kind, classes in (("dragover", "dropping"), ("dragleave", "")):
        message(page).evaluate(GIVE, [kind, ""])
        expect(body).to_have_attribute("class", classes)


def test_up_in_an_empty_message_edits_the_last_one(page: Page) -> None:
    say(page, "hello")
    expect(page.locator(".end")).to_be_visible()
    message(page).press("ArrowUp")
    expect(page.get_by_label("Say it in other words")).to_have_value("hello")


def test_a_prompt_is_picked_by_its_name_filled_in_and_sent(page: Page) -> None:
    message(page).press_sequentially("/weather_w")
    expect(page.get_by_role("option", name="/weather_watch")).to_have_attribute("aria-selected", "true")
    message(page).press("Enter")
    form = page.locator("#prompt")
    state = form.get_by_role("textbox").or_(form.get_by_role("combobox")).first
    expect(state).to_be_focused()
    state.press_sequentially("AL")
    form.get_by_role("button", name="Send").click()
    expect(page.locator(".said")).to_contain_text("Alabama")
    expect(page.locator(".answer strong")).to_have_text("morning")


def test_an_answer_is_copied(page: Page, running: Running) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=running.address)
    say(page, "hello")
    expect(page.locator(".end")).to_be_visible()
    page.get_by_role("group", name="This answer").get_by_role("button", name="Copy").click()
    shown = page.locator("#toasts .toast")
    expect(shown).to_have_text("Copied.Close")
    shown.evaluate("one => one.getAnimations().forEach((each) => each.finish())")  # its time is over
    expect(shown).to_have_count(0)
    assert page.evaluate("navigator.clipboard.readText()") == "Good morning."


def test_the_title_of_the_window_is_that_of_the_conversation(page: Page) -> None:
    say(page, "where is the harbour")
    expect(page).to_have_title("where is the harbour · Deskhand")


def test_a_page_that_nobody_sees_hangs_up_and_catches_up(page: Page, running: Running, new_window: NewWindow) -> None:
    say(page, "hello")
    expect(page.locator(".end")).to_be_visible()
    page.evaluate(COUNT_HANGING_UP)
    page.clock.install(time=0)
    page.clock.pause_at(1)  # a slow machine gets no more of it than is given here
    page.evaluate(SEEN, True)
    page.clock.fast_forward(HIDDEN_MS - 1)
    assert page.evaluate("hungUp") == 0
    with page.expect_event("requestfailed", lambda request: "/live" in request.url):
        page.clock.fast_forward(1)
    assert page.evaluate("hungUp") == 1
    page.clock.resume()
    other = new_window()
    running.enter(other, urlsplit(page.url).path)
    say(other, "are you there")
    expect(other.locator(".end")).to_have_count(2)
    expect(page.locator(".end")).to_have_count(1)
    page.evaluate(SEEN, False)
    expect(page.locator(".end")).to_have_count(2)


def test_a_page_says_that_it_was_cut_off_until_deskhand_is_back(running: Running, new_window: NewWindow) -> None:
    page = new_window(expected=("ERR_",))
    running.enter(page)
    cut = page.get_by_text("Reconnecting…")
    expect(cut).to_be_hidden()
    running.kill()
    expect(cut).to_be_visible()
    running.start()
    expect(cut).to_be_hidden()
    say(page, "hello")
    expect(page.locator(".answer strong")).to_have_text("morning")


@pytest.mark.parametrize("width", [1280, 390])
def test_single_letters_are_keys_until_they_are_switched_off_in_this_browser(
    running: Running, new_window: NewWindow, width: int
) -> None:
    page = new_window(width=width)
    running.enter(page)
    dialog = page.get_by_role("dialog", name="Keyboard")
    if width == 390:
        page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Keyboard").click()
    letters = dialog.get_by_role("checkbox", name="Single-letter keys")
    expect(letters).to_be_checked()
    letters.press("Space")
    expect(letters).not_to_be_checked()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    other = page.context.new_page()
    for each in (page, other):
        running.enter(each, "/memory")
    for each in (page, other):
        each.evaluate(COUNT_LEAVING)
        each.locator("#main").focus()
        for key in ("?", "n", "g", "s"):
            each.keyboard.press(key)
        expect(each.get_by_role("dialog")).to_have_count(0)
        assert each.evaluate("left") == 0
    other.evaluate("document.querySelector('#keys').showModal()")
    other.get_by_label("Single-letter keys").check()
    expect(page.locator("#letters")).to_be_checked()
    page.keyboard.press("?")
    expect(dialog).to_be_visible()


def test_letters_that_are_switched_off_are_no_keys_before_all_pictures_have_come(page: Page, running: Running) -> None:
    page.evaluate("localStorage.setItem('letters', 'off')")
    page.add_init_script("addEventListener('pageshow', (event) => event.stopImmediatePropagation())")  # it waits
    page.goto(f"{running.address}/memory")
    expect(page.locator("#letters")).not_to_be_checked()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_keys_that_are_no_letters_stay_when_letters_are_switched_off(page: Page) -> None:
    page.evaluate("localStorage.setItem('letters', 'off')")
    page.reload()
    wired(page)
    expect(page.locator("#letters")).not_to_be_checked()
    message(page).press_sequentially("/weather_w")
    expect(page.get_by_role("option", name="/weather_watch")).to_be_visible()
    message(page).press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    say(page, "hello")
    expect(page.locator(".end")).to_be_visible()
    message(page).press("ArrowUp")
    expect(page.get_by_label("Say it in other words")).to_be_focused()


def test_a_request_of_what_is_gone_meanwhile_is_no_error(page: Page) -> None:
    with page.expect_response("**/complete?text=hello"):
        page.evaluate(ASK_AND_GO)


def test_who_logs_out_is_asked_who_he_is(running: Running, new_window: NewWindow) -> None:
    link = running.place.run("link").stdout.strip()
    page = new_window()
    page.goto(link)
    page.wait_for_url("**/chat")
    wired(page)
    page.get_by_role("button", name="Log out").locator("visible=true").click()
    page.wait_for_url("**/login")
    page.goto(f"{running.address}/chat")
    expect(page).to_have_url(f"{running.address}/login?next=/chat")
