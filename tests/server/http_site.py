"""A server in process behind its whole HTTP application, for tests."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from tests.server.sample_toolset import Sample

from deskhand.audit import Audit
from deskhand.principal import LOCAL
from deskhand.server.build import build
from deskhand.server.http import HttpServer
from deskhand.server.tokens import BearerTokens
from deskhand.settings import Settings
from deskhand.settings_sections import ServerSettings
from deskhand.store.database import Database
from deskhand.store.tokens import Tokens

HOST = "http://127.0.0.1:8642"
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
HELLO: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


class Site:
    """A server in process, a client of it, its tokens and its audit."""

    def __init__(self, http: HttpServer, client: httpx2.AsyncClient, tokens: Tokens, audit: Audit) -> None:
        self.http = http
        self.audit = audit
        self.client = client
        self.tokens = tokens

    def token(self, *scopes: str, subject: str = "ann") -> dict[str, str]:
        """Headers with a new token."""
        secret, _ = self.tokens.create(subject, scopes=scopes or ["*"])
        return {**JSON, "authorization": f"Bearer {secret}"}

    async def post(self, body: object, headers: dict[str, str] | None = None, path: str = "/mcp") -> httpx2.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.client.post(path, content=content, headers=headers or JSON)


@asynccontextmanager
async def site(folder: Path, *, auth: bool = True, **server: Any) -> AsyncGenerator[Site]:
    settings = Settings(data_dir=folder, server=ServerSettings(auth=auth, **server))
    with Database(None) as database:
        tokens = Tokens(database)
        deskhand = build([Sample], settings, database=database, anonymous=None if auth else LOCAL)
        verifier = BearerTokens(tokens, subject="owner", personal=settings.server.token) if auth else None
        http = HttpServer(deskhand, settings.server, verifier)
        async with (
            http.running(),
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app=http.app), base_url=HOST) as client,
        ):
            yield Site(http, client, tokens, deskhand.audit)
