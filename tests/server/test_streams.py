"""A stream that outlives its token is ended, as a whole response."""

from datetime import timedelta

import anyio
import pytest
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.types import Message, Receive, Scope, Send

from deskhand.errors import Unavailable
from deskhand.server.streams import EndRevoked
from deskhand.server.tokens import BearerTokens
from deskhand.store.database import Database
from deskhand.store.tokens import Tokens

pytestmark = pytest.mark.anyio

LISTEN = (b"mcp-method", b"subscriptions/listen")


class Client:
    """One that keeps a stream open: what it was sent, and when the stream was open."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.open = anyio.Event()

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        self.open.set()

    async def receive(self) -> Message:
        await anyio.sleep_forever()
        return {}


async def stream(_: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await receive()


def opened(access: AccessToken, method: str = "GET", *headers: tuple[bytes, bytes]) -> Scope:
    return {"type": "http", "method": method, "headers": headers, "user": AuthenticatedUser(access)}


async def accepted(verifier: BearerTokens, secret: str) -> AccessToken:
    found = await verifier.verify_token(secret)
    assert found is not None
    return found


@pytest.mark.parametrize(("method", "headers"), [("GET", ()), ("POST", (LISTEN,))])
async def test_a_stream_ends_when_its_token_is_revoked(method: str, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    with Database(None) as database:
        tokens, client = Tokens(database), Client()
        secret, token = tokens.create("ann", scopes=["*"])
        verifier = BearerTokens(tokens, subject="ann")
        scope = opened(await accepted(verifier, secret), method, *headers)
        with anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(EndRevoked(stream, verifier, 0.01), scope, client.receive, client.send)
                await client.open.wait()
                tokens.revoke(token.id)
    assert client.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


async def test_a_stream_ends_when_its_token_expires() -> None:
    with Database(None) as database:
        tokens, client = Tokens(database), Client()
        secret, _ = tokens.create("ann", scopes=["*"], lifetime=timedelta(seconds=2))
        verifier = BearerTokens(tokens, subject="ann")
        scope = opened(await accepted(verifier, secret))
        with anyio.fail_after(10):
            await EndRevoked(stream, verifier, 0.01)(scope, client.receive, client.send)
    assert client.sent[-1]["type"] == "http.response.body"


async def test_a_stream_outlives_a_busy_database() -> None:
    class Busy:
        def __init__(self) -> None:
            self.asked = 0

        async def verify_token(self, token: str) -> AccessToken | None:
            self.asked += 1
            if self.asked < 3:
                raise Unavailable("The database is locked.")
            return None

    client, busy = Client(), Busy()
    scope = opened(AccessToken(token="t", client_id="c", scopes=["*"]))
    with anyio.fail_after(5):
        await EndRevoked(stream, busy, 0.01)(scope, client.receive, client.send)
    assert busy.asked == 3
