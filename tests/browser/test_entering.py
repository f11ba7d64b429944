"""A real browser comes in by the link: typed in, and clicked on a page of somebody else, with a Strict cookie."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import Running, deskhand_up
from tests.e2e.chat_place import place

ELSEWHERE = "http://elsewhere.example/"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    """A server whose model is never asked."""
    folder: Path = tmp_path_factory.mktemp("entering")
    with place(folder, []) as furnished, deskhand_up(furnished) as running:
        yield running


def test_the_link_leads_to_the_chat_and_so_does_any_link_of_a_strange_page_afterwards(
    up: Running, new_window: NewWindow
) -> None:
    page = new_window(expected=(ELSEWHERE,))

    def answer(route: Route) -> None:
        body = f'<a id="in" href="{up.link}">in</a> <a id="chat" href="{up.address}/chat?from=mail">chat</a>'
        route.fulfill(body=body, content_type="text/html")

    page.route(ELSEWHERE, answer)
    page.goto(ELSEWHERE)
    page.click("#in")
    page.wait_for_url(f"{up.address}/chat")
    expect(page.locator("#nav")).to_be_visible()
    page.goto(ELSEWHERE)
    page.click("#chat")
    page.wait_for_url(f"{up.address}/chat?from=mail")
    expect(page.locator("#nav")).to_be_visible()
    page.goto(up.link)
    page.wait_for_url(f"{up.address}/chat")


def test_a_stranger_is_asked_for_a_token_and_a_used_link_says_what_to_do(up: Running, new_window: NewWindow) -> None:
    page = new_window(expected=("403",))
    page.goto(f"{up.address}/chat")
    page.fill("#token", "dh_wrong")
    page.click("button")
    expect(page.locator("#problem")).to_contain_text("deskhand token create")
    page.goto(f"{up.address}/enter?key=used")
    expect(page.locator("main")).to_contain_text("deskhand link")
    secret = (up.place.folder / "data" / "token").read_text().strip()
    page.goto(f"{up.address}/chat")
    page.fill("#token", secret)
    page.click("button")
    page.wait_for_url(f"{up.address}/chat")
