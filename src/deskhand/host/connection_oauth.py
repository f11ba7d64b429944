"""Signing in to remote servers with OAuth, as the MCP authorization specification asks.

The SDK's provider does the protocol: discovery (RFC 9728, 8414), registration or a client metadata document, PKCE S256,
the resource indicator (RFC 8707), the issuer checks (RFC 9207), step-up. Around it, what it leaves out: requests run in
parallel, tokens survive a restart with their expiry and endpoints, a rejected token is refreshed before a person is
bothered, and of several processes one refreshes.
"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass
from typing import Protocol, cast

import httpx2
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.shared.auth import (
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthMetadata,
    OAuthToken,
    ProtectedResourceMetadata,
)
from pydantic import AnyUrl, BaseModel, JsonValue

from deskhand.host.connection_http import SIGN_IN
from deskhand.host.servers import ServerSpec
from deskhand.host.sign_in import CALLBACK_PATH, SignIn, answer_from_browser, free_port
from deskhand.host.token_file import Credentials

_EARLY_SECONDS = 30
"""A token this near its end is refreshed already: the request takes time, and clocks differ."""


class Asking(Protocol):
    """The connection on whose behalf a person is asked."""

    def asking_sign_in(self, url: str) -> AbstractContextManager[None]:
        """While the person is at the sign-in page."""
        ...


def sign_in_with(sign_in: SignIn) -> Callable[[ServerSpec, Asking], httpx2.Auth | None]:
    """Sign in to servers with a URL, unless their entry has an Authorization header of its own."""

    def auth(spec: ServerSpec, connection: Asking) -> httpx2.Auth | None:
        if spec.url is None or any(name.lower() == "authorization" for name in spec.headers):
            return None
        return OAuth(spec.url, sign_in, connection)

    return auth


class OAuth(OAuthClientProvider):
    """The credentials of one connection."""

    def __init__(self, url: str, sign_in: SignIn, connection: Asking) -> None:
        self._url = url
        self._sign_in = sign_in
        self._connection = connection
        self._page = ""
        metadata = OAuthClientMetadata(
            client_name="Deskhand",
            redirect_uris=[AnyUrl(f"http://127.0.0.1:{free_port()}{CALLBACK_PATH}")],
            token_endpoint_auth_method="none",  # a program on the user's machine keeps no secret (RFC 8252, 8.4)
        )
        super().__init__(
            url, metadata, _Storage(self._keep), self._remember_page, self._at_the_page, sign_in.client_metadata_url
        )

    async def _auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Authorize a request; sign in, or ask for more scopes, where the server says so."""
        async with self.context.lock:
            if not self._initialized:
                await self._initialize()
            if self._token() and not self.context.is_token_valid():
                async with aclosing(self._refreshed("")) as steps:
                    async for step in steps:
                        step.response = yield step.request
        used = self._token()
        self._add_auth_header(request)
        response = yield request  # outside the lock, unlike the SDK's flow: calls must not wait for one another
        if response.status_code == 401 and used:
            async with self.context.lock, aclosing(self._refreshed(used)) as steps:
                async for step in steps:
                    step.response = yield step.request
            if self._token() not in {"", used}:
                used = self._token()
                self._add_auth_header(request)
                response = yield request
        if response.status_code in {401, 403}:
            async with aclosing(self._signed_in(request, response, used)) as steps:
                async for step in steps:
                    step.response = yield step.request

    async def _refreshed(self, rejected: str) -> AsyncGenerator["_Step"]:
        """A new access token, unless another process has one already; the old sign-in is dropped if there is none."""
        async with self._sign_in.tokens.refreshing(self._url):
            await self._initialize()
            if self.context.is_token_valid() and self._token() != rejected:
                return
            if self.context.can_refresh_token():
                step = _Step(await self._refresh_token())
                yield step
                if await self._handle_refresh_response(step.answer()):
                    return
            self.context.clear_tokens()
            await self._keep()

    async def _signed_in(
        self, request: httpx2.Request, response: httpx2.Response, used: str
    ) -> AsyncGenerator["_Step"]:
        """The SDK's flow, which begins by sending the request: it is told what came of that already."""
        flow = super()._auth_flow(request)
        try:
            outgoing = await anext(flow)
            if outgoing is request and self._token() == used:
                outgoing = await flow.asend(response)
            while True:
                step = _Step(outgoing, sign_in=outgoing is not request)
                yield step
                outgoing = await flow.asend(step.answer())
        except StopAsyncIteration:
            return
        finally:
            await flow.aclose()

    def _token(self) -> str:
        return self.context.current_tokens.access_token if self.context.current_tokens else ""

    async def _initialize(self) -> None:
        """Load what this or another process kept."""
        self._initialized = True
        kept = self._sign_in.tokens.read(self._url)
        if kept is None:
            return
        context = self.context
        context.client_info = OAuthClientInformationFull.model_validate(kept.client) if kept.client else None
        context.current_tokens = OAuthToken.model_validate(kept.token) if kept.token else None
        context.token_expiry_time = kept.expires_at
        if kept.authorization_server:
            context.oauth_metadata = OAuthMetadata.model_validate(kept.authorization_server)
            context.auth_server_url = kept.issuer or None
        if kept.protected_resource:
            context.protected_resource_metadata = ProtectedResourceMetadata.model_validate(kept.protected_resource)
        if context.client_info and context.client_info.redirect_uris:
            # Registered with this address, and not every server lets the port of a loopback address vary.
            context.client_metadata.redirect_uris = context.client_info.redirect_uris[:1]

    async def _keep(self) -> None:
        """Store the sign-in as it is now."""
        context = self.context
        tokens = context.current_tokens
        if tokens and tokens.expires_in is not None:
            context.token_expiry_time = time.time() + tokens.expires_in - min(_EARLY_SECONDS, tokens.expires_in / 2)
        await self._sign_in.tokens.write(
            Credentials(
                server=self._url,
                issuer=context.auth_server_url or str(context.oauth_metadata.issuer if context.oauth_metadata else ""),
                resource=context.get_resource_url(),
                client=_json(context.client_info),
                token=_json(tokens),
                expires_at=context.token_expiry_time,
                authorization_server=_json(context.oauth_metadata),
                protected_resource=_json(context.protected_resource_metadata),
            )
        )

    async def _remember_page(self, url: str) -> None:
        self._page = url

    async def _at_the_page(self) -> AuthorizationCodeResult:
        redirect = (self.context.client_metadata.redirect_uris or [AnyUrl("http://127.0.0.1")])[0]
        with self._connection.asking_sign_in(self._page):
            answer = await answer_from_browser(self._page, redirect.port or 80, self._sign_in)
        return AuthorizationCodeResult(code=answer.code, state=answer.state, iss=answer.issuer)


@dataclass
class _Step:
    """A request of the flow, and the answer it got."""

    request: httpx2.Request
    sign_in: bool = True
    """Whether it is the flow's own, not the request that is being authorized."""
    response: httpx2.Response | None = None

    def __post_init__(self) -> None:
        if self.sign_in:
            self.request.extensions[SIGN_IN] = True

    def answer(self) -> httpx2.Response:
        if self.response is None:
            raise RuntimeError("the flow was not driven")
        return self.response


class _Storage:
    """The SDK's view of the store: it announces parts as they come; all are kept, from the flow's context."""

    def __init__(self, keep: Callable[[], Awaitable[None]]) -> None:
        self._keep = keep

    async def get_tokens(self) -> OAuthToken | None:
        return None  # never asked: `OAuth` loads everything itself

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return None

    async def set_tokens(self, tokens: OAuthToken) -> None:
        await self._keep()

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        await self._keep()


def _json(model: BaseModel | None) -> dict[str, JsonValue] | None:
    return None if model is None else cast("dict[str, JsonValue]", model.model_dump(mode="json", exclude_none=True))
