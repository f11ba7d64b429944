"""A real browser comes in by the link: typed in, and clicked on a page of somebody else, with a Strict cookie."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import PATIENCE_SECONDS, Running, deskhand_up, wired
from tests.e2e.chat_place import Place, place
from tests.reserved_port import reserved_port

from deskhand.cli.opening import opener

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


def test_the_file_that_a_browser_is_started_with_leads_to_the_chat(
    up: Running, new_window: NewWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, addresses = threading.Event(), list[str]()

    def start(address: str) -> bool:
        addresses.append(address)
        started.set()
        return True

    monkeypatch.setattr("webbrowser.open", start)
    page = new_window()
    with opener(tmp_path) as open_link:
        open_link(up.place.run("link").stdout.strip())
        assert started.wait(PATIENCE_SECONDS)
        page.goto(addresses[0])
        page.wait_for_url(f"{up.address}/chat")
    assert not list(tmp_path.iterdir())


@contextmanager
def another_server() -> Generator[tuple[int, list[str]]]:
    """A program of somebody else on this machine: its port, and the cookies that browsers brought it."""
    brought: list[str] = []

    class Curious(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            brought.append(self.headers.get("Cookie", ""))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing to standard error."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Curious) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], brought
        server.shutdown()


@pytest.fixture
def port() -> Generator[int]:
    with reserved_port() as port:
        yield port


def test_under_a_name_of_its_own_the_page_works_and_other_programs_of_this_machine_get_no_cookie(
    up: Running, new_window: NewWindow, tmp_path: Path, port: int
) -> None:
    own = f"http://nobody-guesses.localhost:{port}"
    named = Running(Place(tmp_path, _moved(up.place, tmp_path) | {"DESKHAND_SERVER__PUBLIC_URL": own}))
    named.address = f"http://127.0.0.1:{port}"
    page = new_window()
    try:
        named.start()
        assert named.address == own
        page.goto(named.link)
        page.wait_for_url(f"{own}/chat")
        assert page.context.cookies(own)
        with another_server() as (other, brought):
            for host in ("127.0.0.1", "localhost"):
                page.goto(f"http://{host}:{other}/")
            page.goto(f"{own}/chat")
            assert set(brought) == {""}
        wired(page)
        page.get_by_role("button", name="Log out").first.click()
        page.wait_for_url(f"{own}/login")
    finally:
        named.kill()


def _moved(furnished: Place, folder: Path) -> dict[str, str]:
    """The environment of a place, with data of its own."""
    return furnished.environment | {"DESKHAND_DATA_DIR": str(folder / "data"), "HOME": str(folder)}
