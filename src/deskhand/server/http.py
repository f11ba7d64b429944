"""The HTTP application: one endpoint for every protocol revision, the old one beside it, probes and metadata.

Streamable HTTP answers with an event stream only when it must. In the handshake era (up to 2025-11-25) that is each
POST, because a tool may ask the client something while it runs, and the SDK fixes the choice per session. From
2026-07-28 the SDK holds the answer back until the tool reports progress, so most answers are plain JSON. Its
JSON-only mode costs 0.36 ms of CPU per call instead of 0.54 ms, but drops progress, does not notice a client that
hangs up (which is how a call is cancelled), and lets a slow call's connection look dead to a proxy.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend
from mcp.server.auth.provider import TokenVerifier
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from deskhand.server.body import ReadBody
from deskhand.server.build import DeskhandServer
from deskhand.server.challenge import WELL_KNOWN, RequireScope, RequireToken, base_url
from deskhand.server.names import AllowedNames, CheckNames, TrimHeaders
from deskhand.server.sse import sse_routes
from deskhand.server.streams import EndRevoked, EndStreams, OpenStreams
from deskhand.settings_sections import ServerSettings


class HttpServer:
    """The application and what a shutdown needs of it. `verifier` None means that nobody is asked for a token."""

    def __init__(self, server: DeskhandServer, settings: ServerSettings, verifier: TokenVerifier | None) -> None:
        self.server = server
        self.settings = settings
        self.streams = OpenStreams()
        self.stopping = False
        """Set when a shutdown begins: readiness fails from then on."""
        self._manager = StreamableHTTPSessionManager(server.sdk, max_request_body_size=settings.body_bytes)
        self.before_stopping: Callable[[], Awaitable[None]] | None = None
        """What a shutdown waits for first, while requests are still answered."""
        self.app: ASGIApp = Starlette(routes=self._routes(), middleware=self._onion(verifier))

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Open the toolsets and take requests, until left. Whatever serves `app` does so in here."""
        async with self._manager.run():  # enters the server's lifespan, which opens the toolsets
            yield

    def _onion(self, verifier: TokenVerifier | None) -> list[Middleware]:
        """Every layer a request passes, the outermost first."""
        settings = self.settings
        outer = [
            Middleware(TrimHeaders),
            Middleware(CheckNames, AllowedNames(settings)),
            Middleware(EndStreams, self.streams),
            *_cors(settings.allowed_origins),
        ]
        body = Middleware(ReadBody, settings.body_bytes, settings.read_seconds)
        if verifier is None:
            return [*outer, body]
        return [
            *outer,
            Middleware(AuthenticationMiddleware, backend=BearerAuthBackend(verifier)),
            Middleware(AuthContextMiddleware),
            Middleware(RequireToken, settings.public_url, self._scopes("read")),
            Middleware(EndRevoked, verifier),
            body,
            Middleware(RequireScope, settings.public_url, self.server.missing_scope),
        ]

    def _routes(self) -> list[BaseRoute]:
        return [
            Route("/mcp", StreamableHTTPASGIApp(self._manager)),
            *sse_routes(self.server.sdk, self.settings.body_bytes),
            Route("/healthz", self._health),
            Route("/readyz", self._readiness),
            Route(WELL_KNOWN, self._metadata),
            Route(WELL_KNOWN + "/{resource:path}", self._metadata),
        ]

    def _scopes(self, *verbs: str) -> tuple[str, ...]:
        return tuple(f"{toolset.name}:{verb}" for toolset in self.server.toolsets for verb in verbs)

    async def _health(self, _: Request) -> JSONResponse:
        """The process answers: for liveness and startup probes."""
        return JSONResponse({"status": "ok"})

    async def _readiness(self, _: Request) -> JSONResponse:
        """The toolsets are open and no shutdown has begun: for readiness probes."""
        if self.server.ready and not self.stopping:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "stopping" if self.stopping else "starting"}, 503)

    async def _metadata(self, request: Request) -> JSONResponse:
        """Protected resource metadata (RFC 9728). Without an authorization server, a token comes from the owner.

        The bundled authorization server will add `authorization_servers`; section 3.2 leaves an empty list out.
        """
        resource = request.path_params.get("resource", "mcp")
        if resource not in {"mcp", "sse"}:
            return JSONResponse({"error": "There is no such resource. Expected /mcp or /sse."}, 404)
        return JSONResponse(
            {
                "resource": f"{base_url(request, self.settings.public_url)}/{resource}",
                "resource_name": "Deskhand",
                "bearer_methods_supported": ["header"],
                "scopes_supported": list(self._scopes("read", "write")),
            },
            headers={"access-control-allow-origin": "*"},  # section 3.1: clients in a page read it too
        )


def _cors(origins: tuple[str, ...]) -> list[Middleware]:
    """What a browser needs to let pages of the allowed origins read our answers."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=["Mcp-Session-Id", "WWW-Authenticate"],
        )
    ]
