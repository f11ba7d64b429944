"""401 and 403 with the headers that tell a client how to go on (MCP authorization, RFC 6750, RFC 9728).

Nothing is read of a request before its token: a stranger cannot make the server parse anything.
"""

from collections.abc import Callable, Mapping
from typing import cast

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from pydantic import JsonValue
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from deskhand.server.body import MESSAGE
from deskhand.server.names import PROBES

WELL_KNOWN = "/.well-known/oauth-protected-resource"
"""Where RFC 9728 puts a resource's metadata: this, then the path of the resource."""

MissingScope = Callable[[AccessToken, str, Mapping[str, JsonValue]], str | None]
"""The scope a token lacks for a method (`tools/call`) with its params; None when it may call it."""


def base_url(request: Request, public_url: str | None) -> str:
    """The URL clients use for this server, without a slash at the end. The Host was checked before."""
    return public_url.rstrip("/") if public_url else f"{request.url.scheme}://{request.headers['host']}"


class RequireToken:
    """ASGI layer: 401 unless a bearer token was accepted. Probes and the metadata are open to all."""

    def __init__(self, app: ASGIApp, public_url: str | None, scopes: tuple[str, ...]) -> None:
        self._app = app
        self._public_url = public_url
        self._scopes = scopes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or challenge it."""
        if scope["type"] == "http" and not _is_open(scope["path"]) and not _is_known(scope):
            # RFC 6750, section 3.1: a request without any credentials is not told of an error.
            wrong = "authorization" in Headers(scope=scope)
            await challenge(
                Request(scope),
                self._public_url,
                status=401,
                scopes=self._scopes,
                error="invalid_token" if wrong else None,
                description="The token is unknown, expired or revoked; get one with: deskhand token create"
                if wrong
                else "A bearer token is needed: send Authorization: Bearer <token>; deskhand token create makes one",
            )(scope, receive, send)
            return
        await self._app(scope, receive, send)


class RequireScope:
    """ASGI layer: 403 for a call whose scope the token lacks, so that a client can ask its user for more.

    Dispatch checks the same on every transport. Here it becomes the HTTP answer that starts a step-up, in every era:
    once an old client's event stream is open, the status can no longer be changed.
    """

    def __init__(self, app: ASGIApp, public_url: str | None, missing_scope: MissingScope) -> None:
        self._app = app
        self._public_url = public_url
        self._missing_scope = missing_scope

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or say which scope it needs."""
        missing = self._missing(scope)
        if missing is not None:
            await challenge(
                Request(scope),
                self._public_url,
                status=403,
                scopes=(missing,),
                error="insufficient_scope",
                description=f"This call needs the scope {missing}",
            )(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _missing(self, scope: Scope) -> str | None:
        message = scope.get(MESSAGE)
        user = scope.get("user")
        if not isinstance(message, dict) or not isinstance(user, AuthenticatedUser):
            return None
        call = cast("dict[str, JsonValue]", message)
        method, params = call.get("method"), call.get("params")
        if not isinstance(method, str) or not isinstance(params, dict):
            return None
        return self._missing_scope(user.access_token, method, params)


def challenge(
    request: Request,
    public_url: str | None,
    *,
    status: int,
    scopes: tuple[str, ...],
    error: str | None,
    description: str,
) -> JSONResponse:
    """A refusal with `WWW-Authenticate: Bearer resource_metadata="…", scope="…"`."""
    metadata = f"{base_url(request, public_url)}{WELL_KNOWN}{_resource(request.url.path)}"
    parts = {"error": error, "error_description": description if error else None}
    parts |= {"resource_metadata": metadata, "scope": " ".join(scopes)}
    header = "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parts.items() if value)
    body = {"error": error or "unauthorized", "error_description": description}
    return JSONResponse(body, status, {"www-authenticate": header})


def _resource(path: str) -> str:
    return "/sse" if path.startswith(("/sse", "/messages")) else "/mcp"


def _is_open(path: str) -> bool:
    return path in PROBES or path == WELL_KNOWN or path.startswith(WELL_KNOWN + "/")


def _is_known(scope: Scope) -> bool:
    return isinstance(scope.get("user"), AuthenticatedUser)
