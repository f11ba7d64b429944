"""The console in a real browser: a tool is called, and a file that is watched changes on disk."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import Running, assert_accessible, deskhand_up
from tests.e2e.chat_place import place


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    folder: Path = tmp_path_factory.mktemp("console")
    with place(folder, []) as there, deskhand_up(there) as up:
        yield up


@pytest.fixture
def page(running: Running, new_window: NewWindow) -> Page:
    page = new_window()
    running.enter(page)
    return page


def test_a_file_is_written_by_a_tool_and_its_page_shows_what_changes_on_disk(page: Page, running: Running) -> None:
    page.goto(f"{running.address}/console/deskhand")
    page.get_by_label("Search tools").press_sequentially("write a file")
    page.get_by_role("link", name="Write a file").click()
    page.get_by_label("uri").fill("notes.md")
    page.get_by_label("content").fill("# Before")
    assert_accessible(page)
    page.get_by_role("button", name="Call", exact=True).first.click()
    expect(page.locator(".pill", has_text="done")).to_be_visible()
    page.get_by_text("As data").click()
    page.get_by_role("link", name="file:///notes.md").first.click()
    expect(page.locator("#content")).to_contain_text("Before")
    page.get_by_role("button", name="Watch").click()
    expect(page.get_by_role("button", name="Stop watching")).to_be_visible()
    file = running.place.workspace / "notes.md"
    file.write_text("# After")
    expect(page.locator("#content")).to_contain_text("After")
    expect(page.locator(".pill", has_text="changed")).to_be_visible()
    assert_accessible(page)
