"""The HTTP application in process: names, bodies, tokens, challenges, probes, metadata."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from tests.server.http_site import HELLO, HOST, JSON, Site, site

from deskhand.server.tokens import REMEMBER_SECONDS, BearerTokens
from deskhand.store.database import Database
from deskhand.store.tokens import Tokens

pytestmark = pytest.mark.anyio

# names


async def test_another_host_or_origin_is_refused_with_the_setting_that_would_allow_it(tmp_path: Path) -> None:
    async with site(tmp_path, auth=False) as it:
        host = await it.post(HELLO, {**JSON, "host": "evil.example"})
        origin = await it.post(HELLO, {**JSON, "origin": "https://evil.example"})
        assert (await it.post(HELLO, {**JSON, "origin": HOST})).status_code == 200
    assert (host.status_code, origin.status_code) == (421, 403)
    assert "server.allowed_hosts" in host.json()["error"]
    assert "server.allowed_origins" in origin.json()["error"]


async def test_two_host_headers_are_refused(tmp_path: Path) -> None:
    async with site(tmp_path, auth=False) as it:
        headers = [("host", "localhost"), ("host", "localhost"), *JSON.items()]
        assert (await it.client.post("/mcp", json=HELLO, headers=headers)).status_code == 421


async def test_pages_of_an_allowed_origin_can_read_the_answers(tmp_path: Path) -> None:
    async with site(tmp_path, allowed_origins=("https://app.example",)) as it:
        ask = {"origin": "https://app.example", "access-control-request-method": "POST"}
        preflight = await it.client.options("/mcp", headers=ask)
        answer = await it.post(HELLO, {**it.token(), "origin": "https://app.example"})
        other = await it.client.options("/mcp", headers={**ask, "origin": "https://evil.example"})
    assert preflight.headers["access-control-allow-origin"] == "https://app.example"
    assert "Mcp-Session-Id" in answer.headers["access-control-expose-headers"]
    assert other.status_code == 403


# tokens


async def test_a_request_without_a_token_is_told_where_to_learn_of_one(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        answer = await it.post(HELLO)
        metadata = await it.client.get("/.well-known/oauth-protected-resource/mcp")
    assert answer.status_code == 401
    challenge = answer.headers["www-authenticate"]
    assert challenge == f'Bearer resource_metadata="{metadata.request.url}", scope="sample:read"'
    assert metadata.json() == {
        "resource": f"{HOST}/mcp",
        "resource_name": "Deskhand",
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["sample:read", "sample:write"],
    }


async def test_a_wrong_token_is_told_that_it_is_wrong(tmp_path: Path) -> None:
    async with site(tmp_path, public_url="https://desk.example/") as it:
        answer = await it.post(HELLO, {**JSON, "authorization": "Bearer dh_" + "A" * 43})
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert (
        'resource_metadata="https://desk.example/.well-known/oauth-protected-resource/mcp"'
        in (answer.headers["www-authenticate"])
    )


@pytest.mark.parametrize("path", ["/mcp", "/sse", "/messages/?session_id=00", "/nothing", "/.well-known/other"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
async def test_no_path_and_no_method_is_open_without_a_token(path: str, method: str, tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        assert (await it.client.request(method, path, headers=JSON)).status_code == 401


async def test_nothing_is_parsed_for_a_stranger(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        assert (await it.post(b"{")).status_code == 401


async def test_a_valid_token_is_let_in_and_a_revoked_one_within_a_second_no_more(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        headers = it.token()
        assert (await it.post(HELLO, headers)).status_code == 200
        it.tokens.revoke(it.tokens.every()[0].id)
        await no_longer_let_in(it, headers, REMEMBER_SECONDS)


async def no_longer_let_in(it: Site, headers: dict[str, str], seconds: float) -> None:
    """Ask until it is refused, as whatever is asked so many seconds from now must be, however long answers take."""
    asked = since = anyio.current_time()
    while (await it.post(HELLO, headers)).status_code != 401:
        assert asked < since + seconds
        await anyio.sleep(0.05)
        asked = anyio.current_time()


async def test_an_expired_token_is_refused(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        secret, _ = it.tokens.create("ann", scopes=["*"], lifetime=timedelta(seconds=1))
        headers = {**JSON, "authorization": f"bearer {secret}"}
        await no_longer_let_in(it, headers, 1 + REMEMBER_SECONDS)


async def test_the_token_of_the_settings_is_accepted(tmp_path: Path) -> None:
    async with site(tmp_path, token="from-a-secret-file") as it:
        assert (await it.post(HELLO, {**JSON, "authorization": "Bearer from-a-secret-file"})).status_code == 200
        assert (await it.post(HELLO, {**JSON, "authorization": "Bearer from-a-secret-fil"})).status_code == 401


async def test_a_token_is_remembered_so_that_a_call_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    with Database(tmp_path / "deskhand.db") as database:
        tokens = Tokens(database)
        secret, _ = tokens.create("ann", scopes=["files:read", "core:*"])
        verifier = BearerTokens(tokens, subject="owner")
        first = await verifier.verify_token(secret)
        assert first is not None
        assert (first.subject, first.scopes) == ("ann", ["core:*", "files:read"])
        assert await verifier.verify_token(secret) is first


async def test_a_call_beyond_the_scopes_is_a_403_that_names_the_scope(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "empty"}}
        headers = it.token("sample:read")
        refused = await it.post(call, headers)
        hello = await it.post(HELLO, headers)
        await it.audit.flush()
        rows = await it.audit.query("ann")
    assert hello.status_code == 200
    assert refused.status_code == 403
    assert [(row.kind, row.name, row.outcome) for row in rows] == [("tool", "empty", "denied")]
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert 'scope="sample:write"' in refused.headers["www-authenticate"]
    assert "resource_metadata=" in refused.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("method", "params", "row"),
    [
        ("resources/read", {"uri": "shelf://a"}, ("resource", "shelf://a")),
        ("resources/subscribe", {"uri": "shelf://a"}, ("listen", "shelf://a")),
        ("prompts/get", {"name": "tidy"}, ("prompt", "tidy")),
        (
            "completion/complete",
            {"ref": {"type": "ref/prompt", "name": "tidy"}, "argument": {"name": "shelf", "value": ""}},
            ("completion", "tidy shelf"),
        ),
        (
            "completion/complete",
            {"ref": {"type": "ref/resource", "uri": "shelf://{name}"}, "argument": {"name": "name", "value": ""}},
            ("completion", "shelf://{name} name"),
        ),
        (
            "subscriptions/listen",
            {"notifications": {"resourceSubscriptions": ["attic://a", "shelf://a"]}},
            ("listen", "shelf://a"),
        ),
    ],
)
async def test_whatever_has_a_scope_is_a_403_that_names_it(
    method: str, params: dict[str, Any], row: tuple[str, str], tmp_path: Path
) -> None:
    async with site(tmp_path) as it:
        call = {"jsonrpc": "2.0", "id": 2, "method": method, "params": params}
        refused = await it.post(call, it.token("other:read"))
        allowed = await it.post({**call, "method": method + "x"}, it.token("other:read"))
        await it.audit.flush()
        rows = await it.audit.query("ann")
    assert refused.status_code == 403
    assert allowed.status_code != 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert 'scope="sample:read"' in refused.headers["www-authenticate"]
    assert [(each.kind, each.name, each.outcome) for each in rows] == [(*row, "denied")]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {"name": ["empty"]}),
        ("prompts/get", {}),
        ("resources/read", {"uri": None}),
        ("resources/read", {"uri": "attic://a"}),
        ("completion/complete", {"ref": "tidy", "argument": {}}),
        ("completion/complete", {"ref": {"type": "ref/prompt"}, "argument": {"name": {}}}),
        ("subscriptions/listen", {"notifications": {"resourceSubscriptions": {"a": 1}}}),
        ("subscriptions/listen", {"notifications": []}),
    ],
)
async def test_a_request_of_nothing_that_is_there_is_left_to_its_handler(
    method: str, params: dict[str, Any], tmp_path: Path
) -> None:
    async with site(tmp_path) as it:
        answer = await it.post({"jsonrpc": "2.0", "id": 2, "method": method, "params": params}, it.token("other:read"))
    assert answer.status_code not in {403, 500}


async def test_a_session_belongs_to_the_token_that_opened_it(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        opened = await it.post(HELLO, it.token(subject="ann"))
        other = it.token(subject="bob") | {"mcp-session-id": opened.headers["mcp-session-id"]}
        stolen = await it.post({"jsonrpc": "2.0", "id": 3, "method": "ping"}, other)
    assert stolen.status_code == 404


# probes


async def test_the_probes_answer_to_any_host_without_a_token(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        health = await it.client.get("/healthz", headers={"host": "10.1.2.3:8642"})
        ready = await it.client.get("/readyz", headers={"host": "whatever.svc"})
        it.http.stopping = True
        stopping = await it.client.get("/readyz")
    assert [health.status_code, ready.status_code, stopping.status_code] == [200, 200, 503]
    assert stopping.json() == {"status": "stopping"}
    late = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=it.http.app), base_url=HOST)
    async with late:
        it.http.stopping = False
        assert (await late.get("/readyz")).json() == {"status": "starting"}


async def test_there_is_no_metadata_of_what_does_not_exist(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        assert (await it.client.get("/.well-known/oauth-protected-resource")).json()["resource"] == f"{HOST}/mcp"
        assert (await it.client.get("/.well-known/oauth-protected-resource/sse")).json()["resource"] == f"{HOST}/sse"
        assert (await it.client.get("/.well-known/oauth-protected-resource/admin")).status_code == 404
