"""Fixtures for tests that look at the page in a real browser; `harness.py` says what there is."""

import shutil
from collections.abc import Generator, Sequence
from tempfile import TemporaryDirectory
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.browser.harness import FLAGS, Watch

expect.set_options(timeout=20_000)  # milliseconds, for a busy machine


class NewWindow(Protocol):
    """Makes a window. `expected`: parts of errors in the console that the test provokes."""

    def __call__(self, *, expected: Sequence[str] = (), width: int = 1280, dark: bool = False) -> Page:
        """The page of a new context."""
        ...


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    """The one browser of a module's tests."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("Chromium is needed for these tests: scripts/test installs it (apt-get install chromium).")
    with sync_playwright() as playwright, TemporaryDirectory(prefix="dh-") as home:
        browser = playwright.chromium.launch(
            executable_path=program, args=FLAGS, env={"HOME": home, "LC_ALL": "C.UTF-8"}
        )
        yield browser
        browser.close()


@pytest.fixture
def new_window(chromium: Browser) -> Generator[NewWindow]:
    """Makes a page in a context of its own; whatever goes wrong in it fails the test."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def window(*, expected: Sequence[str] = (), width: int = 1280, dark: bool = False) -> Page:
        context = chromium.new_context(
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
