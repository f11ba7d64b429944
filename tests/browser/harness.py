"""Deskhand and a browser, both real, for tests that look at the page. `conftest.py` makes fixtures of it.

What a test uses:

- `deskhand_up(place)`: a `deskhand up` process at a `tests.e2e.chat_place.place`; `kill` and `start` it in between;
- `new_window(expected=(), width=1280, dark=False)` (fixture): a page in a context of its own, signed in by
  `running.enter(page)`; any error in its console, error of its scripts, breach of its policy and request to another
  host fails the test;
- `say(page, text)`: sends a message in the chat;
- `follow(link)`: clicks a link, and waits for the page it leads to;
- `wired(page)`: waits until a page that came in another way does what its elements say;
- `assert_accessible(page)`: axe finds nothing serious on the page as it is now.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, sync_playwright
from tests.e2e.chat_place import ROOT, Place

PATIENCE_SECONDS = 20.0
"""For a process to stop, or to begin something."""
AXE = ROOT / ".venv/share/node/node_modules/axe-core/axe.min.js"
PROGRAMS = ("chromium-headless-shell", "chromium")
"""Chromium as it may be installed, the lightest first."""
CONVERSATION = re.compile(r".*/chat/[0-9a-f]{32}")
"""The address of a conversation's page."""
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Chromium keeps to itself, and runs as root too."""


@contextmanager
def chromium() -> Generator[Browser]:
    """Headless Chromium, with an empty home of its own."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert program, f"Chromium is needed: scripts/test installs it (apt-get install {PROGRAMS[0]})."
    with TemporaryDirectory(prefix="dh-") as home, sync_playwright() as playwright:
        environment: dict[str, str | float | bool] = {"HOME": home, "LC_ALL": "C.UTF-8"}
        with playwright.chromium.launch(executable_path=program, args=_FLAGS, env=environment) as browser:
            yield browser


class Running:
    """A `deskhand up` process."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.address = ""
        """`http://127.0.0.1:PORT`: the same after another `start`."""
        self.link = ""
        """The one-time link it printed last."""
        self._cookies: dict[str, str] = {}
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, at the same port if it ran before, until it has printed its link."""
        command = [sys.executable, "-m", "deskhand", "up", "--port", str(urlsplit(self.address).port or 0)]
        with (self.place.folder / "up.log").open("a") as log:
            process = subprocess.Popen(
                command,
                env=self.place.environment,
                cwd=self.place.folder,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._process = process
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"(http://[^/]+)/enter\?key=\S+", line):
                self.link, self.address = found[0], found[1]
                return
        raise AssertionError(f"`deskhand up` ended before it was ready:\n{self.log}")

    @property
    def log(self) -> str:
        """What it wrote to standard error."""
        return (self.place.folder / "up.log").read_text()

    def enter(self, page: Page, path: str = "/chat") -> None:
        """Sign a page's context in, and show a path. The first one comes by the link, the others with its cookie."""
        if not self._cookies:
            page.goto(self.link)  # a page that leads on by itself, so that the cookie is sent
            page.wait_for_url(f"{self.address}/chat")
            self._cookies = {str(kept.get("name")): str(kept.get("value")) for kept in page.context.cookies()}
        for name, value in self._cookies.items():
            page.context.add_cookies([{"name": name, "value": value, "url": self.address}])
        page.goto(self.address + path)
        wired(page)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._forget(self._process)

    def stop(self) -> None:
        """End it in order."""
        if self._process is not None:
            self._process.terminate()
            self._forget(self._process)

    def _forget(self, process: "subprocess.Popen[str]") -> None:
        process.wait(PATIENCE_SECONDS)
        assert process.stdout is not None
        process.stdout.close()
        self._process = None


@contextmanager
def deskhand_up(place: Place) -> Generator[Running]:
    """`deskhand up` at a place, ready; stopped in the end."""
    running = Running(place)
    try:
        running.start()
        yield running
    finally:
        running.kill()


class Watch:
    """Notes what must not happen in a context: errors in the console, of scripts, requests to elsewhere.

    Breaches of the Content-Security-Policy are errors in the console, and so are answers with a status of 400 and
    more; a test that provokes one names a part of its text in `expected`.
    """

    def __init__(self, context: BrowserContext, expected: Sequence[str]) -> None:
        self._expected = expected
        self._wrong: list[str] = []
        context.on("console", lambda message: self._note(f"{message.type} in the console", message.text))
        context.on("weberror", lambda error: self._note("error of a script", str(error.error)))
        context.on("request", self._request)

    @property
    def wrong(self) -> list[str]:
        """What happened, a line each."""
        return self._wrong

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        is_here = address.hostname == "127.0.0.1" or (address.hostname or "").endswith("localhost")
        if address.scheme not in ("data", "blob", "file") and not is_here:
            self._note("error: a request to elsewhere", request.url)

    def _note(self, what: str, text: str) -> None:
        if what.startswith("error") and not any(part in text for part in self._expected):
            self._wrong.append(f"{what}: {text}")


def wired(page: Page) -> None:
    """Wait until what a page shows can be used: it can be seen before its scripts, if it has any, have come."""
    page.wait_for_load_state()  # the page's own script has run then, but htmx may begin a moment later
    page.locator("[data-htmx-powered], html:not(:has(script))").first.wait_for(state="attached")


def follow(link: Locator) -> None:
    """Click what leads to another page of ours, and wait until that one can be used."""
    with link.page.expect_navigation():
        link.click()
    wired(link.page)


def say(page: Page, text: str) -> None:
    """Send a message in the chat; a new conversation has been opened after it, and its page can be used."""
    wired(page)
    is_new = urlsplit(page.url).path == "/chat"
    message = page.get_by_label("Message", exact=True)
    message.fill(text)
    message.press("Enter")
    if is_new:
        page.wait_for_url(CONVERSATION)
        wired(page)


def assert_accessible(page: Page) -> None:
    """axe finds nothing serious or critical by WCAG 2.2 A and AA and its best practices."""
    page.evaluate(AXE.read_text())
    run = "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations)"
    found: list[dict[str, Any]] = page.evaluate(run)
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not serious, "\n".join(
        f"{one['id']}: {one['help']}: {node['html']}: {node['failureSummary']}"
        for one in serious
        for node in one["nodes"]
    )
