"""A real authorization server, and an MCP server on another port that takes its tokens."""

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable, Generator, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import anyio
import httpx2
import pytest
import uvicorn
from mcp.server.mcpserver import MCPServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from tests.reserved_port import reserved_port

from deskhand.host.connection_oauth import sign_in_with
from deskhand.host.connections import Connections
from deskhand.host.human import Nobody
from deskhand.host.servers import ServerSpec
from deskhand.host.sign_in import SignIn
from deskhand.host.token_file import TokenFile, TokenStore


@dataclass
class Authority:
    """An authorization server that rotates refresh tokens and takes a second use of one for a theft."""

    issuer: str = ""
    named_issuer: str | None = None
    takes_metadata_documents: bool = False
    denies: bool = False
    clients: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    authorizations: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    access: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    refresh: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    grants: list[str] = field(default_factory=list[str])

    async def metadata(self, _: Request) -> Response:
        names = {"authorization": "authorize", "token": "token", "registration": "register"}
        return JSONResponse(
            {
                "issuer": self.issuer,
                **{f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in names.items()},
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
                "client_id_metadata_document_supported": self.takes_metadata_documents,
            }
        )

    async def register(self, request: Request) -> Response:
        wanted = await request.json()
        client_id = f"client-{len(self.clients)}"
        self.clients[client_id] = wanted["redirect_uris"]
        return JSONResponse({**wanted, "client_id": client_id}, status_code=201)

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.authorizations.append(asked)
        answer = {"state": asked["state"], "iss": self.named_issuer or self.issuer}
        if self.denies:
            answer |= {"error": "access_denied", "error_description": "not today"}
        else:
            answer["code"] = secrets.token_hex()
            self.codes[answer["code"]] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    async def token(self, request: Request) -> Response:
        form = {key: str(value) for key, value in (await request.form()).items()}
        self.grants.append(form["grant_type"])
        if form["grant_type"] == "refresh_token":
            granted = self.refresh.pop(form["refresh_token"], None)
        else:
            granted = self.codes.pop(form["code"], None)
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if granted and (granted["code_challenge"], granted["redirect_uri"]) != (challenge, form["redirect_uri"]):
                granted = None
        if granted is None or form.get("resource") != granted["resource"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        access, refresh = secrets.token_hex(), secrets.token_hex()
        self.access[access] = self.refresh[refresh] = granted
        scope = granted.get("scope", "")
        answer = {"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 3600}
        return JSONResponse({**answer, "scope": scope})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/oauth-authorization-server", self.metadata),
                Route("/register", self.register, methods=["POST"]),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
            ]
        )


class Guard:
    """The MCP server's door: a bearer token of the authority, and the scope `write` for the tool `change`."""

    def __init__(self, app: Any, authority: Authority, url: str) -> None:
        self.app, self.authority, self.url = app, authority, url

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        place = self.url.replace("/mcp", "/.well-known/oauth-protected-resource/mcp")
        if scope["path"].startswith("/.well-known/oauth-protected-resource"):
            document = {"resource": self.url, "authorization_servers": [self.authority.issuer]}
            await JSONResponse({**document, "scopes_supported": ["read"]})(scope, receive, send)
            return
        body = await request.body()
        token = self.authority.access.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        challenge = f'Bearer resource_metadata="{place}"'
        if token is None:
            await Response(status_code=401, headers={"WWW-Authenticate": challenge})(scope, receive, send)
        elif b'"change"' in body and b"tools/call" in body and "write" not in token["scope"]:
            challenge += ', error="insufficient_scope", scope="write"'
            await Response(status_code=403, headers={"WWW-Authenticate": challenge})(scope, receive, send)
        else:
            sent = iter([{"type": "http.request", "body": body}])

            async def again() -> Any:
                return next(sent, None) or await receive()

            await self.app(scope, again, send)


def mcp_app() -> Any:
    server = MCPServer("guarded")

    @server.tool()
    async def look() -> str:
        return "seen"

    @server.tool()
    async def change() -> str:
        return "changed"

    @server.tool()
    async def hang() -> str:
        await anyio.sleep_forever()
        return ""

    return server.streamable_http_app(json_response=True)


@pytest.fixture
def served() -> Generator[Callable[[Any, int], None]]:
    """Serve an ASGI app at a port, in a thread, until the test ends."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def serve(app: Any, port: int) -> None:
        server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))

    yield serve
    for server, thread in running:
        server.should_exit = True
        thread.join()


@dataclass
class Place:
    """The two servers, and this machine's side."""

    authority: Authority
    spec: ServerSpec
    tokens: TokenStore
    pages: list[str] = field(default_factory=list[str])

    def browse(self, url: str) -> None:
        self.pages.append(url)
        httpx2.get(url, follow_redirects=True).raise_for_status()

    def connections(self, sink: Any, **more: Any) -> Connections:
        sign_in = sign_in_with(SignIn(self.tokens, self.browse, **more))
        return Connections([self.spec], human=Nobody(), emit=sink.append, sign_in=sign_in, backoff=lambda _n: 0.05)


@pytest.fixture
def place(served: Callable[[Any, int], None], tmp_path: Path) -> Generator[Place]:
    with reserved_port() as here, reserved_port() as there:
        url = f"http://127.0.0.1:{here}/mcp"
        authority = Authority(f"http://127.0.0.1:{there}")
        served(authority.app(), there)
        served(Guard(mcp_app(), authority, url), here)
        yield Place(authority, ServerSpec("guarded", url=url), TokenFile(tmp_path / "tokens.json"))
