"""The first page: by the link, small, and without a word in the console."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.harness import Running, assert_accessible, deskhand_up, say
from tests.e2e.chat_place import place

MOST_BYTES = 150_000


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    folder: Path = tmp_path_factory.mktemp("first")
    with place(folder, [{"match": None, "text": "Good **morning**."}]) as there, deskhand_up(there) as up:
        yield up


def test_the_link_leads_to_the_chat(page: Page) -> None:
    expect(page).to_have_title("New chat · Deskhand")
    expect(page.get_by_label("Message")).to_be_focused()


def test_a_message_is_answered(page: Page) -> None:
    say(page, "hello")
    expect(page.locator(".answer strong")).to_have_text("morning")
    expect(page.locator(".said .text")).to_have_text("hello")


def test_the_first_page_is_accessible(page: Page) -> None:
    assert_accessible(page)


def test_the_first_page_is_small(page: Page) -> None:
    expect(page.get_by_label("Message")).to_be_visible()
    loaded = "['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
    size: int = page.evaluate(f"{loaded}.reduce((sum, one) => sum + one.transferSize, 0)")
    assert 30_000 < size < MOST_BYTES
