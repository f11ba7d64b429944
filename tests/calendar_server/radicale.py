"""A real CalDAV server for tests: Radicale as an ordinary process on loopback, started by the first test to want it."""

import base64
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from tests.reserved_port import reserved_port

PASSWORD = "correct horse wörtlich"  # with letters that only UTF-8 has
_MOST_USERS = 500
_CONFIG = """
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {folder}/collections
[web]
type = none
[logging]
level = warning
"""
_MAKE = """<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:A="http://apple.com/ns/ical/"><D:set><D:prop>
<D:displayname>{title}</D:displayname><A:calendar-color>{colour}</A:calendar-color>
<C:supported-calendar-component-set><C:comp name="{kind}"/></C:supported-calendar-component-set>
</D:prop></D:set></C:mkcalendar>"""


@dataclass(frozen=True, slots=True)
class CalendarUser:
    """An account on the server; without calendars at first."""

    server: "Radicale"
    name: str
    password: str = field(default=PASSWORD, repr=False)

    def make_calendar(self, path: str, title: str, *, colour: str = "", kind: str = "VEVENT") -> str:
        """A new calendar; its URL."""
        place = f"/{quote(self.name)}/{path}/"
        body = _MAKE.format(title=escape(title), colour=colour, kind=kind)
        status = self.request("MKCALENDAR", place, body)
        assert status == 201, status
        return f"{self.server.url}{place[1:]}"

    def request(self, method: str, path: str, body: str = "") -> int:
        """What another program of theirs does; the status of the answer."""
        said = base64.b64encode(f"{self.name}:{self.password}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            connection.request(method, path, body.encode(), {"Authorization": f"Basic {said}"})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()


class Radicale:
    """A server in a folder, at a port, with users `user0`, `user1`, …"""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{self.port}/"
        self._numbers = iter(range(_MOST_USERS // 2, _MOST_USERS))  # the first half is for names taken elsewhere
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        users = "".join(f"user{number}:{PASSWORD}\n" for number in range(_MOST_USERS))
        (self.folder / "users").write_text(users, encoding="utf-8")
        (self.folder / "config").write_text(_CONFIG.format(port=self.port, folder=self.folder))
        with (self.folder / "said").open("ab") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "radicale", "--config", self.folder / "config"],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            )  # fmt: skip
        self._wait()

    def stop(self) -> None:
        """End it with all its connections."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(timeout=20)

    def user(self) -> CalendarUser:
        """A new account."""
        return CalendarUser(self, f"user{next(self._numbers)}")

    def said(self) -> str:
        """What it logged."""
        return (self.folder / "said").read_text(encoding="utf-8", errors="replace")

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return
            self._check_runs()
        pytest.fail(f"Radicale does not answer: {self.said()}")

    def _check_runs(self) -> None:
        """Fail at once when it ended, else give it a moment."""
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=0.05)
            pytest.fail(f"Radicale did not start: {self.said()}")


@pytest.fixture(scope="session")
def radicale() -> Iterator[Radicale]:
    """A running server."""
    with reserved_port() as port, tempfile.TemporaryDirectory(prefix="radicale-") as folder:
        server = Radicale(Path(folder), port)
        try:
            server.start()
            yield server
        finally:
            server.stop()
