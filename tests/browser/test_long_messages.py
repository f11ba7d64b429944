"""Of a very long message or answer the page draws the beginning, live and after a reload, and leads to the whole."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.harness import Running, assert_accessible, deskhand_up, say
from tests.e2e.chat_place import place

LONG = "All work and no play. " * 12_000
LEFT_OUT = f"{len(LONG) + len('THE END') - 200_000:,} more characters not shown. The whole as text"
STEPS = [{"match": None, "text": f"{LONG}THE END", "times": None}]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    with place(tmp_path_factory.mktemp("long"), STEPS) as there, deskhand_up(there) as up:
        yield up


@pytest.mark.parametrize(
    ("typed", "part"), [("Go on.", ".answer"), (f"{LONG}THE END", ".said")], ids=["answer", "message"]
)
def test_the_beginning_is_drawn_and_the_whole_is_a_link_away(page: Page, typed: str, part: str) -> None:
    say(page, typed)
    for _ in ("live", "reloaded"):
        expect(page.locator(".end")).to_be_visible()
        shown = page.locator(part).inner_text()
        assert (LEFT_OUT in shown, "THE END" in shown) == (True, False)
        page.reload()
    assert_accessible(page)
    page.locator(part).get_by_role("link", name="The whole as text").click()
    page.get_by_role("heading", name="The whole turn").wait_for()
    assert "THE END" in page.locator("pre").inner_text()
    page.get_by_role("link", name="Back to the conversation").click()
    expect(page.locator(".end")).to_be_visible()
