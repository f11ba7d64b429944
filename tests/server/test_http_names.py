"""Which Host and Origin a server answers to."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from deskhand.server.names import AllowedNames, TrimHeaders
from deskhand.settings_sections import ServerSettings


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8642", "localhost", "LOCALHOST:1", "[::1]:8642", "localhost.:80", "desk.example"]
)
def test_a_server_on_loopback_answers_to_its_own_names(host: str) -> None:
    assert AllowedNames(ServerSettings(allowed_hosts=("desk.example",))).host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "localhost:evil.example",
        "localhost:8642:80",
        "localhost:80@evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.7",
        "desk.example:443",
        "desk.example.evil.example",
        "lоcalhost",
        "localhost\x00",
        "[::1",
        "127.0.0.1 ",
    ],
)
def test_a_server_on_loopback_answers_to_no_other_name(host: str) -> None:
    assert not AllowedNames(ServerSettings(allowed_hosts=("desk.example:8642",))).host(host)


@pytest.mark.parametrize("host", ["10.0.0.7:8642", "[2001:db8::7]", "deskhand.example:8443"])
def test_a_server_on_all_addresses_answers_to_any_address_and_its_public_name(host: str) -> None:
    settings = ServerSettings(host="0.0.0.0", public_url="https://deskhand.example:8443/")
    assert AllowedNames(settings).host(host)
    assert not AllowedNames(settings).host("rebound.example")


def test_a_server_on_one_address_answers_to_that_one_only() -> None:
    names = AllowedNames(ServerSettings(host="10.0.0.7"))
    assert names.host("10.0.0.7:8642")
    assert not names.host("10.0.0.8:8642")


def test_a_page_that_comes_from_a_bare_address_may_not_call_unless_that_is_allowed() -> None:
    assert not AllowedNames(ServerSettings(host="0.0.0.0")).origin("http://203.0.113.9")
    assert AllowedNames(ServerSettings(host="0.0.0.0", allowed_hosts=("10.0.0.7",))).origin("http://10.0.0.7:8642")


@pytest.mark.parametrize("origin", ["http://localhost:6274", "https://127.0.0.1", "https://App.example"])
def test_these_origins_may_call(origin: str) -> None:
    assert AllowedNames(ServerSettings(allowed_origins=("https://app.example/",))).origin(origin)


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "http://localhost.evil", "file://localhost", "x"])
def test_these_origins_may_not(origin: str) -> None:
    assert not AllowedNames(ServerSettings(allowed_origins=("https://app.example",))).origin(origin)


@pytest.mark.anyio
async def test_white_space_around_a_header_value_is_not_part_of_it() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def nothing(*_: object) -> Message:
        return {}

    headers = [(b"mcp-name", b" multiply \t"), (b"accept", b"*/*")]
    await TrimHeaders(app)({"type": "http", "headers": headers}, nothing, nothing)  # pyright: ignore[reportArgumentType]
    assert seen[0]["headers"] == [(b"mcp-name", b"multiply"), (b"accept", b"*/*")]
