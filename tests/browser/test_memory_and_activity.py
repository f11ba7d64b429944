"""Memory and activity in a real browser: what others change comes to the open page, what is typed stays."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from playwright.sync_api import Page, Route, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import Running, assert_accessible, deskhand_up, follow, wired
from tests.e2e.chat_place import ROOT, Place, place_without_model

from deskhand.local import SUBJECT
from deskhand.outbox.act import Act
from deskhand.outbox.outbox import Outbox
from deskhand.store.database import Database

SETTINGS = """
[toolsets]
enabled = ["core", "memory", "tests.server.letters:Letters"]

[toolsets.letters]
box = "{box}"
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    folder = tmp_path_factory.mktemp("activity")
    there = place_without_model(folder, "tests/browser/page_peer.py")
    (folder / "deskhand.toml").write_text(SETTINGS.format(box=folder / "box"))
    with deskhand_up(Place(folder, there.environment | {"PYTHONPATH": str(ROOT)})) as up:
        yield up


def propose(folder: Path, text: str) -> None:
    """Put a letter down as another process would."""

    async def work() -> None:
        with Database(folder / "data" / "deskhand.db") as database:
            act = Act("letter", f"A letter: {text}", f"Dear all,\n{text}", payload={"text": text})
            await Outbox(database, lambda: datetime.now(UTC)).propose(SUBJECT, act)

    with ThreadPoolExecutor() as threads:  # the browser has this thread's event loop
        threads.submit(anyio.run, work).result()


def test_what_waits_comes_by_itself_and_is_decided_while_a_reason_is_being_typed(page: Page, running: Running) -> None:
    running.enter(page, "/activity")
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    propose(running.place.folder, f"first {'w' * 90}")
    expect(page.locator("article", has_text="first")).to_contain_text("Dear all,")
    page.get_by_label("Why not").fill("Not n")
    propose(running.place.folder, "second")
    second = page.locator("article", has_text="second")
    expect(second).to_be_visible()
    first = page.locator("article", has_text="first")
    expect(first.get_by_label("Why not")).to_have_value("Not n")
    expect(page.locator("#nav").get_by_role("link", name="Activity 2 waiting for you")).to_be_visible()
    assert_accessible(page)
    second.get_by_role("button", name="Approve").click()
    expect(page.locator("#toasts")).to_contain_text("Done: A letter: second")
    expect(second).to_have_count(0)
    first.get_by_label("Why not").fill("Not now.")
    first.get_by_role("button", name="Deny").click()
    expect(first).to_have_count(0)
    assert (running.place.folder / "box").read_text() == "second\n"
    page.get_by_role("link", name="Outbox", exact=True).click()
    expect(page.locator("tr", has_text="first")).to_contain_text("Not now.")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_memories_are_added_corrected_and_forgotten_and_another_window_follows(
    page: Page, running: Running, new_window: NewWindow
) -> None:
    other = new_window()
    running.enter(other, "/memory")
    running.enter(page, "/memory")
    page.get_by_text("Remember something").click()
    page.get_by_label("One statement").fill("The office is in Ghent")
    page.get_by_label("Pinned").check()
    page.get_by_role("button", name="Remember", exact=True).click()
    expect(page.locator("#add")).to_contain_text("Saved.")
    expect(other.get_by_role("link", name="The office is in Ghent")).to_be_visible()
    expect(other.get_by_role("heading", name="In every conversation")).to_be_visible()
    assert_accessible(page)
    follow(other.get_by_role("link", name="The office is in Ghent"))
    other.get_by_label("The statement").fill("The office is in Bruges")
    other.get_by_role("button", name="Save").click()
    expect(other.locator("#part tbody tr")).to_have_count(2)
    expect(page.get_by_role("link", name="The office is in Bruges")).to_be_visible()
    assert_accessible(other)
    other.get_by_role("button", name="Forget").click()
    question = other.locator(".question")
    expect(question).to_contain_text("Delete for good")
    question.get_by_label("Forget").check()
    question.get_by_role("button", name="Send").click()
    expect(other.get_by_text("This memory cannot be shown (any more).")).to_be_visible()
    expect(page.get_by_text("Nothing is remembered yet.")).to_be_visible()


def remember(page: Page, statement: str) -> None:
    """Add a memory on a page of memories."""
    page.get_by_label("One statement").fill(statement)
    page.get_by_role("button", name="Remember", exact=True).click()
    expect(page.locator("#add")).to_contain_text("Saved.")


def test_news_waits_for_the_answer_to_earlier_news_so_that_nothing_old_comes_last(
    page: Page, running: Running, new_window: NewWindow
) -> None:
    other = new_window()
    running.enter(other, "/memory")
    running.enter(page, "/memory")
    under_way: list[Route] = []
    page.route("**/memory/part*", lambda route: route.continue_() if under_way else under_way.append(route))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/memory/part" in request.url else None)
    other.get_by_text("Remember something").click()
    with page.expect_request("**/memory/part*"):
        remember(other, "Ann likes tea")
    told = page.locator("#memory-news span").get_attribute("id")
    assert told
    other.reload()
    wired(other)
    other.get_by_text("Remember something").click()
    remember(other, "The harbour is in Ostend")
    expect(page.locator("#memory-news span")).not_to_have_attribute("id", told)
    assert len(asked) == 1
    under_way[0].continue_()
    for statement in ("Ann likes tea", "The harbour is in Ostend"):
        expect(page.get_by_role("link", name=statement, exact=True)).to_be_visible()
