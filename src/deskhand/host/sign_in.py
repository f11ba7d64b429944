"""The person's part of a sign-in: a page in the browser, and the answer at a loopback address.

Source: RFC 8252 (OAuth for native apps), 7.3 and 8.1.
"""

import logging
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qs, urlsplit

import anyio
import anyio.to_thread
from anyio.abc import SocketStream

from deskhand.errors import Denied, DeskhandError, Unavailable
from deskhand.host.token_file import TokenStore

_log = logging.getLogger(__name__)

CALLBACK_PATH = "/callback"
_LONGEST_REQUEST = 16_384
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_READ_DIFFERENTLY = re.compile(r"[\\\x00-\x20\x7f]")


@dataclass(frozen=True)
class SignIn:
    """How people sign in to remote servers on this machine."""

    tokens: TokenStore
    open_browser: Callable[[str], object]
    """Given the URL; the terminal passes `webbrowser.open`. The URL is shown as well, for where there is no browser."""
    client_metadata_url: str | None = None
    """An https URL where this client describes itself, used as its id at servers that take one."""
    seconds: float = 300
    """How long a person may take."""


@dataclass(frozen=True)
class Answer:
    """What the authorization server sent back through the browser."""

    code: str
    state: str
    issuer: str | None
    """`iss` (RFC 9207)."""


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def safe_to_open(url: str) -> bool:
    """Whether an address a server chose may be opened: https, or http on this machine; never `file:` and the like.

    Nor one that a browser reads in another way than we do: it takes a backslash for a slash, leaves out line ends and
    tabs, and what surrounds it (WHATWG URL, 4.4).
    """
    if _READ_DIFFERENTLY.search(url):
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:  # such as `https://[`
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


async def answer_from_browser(url: str, port: int, sign_in: SignIn) -> Answer:
    """Open the page, and wait for the browser to come back to this machine.

    Raises:
        Denied: the person or the authorization server said no, or the address is not one to open.
        Unavailable: nobody signed in in time, or the port is taken.
    """
    if not safe_to_open(url):
        raise Denied(f"The server wants {url[:80]} opened, which is not a web address. It was not opened.")
    state = parse_qs(urlsplit(url).query).get("state", [""])[0]
    try:
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port)
    except OSError as error:
        raise Unavailable(f"The sign-in needs port {port} on this machine, which is taken. Try again later.") from error
    answers: list[dict[str, str]] = []

    async def handle(stream: SocketStream) -> None:
        async with stream:
            found = await _callback(stream, state)
            if found:
                answers.append(found)
                group.cancel_scope.cancel()

    with anyio.move_on_after(sign_in.seconds):
        async with listener, anyio.create_task_group() as group:
            group.start_soon(listener.serve, handle)
            await anyio.to_thread.run_sync(_open, sign_in, url, abandon_on_cancel=True)
    if not answers:
        raise Unavailable(f"Nobody signed in within {sign_in.seconds:g} s. Try again when you are ready.")
    return _understood(answers[0])


def _open(sign_in: SignIn, url: str) -> None:
    try:
        sign_in.open_browser(url)
    except DeskhandError:
        raise
    except Exception:  # no browser here, whatever it says: the address is shown as well
        _log.info("the browser could not be opened", exc_info=True)


def _understood(answer: dict[str, str]) -> Answer:
    if "error" in answer:
        reason = answer.get("error_description") or answer["error"]
        raise Denied(f"The authorization server did not sign you in: {reason[:200]}.")
    return Answer(answer.get("code", ""), answer["state"], answer.get("iss"))


async def _callback(stream: SocketStream, state: str) -> dict[str, str] | None:
    """One request from the browser; None unless it carries the answer we wait for (another program may knock)."""
    request = b""
    with anyio.move_on_after(5):
        while b"\r\n\r\n" not in request and len(request) < _LONGEST_REQUEST:
            try:
                request += await stream.receive()
            except anyio.EndOfStream:
                break
    method, _, rest = request.decode("latin-1").partition(" ")
    target = urlsplit(rest.partition(" ")[0])
    answer = {key: values[0] for key, values in parse_qs(target.query).items()}
    if method != "GET" or target.path != CALLBACK_PATH or answer.get("state") != state:
        await _reply(stream, "404 Not Found", "There is nothing here.")
        return None
    said = "You are not signed in." if "error" in answer else "You are signed in. You can close this page."
    await _reply(stream, "200 OK", said)
    return answer


async def _reply(stream: SocketStream, status: str, text: str) -> None:
    body = f"<!doctype html><meta charset=utf-8><title>Deskhand</title><p>{escape(text)}</p>".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with suppress(anyio.BrokenResourceError):  # the browser did not wait
        await stream.send(head.encode() + body)
