"""The exchanges shown in docs/explanation/how-mcp-works.md, made again with a real server."""

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import httpx2
import pytest
from mcp_types import JSONRPCMessage
from pydantic import JsonValue, TypeAdapter
from tests.docs.pages import ROOT, Page
from tests.protocol.server_process import ServerProcess, running

PAGE = "docs/explanation/how-mcp-works.md"
Frame = dict[str, JsonValue]
JSON_RPC: TypeAdapter[JSONRPCMessage] = TypeAdapter(JSONRPCMessage)
OTHERS = {"version", "serverInfo", "trashed"}
"""Members that are there but say something else each time, or after each release."""


@dataclass(frozen=True)
class Shown:
    """One half of an exchange as the page shows it."""

    first: str
    headers: dict[str, str]
    body: str

    @property
    def is_answer(self) -> bool:
        return self.first.startswith("HTTP/")

    @property
    def messages(self) -> list[Frame]:
        """The JSON of the body: of each event, or of the whole."""
        data = [line.removeprefix("data: ") for line in self.body.splitlines() if line.startswith("data: {")]
        return [json.loads(text) for text in data or [self.body] if text.startswith("{")]


def shown() -> Iterator[Shown]:
    page = Page(PAGE, (ROOT / PAGE).read_text("utf-8"))
    for block in page.blocks:
        if block.language == "http":
            head, _, body = block.text.partition("\n\n")
            first, *lines = head.splitlines()
            yield Shown(first, dict(line.split(": ", 1) for line in lines), body.strip())


HALVES = list(shown())
EXCHANGES = list(zip(HALVES[::2], HALVES[1::2], strict=True))


class Replay:
    """Makes the exchanges in the page's order; what an answer gives out goes into the requests that follow."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        self._given = {"TOKEN": server.token}

    def make(self, request: Shown, answer: Shown) -> tuple[httpx2.Response, list[Frame]]:
        """The server's response, and as many messages of it as the page shows."""
        method, path, _ = request.first.split()
        headers = {name: self._filled(value) for name, value in request.headers.items()}
        body = self._filled(json.dumps(json.loads(request.body))) if request.body else None
        url = self._server.url + path
        with httpx2.stream(method, url, headers=headers, content=body, timeout=20) as response:
            messages = list(self._messages(response, len(answer.messages)))
            self._given |= {"SESSION": response.headers.get("mcp-session-id", self._given.get("SESSION", ""))}
        for message in messages:
            result = message.get("result")
            state = result.get("requestState") if isinstance(result, dict) else None
            self._given |= {"v1.\\u2026": state} if isinstance(state, str) else {}
        return response, messages

    def _filled(self, text: str) -> str:
        for name, value in self._given.items():
            text = text.replace(name, value)
        return text

    def _messages(self, response: httpx2.Response, count: int) -> Iterator[Frame]:
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            text = response.read().decode()
            yield from [json.loads(text)] if text else []
            return
        lines = response.iter_lines()
        for number in range(count):
            yield json.loads(next(line for line in lines if line.startswith("data: {")).removeprefix("data: "))
            if number == 0 and count > 1:  # a subscription: let there be something to tell
                (self._server.folder / "workspace" / "note.txt").write_text("three\n")


def differences(page: JsonValue, real: JsonValue, where: str = "") -> Iterator[str]:
    """Where the page and the server differ. The page may leave out what stands behind `…`."""
    if where.rpartition(".")[2] in OTHERS:
        return
    if isinstance(page, dict) and isinstance(real, dict):
        if "requestedSchema" not in where and page.keys() != real.keys():
            yield f"{where}: the page has {sorted(page)}, the server {sorted(real)}"
        for key in page.keys() & real.keys():
            yield from differences(page[key], real[key], f"{where}.{key}")
    elif isinstance(page, str) and "…" in page:
        if not str(real).startswith(page.partition("…")[0]):
            yield f"{where}: the page has {page!r}, the server {real!r}"
    elif isinstance(page, list) and isinstance(real, list) and len(page) == len(real):
        for number, pair in enumerate(zip(page, real, strict=True)):
            yield from differences(*pair, f"{where}.{number}")
    elif page != real:
        yield f"{where}: the page has {page!r}, the server {real!r}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[ServerProcess]:
    with running(tmp_path_factory.mktemp("wire"), enabled='["core", "weather", "files"]') as process:
        (process.folder / "workspace" / "note.txt").write_text("one\n")
        yield process


def test_the_page_shows_what_the_server_answers(server: ServerProcess) -> None:
    replay = Replay(server)
    for number, (request, answer) in enumerate(EXCHANGES):
        response, messages = replay.make(request, answer)
        where = f"exchange {number + 1}, {request.first}"
        assert str(response.status_code) == answer.first.split()[1], where
        for name, value in answer.headers.items():
            if name != "mcp-session-id":
                assert list(differences(value, response.headers[name].replace(server.url, "http://127.0.0.1:…"))) == []
        assert len(messages) == len(answer.messages), where
        found = [list(differences(*pair)) for pair in zip(answer.messages, messages, strict=True)]
        assert found == [[]] * len(messages), where


def test_requests_and_answers_alternate() -> None:
    assert [half.is_answer for half in HALVES] == [False, True] * len(EXCHANGES)
    assert len(EXCHANGES) > 8


@pytest.mark.parametrize("half", HALVES, ids=lambda half: half.first)
def test_every_frame_is_json_rpc(half: Shown) -> None:
    for message in half.messages:
        if "jsonrpc" in message:
            JSON_RPC.validate_python(message)
        else:
            assert message.keys() == {"error", "error_description"}  # RFC 6750: no JSON-RPC before a token


def test_a_difference_is_found() -> None:
    assert list(differences({"a": 1}, {"a": 2}))
    assert list(differences({"a": 1}, {"b": 1}))
    assert list(differences(["x…"], ["y"]))
    assert list(differences([1], [1, 2]))
    assert not list(differences({"a": ["x…"]}, {"a": ["xyz"]}))
