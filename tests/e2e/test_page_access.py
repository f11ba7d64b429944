"""Coming in, staying in and being thrown out, at a real process."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from tests.e2e.in_process import deskhand_in
from tests.protocol.server_process import ServerProcess, environment, running

STOP_SECONDS = 5.0
"""As promised, by the clock of the process; alone it is half a second."""
PATIENCE = 30.0
"""Seconds for what takes a moment where nothing else runs."""


def link_of(server: ServerProcess) -> str:
    """The one-time link it printed."""
    deadline = time.monotonic() + PATIENCE
    while not (found := re.search(r"http://\S+/enter\?key=\S+", server.log())):
        assert time.monotonic() < deadline, server.log()
    return found[0]


@dataclass(frozen=True)
class Page:
    """A server with the page, the link it printed, and for how many seconds that was good."""

    server: ServerProcess
    link: str
    seconds: float


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Generator[Page]:
    """One for the tests that look at nobody else's visits; its file of servers cannot be read."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "mcp.json").write_text("{ not JSON")
    with running(folder, "--page", variables={"DESKHAND_HOST__SERVERS": str(folder / "mcp.json")}) as server:
        link = link_of(server)
        (key,) = (folder / "links").iterdir()
        yield Page(server, link, float(key.read_text()) - time.time())


@contextmanager
def browser(server: ServerProcess, cookies: httpx2.Cookies | None = None) -> Generator[httpx2.Client]:
    headers = {"accept": "text/html", "origin": server.url}
    with httpx2.Client(base_url=server.url, cookies=cookies, headers=headers, timeout=30) as client:
        yield client


def position(page: str) -> str:
    found = re.search(r'data-position="([^"]+)"', page)
    assert found is not None
    return found[1]


class Stream(threading.Thread):
    """A page's stream, read to its end; `whole` once it ended as a whole response."""

    def __init__(self, client: httpx2.Client) -> None:
        super().__init__(daemon=True)
        self.whole = False
        self.begun = threading.Event()
        self._client = client
        self._position = position(client.get("/chat").text)

    def run(self) -> None:
        address = f"/live?topics=tray&position={self._position}"
        with self._client.stream("GET", address) as answer:
            for _ in answer.iter_raw():  # raises when the response is torn off
                self.begun.set()
            self.whole = True


def test_a_browser_stays_in_over_a_restart_which_ends_its_stream_whole_and_logs_no_error(
    tmp_path: Path, page: Page
) -> None:
    with running(tmp_path, "--page") as server, browser(server) as client:
        assert client.get(link_of(server)).headers["refresh"] == "0; url=/"
        stream = Stream(client)
        stream.start()
        assert stream.begun.wait(PATIENCE)
        began = server.clock()
        server.process.send_signal(signal.SIGTERM)
        assert server.seconds_to_end(began) < STOP_SECONDS
        assert server.process.wait() == 0
        stream.join(PATIENCE)
        assert stream.whole
        assert "ERROR" not in server.log()
        assert "Traceback" not in server.log()
        assert not any((tmp_path / "links").iterdir())
        cookies, port = client.cookies, server.url.rpartition(":")[2]
    with running(tmp_path, "--page", "--port", port) as again, browser(again, cookies) as client:
        assert client.get("/chat").status_code == 200
    with browser(page.server, cookies) as client:
        assert client.get("/chat").status_code == 303, "this is another Deskhand"


def test_an_open_stream_ends_soon_after_the_token_of_its_visit_is_revoked(page: Page) -> None:
    with browser(page.server) as client:
        made = deskhand_in(page.server.folder, "token", "create", "--subject", "ann").stdout.strip()
        assert client.post("/login", data={"token": made}).status_code == 303
        stream = Stream(client)
        stream.start()
        assert stream.begun.wait(PATIENCE)
        listed = deskhand_in(page.server.folder, "token", "list").stdout
        number = next(line.split()[0] for line in listed.splitlines() if " ann " in line)
        assert deskhand_in(page.server.folder, "token", "revoke", number).exit_code == 0
        stream.join(PATIENCE)
        assert stream.whole
        assert client.get("/chat").status_code == 303


def test_another_link_is_printed_for_the_page_that_runs_and_all_can_be_signed_out(tmp_path: Path) -> None:
    nobody = deskhand_in(tmp_path, "link")
    assert nobody.exit_code == 1
    assert "deskhand up" in nobody.stderr
    with running(tmp_path, "--page") as server, browser(server) as first, browser(server) as second:
        assert first.get(link_of(server)).status_code == 200
        assert (tmp_path / "page.json").stat().st_mode & 0o777 == 0o600
        unused = deskhand_in(tmp_path, "link").stdout.strip()
        fresh = deskhand_in(tmp_path, "link", "--sign-out")
        assert "Signed out: 1 browser." in fresh.stderr
        assert second.get(unused).status_code == 403
        assert second.get(fresh.stdout.strip()).status_code == 200
        assert second.get("/chat").status_code == 200
        asked = signed_out = time.monotonic()
        while first.get("/chat").status_code != 303:
            assert asked - signed_out < 5, "what is asked later than that is refused, however long answers take"
            asked = time.monotonic()


def test_a_link_that_a_log_may_keep_is_good_for_a_quarter_of_an_hour(page: Page) -> None:
    assert 0 < page.seconds <= 15 * 60


BROWSER = """#!/bin/sh
printf '%s\\n' "$@" > opened.part
stat -c %a "${1#file://}" >> opened.part
cat "${1#file://}" >> opened.part
mv opened.part opened
"""


def test_the_browser_is_not_started_with_the_link_which_all_users_of_the_machine_would_see(tmp_path: Path) -> None:
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(BROWSER)
    browser.chmod(0o700)
    command = [sys.executable, "-m", "deskhand", "up", "--port", "0", "--open"]
    given = environment(tmp_path, BROWSER=str(browser))
    with subprocess.Popen(command, env=given, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            link = next(line.strip() for line in process.stdout if "/enter?key=" in line)
            deadline = time.monotonic() + PATIENCE
            while not opened.exists():
                assert time.monotonic() < deadline
            argument, mode, page = opened.read_text().split("\n", 2)
            assert argument.startswith("file://")
            assert "key" not in argument
            assert mode == "600"
            assert f"url={link}" in page
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)
    assert not Path(argument.removeprefix("file://")).exists()


def test_a_file_of_servers_that_cannot_be_read_is_told_on_their_page_and_ends_no_other(page: Page) -> None:
    with browser(page.server) as client:
        client.get(page.link)
        assert client.get("/chat").status_code == 200
        shown = client.get("/servers").text
        assert 'id="server-deskhand"' in shown
        assert "mcp.json cannot be read as JSON" in shown


def test_where_others_can_reach_it_there_is_the_login_only(tmp_path: Path) -> None:
    with running(tmp_path, "--page", "--host", "0.0.0.0") as server:
        address = server.url.replace("0.0.0.0", "127.0.0.1")
        with httpx2.Client(base_url=address, headers={"origin": address}, timeout=30) as client:
            assert client.get("/enter?key=x").status_code == 403
            assert client.post("/login", data={"token": server.token}).status_code == 303
            assert client.get("/chat").status_code == 200
        assert "enter?key" not in server.log()
        assert deskhand_in(tmp_path, "link").exit_code == 1
