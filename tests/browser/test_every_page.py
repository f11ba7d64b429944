"""Every page, loaded light and wide, dark and narrow: accessible, nothing in the console, no wider than its window."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import Running, assert_accessible, deskhand_up
from tests.e2e.chat_place import place

PAGES = {
    "new chat": "/chat",
    "console": "/console",
    "a server's tools": "/console/deskhand",
    "a tool": "/console/deskhand/tools/file_find",
    "inspector": "/inspector",
    "servers": "/servers",
    "a server": "/servers/named/deskhand",
    "a new server": "/servers/new",
    "import": "/servers/import",
    "memory": "/memory",
    "activity": "/activity",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    folder: Path = tmp_path_factory.mktemp("pages")
    with place(folder, []) as there, deskhand_up(there) as up:
        yield up


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_used_by_everybody(running: Running, new_window: NewWindow, name: str) -> None:
    page = new_window()
    running.enter(page, PAGES[name])
    assert_usable(page)
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(color_scheme="dark")
    page.reload()  # a page that comes to a narrow window can differ from one that is made narrow
    assert_usable(page)


def assert_usable(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
