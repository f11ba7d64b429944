"""The list of keys says which of them are switched off, in words."""

from collections.abc import Generator

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import Running, assert_accessible, deskhand_up
from tests.e2e.chat_place import place


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    with place(tmp_path_factory.mktemp("keys"), []) as there, deskhand_up(there) as up:
        yield up


def test_keys_that_are_switched_off_are_listed_as_off(running: Running, new_window: NewWindow) -> None:
    page = new_window()
    running.enter(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard").click()
    dialog = page.get_by_role("dialog", name="Keyboard")
    new_chat, send = (dialog.locator("dd", has_text=what) for what in ("New chat", "Send the message"))
    expect(new_chat).to_have_text("New chat", use_inner_text=True)
    dialog.get_by_label("Single-letter keys").uncheck()
    expect(new_chat).to_have_text("New chat off", use_inner_text=True)
    expect(send).to_have_text("Send the message", use_inner_text=True)
    assert_accessible(page)
    dialog.get_by_label("Single-letter keys").check()
    expect(new_chat).to_have_text("New chat", use_inner_text=True)
