"""More than usual, at the width of a telephone: long words and lines, many rows, a script that goes the other way."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import Running, assert_accessible, deskhand_up, say
from tests.e2e.chat_place import place

WIDTH = 390
WORD = "Donaudampfschifffahrtsgesellschaft" * 12
LINE = "one more thing " * 340
HEBREW = "שלום עולם, מה שלומך היום?"
ANSWER = f"{WORD}\n\n{LINE}\n\n```\n{'x' * 5_000}\n```\n\n| a | b |\n|---|---|\n| {WORD} | {'y' * 500} |\n\n{HEBREW}\n"
STEPS = [{"match": None, "text": ANSWER, "times": None}]
MULTIPLY = """([selector, count, words]) => {
  const row = document.querySelector(selector);
  for (let number = 0; number < count; number += 1) {
    const copy = row.cloneNode(true);
    copy.removeAttribute('id');
    copy.querySelector('a').textContent = `${words} ${number}`;
    row.parentElement.append(copy);
  }
}"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    with place(tmp_path_factory.mktemp("extremes"), STEPS) as there, deskhand_up(there) as up:
        yield up


@pytest.fixture
def page(running: Running, new_window: NewWindow) -> Page:
    page = new_window(width=WIDTH)
    running.enter(page)
    return page


def assert_fits(page: Page) -> None:
    assert page.evaluate("document.scrollingElement.scrollWidth") <= WIDTH
    wide = """() => [...document.querySelectorAll('p, h1, h2, li, summary, button')]
      .filter((one) => one.checkVisibility() && !one.closest('pre, table, #nav'))
      .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.tabs'))
      .map((one) => one.outerHTML.slice(0, 120))"""
    assert page.evaluate(wide) == []


def test_long_words_and_lines_leave_the_page_as_it_is(page: Page) -> None:
    say(page, f"{WORD} {LINE}")
    expect(page.locator(".end")).to_be_visible()
    assert_fits(page)
    expect(page.get_by_role("combobox", name="Message")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport()
    page.goto(page.url)
    page.get_by_role("button", name="Chats").click()
    page.evaluate(MULTIPLY, ["#recent .row", 60, WORD])
    assert_fits(page)
    newest = page.get_by_role("link", name="New chat")
    expect(newest).to_be_in_viewport()
    page.locator("#recent .row").last.scroll_into_view_if_needed()
    assert_accessible(page)


def test_what_is_written_from_right_to_left_begins_at_the_right(page: Page) -> None:
    say(page, HEBREW)
    expect(page.locator(".end")).to_be_visible()
    start = """(one) => {
      const range = document.createRange();
      range.selectNodeContents(one);
      return one.getBoundingClientRect().right - range.getBoundingClientRect().right;
    }"""
    assert page.locator(".answer p").last.evaluate(start) < 2


@pytest.mark.parametrize(
    ("path", "row"), [("/servers", "#servers > li"), ("/console", ".list > li"), ("/console/deskhand", "#found li")]
)
def test_forty_rows_with_long_names_fit(page: Page, running: Running, path: str, row: str) -> None:
    running.enter(page, path)
    for server in page.locator("#presence li").all():
        expect(server).to_contain_text("ready")  # nothing draws the list again
    page.evaluate(MULTIPLY, [row, 40, WORD])
    page.evaluate(MULTIPLY, ["#presence li", 40, WORD])
    assert_fits(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 1280
    expect(page.get_by_role("link", name="Chat", exact=True)).to_be_in_viewport()
