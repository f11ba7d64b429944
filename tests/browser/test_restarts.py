"""Processes that die: a server that is killed is healed, and Deskhand itself goes on where it was."""

import os
import signal
from collections.abc import Generator

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import Running, deskhand_up, say, wired
from tests.e2e.chat_place import Place, place

PEER = "tests/browser/page_peer.py"
LETTER = {"to": "bob@example.org", "text": "Dear Bob"}
STEPS = [
    {"match": "write to bob", "text": "I write to him.", "calls": [{"name": "send_letter", "arguments": LETTER}]},
    {"match": "sent to bob", "text": "Bob has it."},
    {"match": "look north", "calls": [{"name": "look", "arguments": {"place": "north"}}]},
    {"match": "north is fine", "text": "All is well."},
]
CUT = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")
"""What the console says while nobody answers."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    with place(tmp_path_factory.mktemp("restarts"), STEPS, PEER) as there:
        yield there


@pytest.fixture(scope="module")
def running(there: Place) -> Generator[Running]:
    with deskhand_up(there) as up:
        yield up


@pytest.fixture
def page(running: Running, new_window: NewWindow) -> Page:
    page = new_window(expected=CUT)
    running.enter(page)
    expect(state_of_peer(page)).to_contain_text("ready")
    return page


def state_of_peer(page: Page) -> Locator:
    return page.locator("#presence li", has_text="peer")


def mark(page: Page) -> None:
    """Make this very document known: one that is loaded anew has no mark."""
    page.evaluate("document.documentElement.dataset.same = ''")


def test_a_server_that_is_killed_is_healed_while_the_page_stays(page: Page, there: Place) -> None:
    mark(page)
    (there.folder / "seen-north").touch()
    (there.folder / "begin-not").touch()
    os.kill(processes(there)[-1], signal.SIGKILL)
    expect(state_of_peer(page)).to_contain_text("reconnecting")
    expect(page.locator("#toasts")).to_contain_text("peer is being connected again.")
    (there.folder / "begin-not").unlink()
    expect(state_of_peer(page)).to_contain_text("ready")
    assert len(processes(there)) == 2
    expect(page.locator("html[data-same]")).to_have_count(1)
    say(page, "look north")
    expect(page.locator(".answer")).to_have_text("All is well.")


def processes(there: Place) -> list[int]:
    """The peer's, oldest first."""
    return [int(line.removeprefix("process ")) for line in there.peer_log().split("\n") if line.startswith("process ")]


def test_a_question_survives_that_deskhand_is_killed(page: Page, running: Running, there: Place) -> None:
    say(page, "write to bob")
    question = page.locator("#tray .question")
    expect(question).to_contain_text("bob@example.org")
    mark(page)
    running.kill()
    expect(page.get_by_text("Reconnecting…")).to_be_visible()
    running.start()
    expect(page.locator("html[data-same]")).to_have_count(0)  # it was loaded anew by itself
    wired(page)
    expect(page.locator(".said .text")).to_have_text("write to bob")
    expect(question).to_contain_text("bob@example.org")
    assert "sent" not in there.peer_log()
    question.get_by_role("button", name="Allow once").click()
    expect(page.locator(".answer").last).to_have_text("Bob has it.")
    expect(question).to_have_count(0)
    assert there.peer_log().count("sent to bob@example.org: Dear Bob") == 1


def test_a_page_waits_for_deskhand_that_was_stopped_in_order(page: Page, running: Running) -> None:
    mark(page)
    running.stop()
    expect(page.get_by_text("Reconnecting…")).to_be_visible()
    page.get_by_label("Message", exact=True).fill("half a thought")
    expect(page.locator("html[data-same]")).to_have_count(1)
    running.start()
    expect(page.locator("html[data-same]")).to_have_count(0)
    expect(page.get_by_text("Reconnecting…")).to_be_hidden()
    expect(page.get_by_label("Message", exact=True)).to_have_value("half a thought")
    page.get_by_label("Message", exact=True).fill("")


def test_a_link_signs_one_more_window_in_and_no_other_after_it(
    running: Running, there: Place, new_window: NewWindow
) -> None:
    link = there.run("link").stdout.strip()
    second = new_window()
    second.goto(link)
    expect(second.get_by_label("Message", exact=True)).to_be_visible()
    third = new_window(expected=["403"])
    third.goto(link)
    expect(third.get_by_role("heading")).to_have_text("That did not work")
