"""The outbound client against a real server on loopback."""

import gzip
from collections.abc import Sequence
from typing import Protocol

import anyio
import pytest

from deskhand.errors import Denied, InvalidInput, LimitExceeded, Unavailable
from deskhand.outbound import Bounds, Outbound

pytestmark = pytest.mark.anyio


class LocalServer(Protocol):
    port: int
    answers: dict[str, bytes]
    requests: list[str]
    connections: int
    open: int

    def says(self, path: str, status: str = "200 OK", body: bytes = b"", **headers: str) -> None: ...


class Names:
    """A name service under the attacker's control: each question gets the next answer, the last one repeats."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return [self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]]


def client(*allow: str, bounds: Bounds | None = None, names: Names | None = None) -> Outbound:
    return Outbound(user_agent="test", allow=frozenset(allow), bounds=bounds, resolver=names or Names("127.0.0.1"))


async def test_an_answer_comes_back_with_its_status_headers_and_body(server: LocalServer) -> None:
    server.says("/a?b=1", "404 Not Found", b"no such page", X_Kind="test")
    async with client("site.test") as http:
        answer = await http.request("GET", f"http://site.test:{server.port}/a?b=1")
    assert (answer.status, answer.body, answer.headers["x-kind"]) == (404, b"no such page", "test")
    assert f"Host: site.test:{server.port}" in server.requests[0]
    assert "User-Agent: test" in server.requests[0]


async def test_a_body_is_sent(server: LocalServer) -> None:
    server.says("/")
    async with client("site.test") as http:
        await http.request("POST", f"http://site.test:{server.port}/", body=b"hello")
    assert server.requests[0].endswith("\r\n\r\nhello")


async def test_loopback_is_refused_unless_allowed(server: LocalServer) -> None:
    async with client() as http:
        with pytest.raises(Denied, match="not on the public internet"):
            await http.request("GET", f"http://127.0.0.1:{server.port}/")
    assert server.connections == 0


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0"])
async def test_other_spellings_of_loopback_are_refused(server: LocalServer, host: str) -> None:
    async with Outbound(user_agent="test") as http:
        with pytest.raises(Denied):
            await http.request("GET", f"http://{host}:{server.port}/")
    assert server.connections == 0


async def test_an_allowed_port_does_not_open_the_other_ports(server: LocalServer) -> None:
    server.says("/")
    async with client(f"site.test:{server.port}") as http:
        assert (await http.request("GET", f"http://site.test:{server.port}/")).status == 200
        with pytest.raises(Denied):
            await http.request("GET", "http://site.test:1/")


async def test_a_name_is_asked_once_and_the_connection_goes_to_that_answer(server: LocalServer) -> None:
    server.says("/")
    names = Names("127.0.0.1", "203.0.113.1")
    async with client("rebind.test", names=names) as http:
        assert (await http.request("GET", f"http://rebind.test:{server.port}/")).status == 200
    assert names.asked == ["rebind.test"]


async def test_a_name_that_turns_private_between_two_requests_is_refused(server: LocalServer) -> None:
    names = Names("192.0.2.1", "127.0.0.1")
    async with client(names=names) as http:
        for _ in range(2):
            with pytest.raises(Denied):
                await http.request("GET", f"http://rebind.test:{server.port}/")
    assert server.connections == 0


async def test_a_redirect_to_a_private_address_is_refused(server: LocalServer) -> None:
    server.says("/", "302 Found", Location="http://169.254.169.254/latest/meta-data/")
    async with client("site.test", names=Names("127.0.0.1", "169.254.169.254")) as http:
        with pytest.raises(Denied, match=r"169\.254\.169\.254"):
            await http.request("GET", f"http://site.test:{server.port}/")


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://x/", "http://u:p@site.test/", "http://[::bad/"])
async def test_a_redirect_to_something_that_is_not_a_plain_http_url_is_refused(
    server: LocalServer, location: str
) -> None:
    server.says("/", "302 Found", Location=location)
    async with client("site.test") as http:
        with pytest.raises(InvalidInput):
            await http.request("GET", f"http://site.test:{server.port}/")


async def test_a_relative_redirect_is_followed_and_the_answer_says_where_it_came_from(server: LocalServer) -> None:
    server.says("/old", "301 Moved Permanently", Location="/new")
    server.says("/new", body=b"here")
    async with client("site.test") as http:
        answer = await http.request("GET", f"http://site.test:{server.port}/old")
    assert (answer.url, answer.body) == (f"http://site.test:{server.port}/new", b"here")


async def test_redirects_end_after_the_bound(server: LocalServer) -> None:
    server.says("/", "302 Found", Location="/")
    async with client("site.test") as http:
        with pytest.raises(LimitExceeded, match="More than 5 redirects"):
            await http.request("GET", f"http://site.test:{server.port}/")
    assert len(server.requests) == 6


async def test_credentials_stay_with_their_origin(server: LocalServer) -> None:
    server.says("/", "302 Found", Location="/same")
    server.says("/same", "302 Found", Location=f"http://other.test:{server.port}/other")
    server.says("/other")
    secrets = {"Authorization": "Bearer s3cret", "Cookie": "s3cret", "X-Api-Key": "s3cret"}
    async with client("site.test", "other.test") as http:
        await http.request("GET", f"http://site.test:{server.port}/", headers=secrets)
    assert [text.count("s3cret") for text in server.requests] == [3, 3, 0]


async def test_a_post_becomes_a_get_on_302_and_stays_a_post_on_307(server: LocalServer) -> None:
    server.says("/302", "302 Found", Location="/end")
    server.says("/307", "307 Temporary Redirect", Location="/end")
    server.says("/end")
    async with client("site.test") as http:
        for path in ("/302", "/307"):
            url, headers = f"http://site.test:{server.port}{path}", {"Content-Type": "text/plain"}
            await http.request("POST", url, headers=headers, body=b"data")
    assert [text.split()[0] for text in server.requests] == ["POST", "GET", "POST", "POST"]
    assert server.requests[3].endswith("data")
    assert ["text/plain" in text for text in server.requests] == [True, False, True, True]


async def test_cookies_are_not_kept(server: LocalServer) -> None:
    server.says("/", Set_Cookie="id=1")
    async with client("site.test") as http:
        for _ in range(2):
            await http.request("GET", f"http://site.test:{server.port}/")
    assert "cookie" not in server.requests[1].lower()


async def test_a_body_over_the_limit_is_refused(server: LocalServer) -> None:
    server.says("/", body=b"x" * 1001)
    async with client("site.test", bounds=Bounds(body_bytes=1000)) as http:
        with pytest.raises(LimitExceeded, match="1,000 bytes"):
            await http.request("GET", f"http://site.test:{server.port}/")


async def test_a_decompression_bomb_is_refused_by_its_decompressed_size(server: LocalServer) -> None:
    server.says("/", body=gzip.compress(b"0" * 50_000_000), Content_Encoding="gzip")
    async with client("site.test", bounds=Bounds(body_bytes=1_000_000)) as http:
        with pytest.raises(LimitExceeded):
            await http.request("GET", f"http://site.test:{server.port}/")


async def test_a_compressed_body_comes_back_plain(server: LocalServer) -> None:
    server.says("/", body=gzip.compress(b"plain"), Content_Encoding="gzip")
    async with client("site.test") as http:
        answer = await http.request("GET", f"http://site.test:{server.port}/")
    assert answer.body == b"plain"
    assert "content-encoding" not in answer.headers


async def test_a_broken_compressed_body_is_unavailable(server: LocalServer) -> None:
    server.says("/", body=b"not gzip", Content_Encoding="gzip")
    async with client("site.test") as http:
        with pytest.raises(Unavailable, match="decompressed"):
            await http.request("GET", f"http://site.test:{server.port}/")


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"], ids=["silent", "slow body"]
)
async def test_a_server_that_does_not_finish_in_time_is_unavailable(server: LocalServer, start: bytes) -> None:
    if start:
        server.answers["/"] = start
    async with client("site.test", bounds=Bounds(seconds=0.05)) as http:
        with pytest.raises(Unavailable, match="did not finish"):
            await http.request("GET", f"http://site.test:{server.port}/")


async def test_something_that_does_not_speak_http_is_unavailable(server: LocalServer) -> None:
    server.answers["/"] = b"220 mail.test ESMTP\r\n\r\n"
    async with client("site.test") as http:
        with pytest.raises(Unavailable, match=r"site\.test cannot be reached"):
            await http.request("GET", f"http://site.test:{server.port}/")


async def test_a_tls_handshake_that_hangs_is_given_up_and_its_connection_closed(server: LocalServer) -> None:
    async with client("site.test", bounds=Bounds(seconds=0.1)) as http:
        with pytest.raises(Unavailable, match="did not finish"):
            await http.request("GET", f"https://site.test:{server.port}/")
        with anyio.fail_after(2):
            while server.open:
                await anyio.sleep(0.001)
    assert server.connections == 1


async def test_a_closed_port_is_unavailable() -> None:
    async with client("site.test") as http:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await http.request("GET", "http://site.test:1/")


async def test_a_name_that_does_not_exist_is_unavailable() -> None:
    async with Outbound(user_agent="test") as http:
        with pytest.raises(Unavailable, match="no such name"):
            await http.request("GET", "http://nowhere.invalid/")


@pytest.mark.parametrize(
    "url", ["ftp://site.test/", "file:///etc/passwd", "site.test", "http://", "http://[::1", "http://a:b@c/"]
)
async def test_a_url_that_is_not_plain_http_is_refused_before_anything_is_asked(url: str) -> None:
    names = Names("127.0.0.1")
    async with client(names=names) as http:
        with pytest.raises(InvalidInput):
            await http.request("GET", url)
    assert names.asked == []


async def test_a_refused_host_does_not_stop_the_client(server: LocalServer) -> None:
    server.says("/")
    async with client("site.test") as http:
        for _ in range(20):
            with pytest.raises(Denied):
                await http.request("GET", f"http://bad.test:{server.port}/")
        assert (await http.request("GET", f"http://site.test:{server.port}/")).status == 200


async def test_proxies_of_the_environment_are_not_used(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server.says("/")
    async with client("site.test") as http:
        assert (await http.request("GET", f"http://site.test:{server.port}/")).status == 200
