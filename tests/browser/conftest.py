"""Fixtures for tests that look at the page in a real browser; `harness.py` says what there is."""

from collections.abc import Generator, Sequence
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser.harness import Running, Watch, chromium

expect.set_options(timeout=20_000)  # milliseconds, for a busy machine


class NewWindow(Protocol):
    """Makes a window. `expected`: parts of errors in the console that the test provokes."""

    def __call__(self, *, expected: Sequence[str] = (), width: int = 1280, dark: bool = False) -> Page:
        """The page of a new context."""
        ...


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """The one browser of a module's tests."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def new_window(browser: Browser) -> Generator[NewWindow]:
    """Makes a page in a context of its own; whatever goes wrong in it fails the test."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def window(*, expected: Sequence[str] = (), width: int = 1280, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            locale="en-GB",
            timezone_id="UTC",
        )
        contexts.append(context)
        watches.append(Watch(context, expected))
        return context.new_page()

    yield window
    for context in contexts:
        context.close()
    assert not [line for watch in watches for line in watch.wrong]


@pytest.fixture
def page(running: Running, new_window: NewWindow) -> Page:
    """The chat, entered at the `running` Deskhand of the test's module."""
    page = new_window()
    running.enter(page)
    return page
