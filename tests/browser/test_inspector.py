"""The inspector in a real browser: messages come live, in pairs, are explained, filtered, held and exported."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import Running, assert_accessible, deskhand_up, follow, wired
from tests.e2e.chat_place import place_without_model

CALL = "tools/call"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    folder: Path = tmp_path_factory.mktemp("inspector")
    there = place_without_model(folder, "tests/browser/page_peer.py")
    (folder / "seen-north").touch()
    with deskhand_up(there) as up:
        yield up


@pytest.fixture
def page(running: Running, new_window: NewWindow) -> Page:
    page = new_window()
    running.enter(page)
    expect(page.locator("#presence li", has_text="peer")).to_contain_text("ready")
    running.enter(page, "/inspector")
    return page


@pytest.fixture
def console(running: Running, new_window: NewWindow) -> Page:
    """The tool's page in another tab."""
    page = new_window()
    running.enter(page, "/console/peer/tools/look")
    return page


def call(console: Page, place: str = "north") -> None:
    console.get_by_label("place").fill(place)
    console.get_by_role("button", name="Call", exact=True).first.click()
    expect(console.get_by_role("article").locator(".pill").first).to_have_text("done")


def frames(page: Page) -> Locator:
    return page.locator("#frames tbody tr[data-kind]")


def filter_by(page: Page, **fields: str) -> None:
    for label, value in fields.items():
        field = page.get_by_label(label.replace("_", " "), exact=True)
        if label in ("Server", "Kind", "Direction"):
            field.select_option(value)
        else:
            field.fill(value)
    with page.expect_navigation():
        page.get_by_role("button", name="Filter").click()
    wired(page)


def test_a_call_appears_by_itself_joined_to_its_answer_and_both_are_explained(page: Page, console: Page) -> None:
    expect(frames(page).first).to_be_visible()
    assert CALL not in page.locator("#frames").inner_text()
    call(console)
    asked = frames(page).filter(has_text=CALL).filter(has=page.locator(".pill", has_text="request"))
    answered = frames(page).filter(has_text=CALL).filter(has=page.locator(".pill", has_text="response"))
    expect(asked).to_have_count(1)
    expect(answered).to_have_count(1)
    number = asked.locator("td").first.inner_text()
    expect(answered).to_contain_text(f"answers #{number}")
    pair = asked.get_attribute("data-pair")
    assert pair
    expect(answered).to_have_attribute("data-pair", pair)

    answered.get_by_role("link", name=CALL).click()
    detail = page.get_by_role("region", name="The frame that was picked")
    expect(detail.get_by_role("heading", name="What is this?")).to_be_visible()
    expect(detail.get_by_role("region", name="request")).to_contain_text('"place"')
    expect(detail.get_by_role("region", name="response")).to_contain_text("north is fine")
    expect(asked).to_have_attribute("aria-current", "true")
    assert_accessible(page)


def test_frames_are_filtered_by_method_by_server_and_by_what_they_hold(page: Page, console: Page) -> None:
    call(console)
    filter_by(page, Method_begins_with="tools/")
    methods = frames(page).locator("td:nth-child(6)").all_inner_texts()
    assert methods
    assert all("tools/" in method for method in methods)
    filter_by(page, Method_begins_with="", Server="deskhand")
    servers = frames(page).locator("td:nth-child(4)").all_inner_texts()
    assert servers
    assert all(server.startswith("deskhand") for server in servers)
    filter_by(page, Server="", Message_holds="north is fine")
    expect(frames(page).first).to_contain_text(CALL)
    kinds = frames(page).locator("td:nth-child(5)").all_inner_texts()
    assert set(kinds) == {"response"}
    filter_by(page, Message_holds="such words are nowhere")
    expect(page.locator("#frames")).to_contain_text("No frame is like that.")


def test_a_list_that_is_held_stands_still_and_goes_on(page: Page, console: Page) -> None:
    filter_by(page, Method_begins_with=CALL)
    before = frames(page).count()
    follow(page.get_by_role("link", name="Pause"))
    expect(page.locator("#status")).to_contain_text("Paused")
    call(console)
    expect(page.locator("#status")).not_to_contain_text(" 0 frames came after it")
    assert frames(page).count() == before
    follow(page.get_by_role("link", name="Go on"))
    expect(page.locator("#status")).to_contain_text("Live")
    expect(frames(page)).to_have_count(before + 2)


def test_what_is_exported_is_what_is_shown_and_holds_no_token(page: Page, console: Page) -> None:
    call(console)
    follow(page.get_by_role("link", name="Pause"))
    shown = frames(page).count()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) == shown > 4
    assert {json.loads(line)["server"] for line in lines} >= {"deskhand", "peer"}
    text = "\n".join(lines)
    assert "Bearer" not in text
    assert "dh_" not in text
