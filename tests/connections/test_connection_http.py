"""What the HTTP client under a connection refuses: hostile bodies, and sign-ins that lead astray."""

import gzip
from collections.abc import Sequence

import httpx2
import pytest

from deskhand.errors import Denied
from deskhand.host.connection_http import LARGEST_SIGN_IN, SIGN_IN, HttpRecord, SteadyTransport

pytestmark = pytest.mark.anyio

PUBLIC, PRIVATE = "93.184.215.14", "10.0.0.7"
NAMES = {"mcp.example": PUBLIC, "login.example": PUBLIC, "inside.example": PRIVATE, "mcp.inside": PRIVATE}


async def resolver(host: str, port: int) -> Sequence[str]:
    return [NAMES.get(host, host)]


async def sign_in(server: str, url: str, body: bytes = b"{}") -> httpx2.Response:
    """One step of a sign-in, to a server that answers `body`."""
    inner = httpx2.MockTransport(lambda _request: httpx2.Response(200, stream=httpx2.ByteStream(body)))
    transport = SteadyTransport(inner, HttpRecord(lambda _reason: None), httpx2.URL(server), resolver)
    async with httpx2.AsyncClient(transport=transport) as client:
        return await client.get(url, extensions={SIGN_IN: True})


@pytest.mark.parametrize(
    "url",
    [
        "https://inside.example/authorize",
        "https://169.254.169.254/latest/meta-data",
        "https://127.0.0.1:8443/",
        "http://login.example/token",
        "http://mcp.example/token",
    ],
)
async def test_a_public_server_cannot_lead_a_sign_in_inside_or_past_https(url: str) -> None:
    with pytest.raises(Denied, match="It was stopped"):
        await sign_in("https://mcp.example/mcp", url)


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("https://mcp.example/mcp", "https://login.example/token"),
        ("https://mcp.example/mcp", "https://mcp.example/token"),
        ("https://mcp.inside/mcp", "https://inside.example/token"),
        ("http://127.0.0.1:1/mcp", "http://127.0.0.1:2/token"),
    ],
)
async def test_a_sign_in_goes_where_it_may(server: str, url: str) -> None:
    assert (await sign_in(server, url)).status_code == 200


async def test_an_answer_in_a_sign_in_is_cut_where_it_is_too_large() -> None:
    answer = await sign_in("https://mcp.example/mcp", "https://login.example/", b"x" * 10 * LARGEST_SIGN_IN)
    assert len(answer.content) <= LARGEST_SIGN_IN


async def test_a_packed_answer_is_not_unpacked() -> None:
    packed = gzip.compress(b"0" * 10_000_000)
    inner = httpx2.MockTransport(
        lambda _request: httpx2.Response(200, stream=httpx2.ByteStream(packed), headers={"content-encoding": "gzip"})
    )
    transport = SteadyTransport(inner, HttpRecord(lambda _reason: None), httpx2.URL("https://mcp.example/mcp"))
    async with httpx2.AsyncClient(transport=transport) as client:
        assert (await client.post("https://mcp.example/mcp")).content == packed
