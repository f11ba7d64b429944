"""What the page costs in Chromium, on a processor made slow: until somebody can type, and how a typed key feels.

    python -m bench.page_browser

`deskhand up` in a process of its own and a real Chromium, whose main thread is throttled. Beside a page of the same
server that has the same style sheet and no script: its sign-in.
"""

import statistics
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from bench.page import MESSAGES, write_history
from bench.server import Row
from playwright.sync_api import Browser, Page

from deskhand.store.database import Database

sys.path.append("tests/endpoints")  # as pytest has it; the benchmarks are run from the checkout's root

from tests.browser.harness import Running, chromium, deskhand_up
from tests.e2e.chat_place import place

SLOWER = 4
"""Times that Chromium throttles its main thread: a cheap phone, or an old computer."""
TIMES = 5
"""Each page is opened so often, in a fresh context and past its cache; the least counts."""
KEYS = 20
"""Keys of which the median is taken, three times; the least counts."""
PATIENCE_MILLISECONDS = 60_000

# What htmx has bound is what can be sent; until then Enter would leave the page.
_WATCH = """
new MutationObserver((_changes, watch) => {
  if (!document.querySelector("#composer[data-htmx-powered]")) return;
  window.usable = performance.now();
  watch.disconnect();
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
_READY = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
# A frame is on its way when the task after its callbacks runs.
_TIME_KEYS = """
window.keys = [];
document.addEventListener("keydown", ({ timeStamp }) => requestAnimationFrame(() => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => window.keys.push(performance.now() - timeStamp);
  port2.postMessage(null);
}), true);
"""


@dataclass(frozen=True)
class Opened:
    """Milliseconds since the navigation started."""

    ready: float
    """When the document is parsed and its scripts have run (`DOMContentLoaded`)."""
    usable: float = 0
    """When a message can be sent."""


@dataclass(frozen=True)
class Pages:
    """A server, a browser, and the path of a long conversation."""

    running: Running
    browser: Browser
    long: str

    @contextmanager
    def page(self) -> Generator[Page]:
        """A page of a fresh context that is signed in, throttled from now on."""
        context = self.browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        self.running.enter(page)
        page.locator("#composer[data-htmx-powered]").wait_for()
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})  # pyright: ignore[reportUnknownMemberType]
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})  # pyright: ignore[reportUnknownMemberType]
        yield page
        context.close()

    def opened(self, path: str, has_composer: bool = True) -> Opened:
        """Open a page so often; the least of each time."""
        every = [self._open(path, has_composer) for _ in range(TIMES)]
        return Opened(min(each.ready for each in every), min(each.usable for each in every))

    def _open(self, path: str, has_composer: bool) -> Opened:
        with self.page() as page:
            page.add_init_script(_WATCH)
            self._go(page, path)
            if not has_composer:
                return Opened(page.evaluate(_READY))
            page.wait_for_function("window.usable")
            return Opened(page.evaluate(_READY), page.evaluate("window.usable"))

    def _go(self, page: Page, path: str) -> None:
        answer = page.goto(self.running.address + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status} {self.running.log}"

    def key(self, path: str) -> float:
        """Milliseconds from a key in the composer to the frame that shows it."""
        with self.page() as page:
            self._go(page, path)
            page.locator("#composer[data-htmx-powered]").wait_for()
            page.get_by_label("Message", exact=True).focus()
            page.evaluate(_TIME_KEYS)
            return min(_typed(page) for _ in range(3))


def _typed(page: Page) -> float:
    page.evaluate("window.keys.length = 0")
    for number in range(KEYS):
        page.keyboard.press("a")
        page.wait_for_function("number => window.keys.length > number", arg=number)
    taken: list[float] = page.evaluate("window.keys")
    return statistics.median(taken)


@contextmanager
def open_pages() -> Generator[Pages]:
    """All of it, for as long as the block lasts."""
    with TemporaryDirectory() as folder, place(Path(folder), []) as there:
        with Database.in_folder(there.folder / "data") as database:
            name = anyio.run(write_history, database, MESSAGES)
        with deskhand_up(there) as running, chromium() as browser:
            yield Pages(running, browser, f"/chat/{name}")


def rows() -> list[Row]:
    """Both pages, beside the plain one and beside each other."""
    with open_pages() as pages:
        plain = pages.opened("/login", has_composer=False).ready
        measured = [Row(f"sign-in page, {SLOWER} x slower: DOM ready", _ms(plain))]
        for what, path in (("first page", "/chat"), (f"{MESSAGES:,} messages", pages.long)):
            opened = pages.opened(path)
            measured += [
                Row(f"{what}: DOM ready", _ms(opened.ready), f"{opened.ready / plain:.1f} x that"),
                Row(f"{what}: the composer can be used", _ms(opened.usable), f"{opened.usable / plain:.1f} x that"),
            ]
        empty, full = pages.key("/chat"), pages.key(pages.long)
    return [
        *measured,
        Row("a typed key to its frame, empty chat", _ms(empty)),
        Row(f"a typed key to its frame, {MESSAGES:,} messages", _ms(full), f"{full / empty:.2f} x that"),
    ]


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:,.0f} ms"


if __name__ == "__main__":
    for row in rows():
        print(f"{row.what:<44} {row.value:>14}   {row.goal}")
