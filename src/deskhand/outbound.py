"""The only way out: one HTTP client that cannot be talked into the private network.

An address in a tool argument, a mail or a web page may point anywhere (server-side request forgery). So a name is
resolved once, the answer is judged, and the connection goes to the very address that was judged, which leaves
nothing to rebind between check and use. Each redirect is a new request and is judged again.
"""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from socket import SOCK_STREAM, gaierror
from types import TracebackType
from typing import Self, cast

import anyio
import httpcore2
import httpx2

from deskhand.addresses import is_public
from deskhand.errors import Denied, InvalidInput, LimitExceeded, Unavailable

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port in, IP addresses as text out; raises `OSError` when there are none."""

_CREDENTIAL_FREE = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one request may take, redirects included."""

    body_bytes: int = 5_000_000
    """Largest body, counted after decompression."""
    seconds: float = 30
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. A status of 400 or more is an answer too: the caller knows what it means."""

    url: str
    """Where it came from, after redirects."""
    status: int
    headers: Mapping[str, str] = field(default_factory=httpx2.Headers)
    """Names are case-insensitive."""
    body: bytes = b""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver."""
    found = await anyio.getaddrinfo(host, port, type=SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Outbound:
    """`async with Outbound(user_agent="…") as http: answer = await http.request("GET", url)`.

    `allow` names hosts, as `host` or `host:port`, that may be private: what the operator's own settings point at,
    never what a caller asks for. Proxies and credentials of the environment are not used; cookies are not kept.
    `tls` is whom to trust instead of the usual authorities. Without `follow` a redirect is an answer as any other.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allow: frozenset[str] = frozenset(),
        bounds: Bounds | None = None,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
        follow: bool = True,
    ) -> None:
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"}
        self._bounds = bounds or Bounds()
        self._follows = follow
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls or httpcore2.default_ssl_context(), network_backend=_JudgedNetwork(allow, resolver)
        )

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self._pool.__aexit__(exc_type, exc_value, traceback)

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Send one request and follow its redirects, if this client does.

        Raises:
            InvalidInput: the URL is not an http or https URL this client takes.
            Denied: the host, or one a redirect leads to, is not on the public internet.
            LimitExceeded: the body or the number of redirects goes beyond the bounds.
            Unavailable: nothing answers, or not in time.
        """
        target = _parse(url)
        request = httpx2.Request(method, target, headers={**self._headers, **(headers or {})}, content=body)
        try:
            with anyio.fail_after(self._bounds.seconds):
                return await self._follow(request)
        except TimeoutError as error:
            raise Unavailable(f"{target.host} did not finish its answer within {self._bounds.seconds:g} s.") from error

    async def _follow(self, request: httpx2.Request) -> Answer:
        for _ in range(self._bounds.redirects + 1):
            response = await self._send(request)
            if not (self._follows and response.has_redirect_location):
                return Answer(str(request.url), response.status_code, response.headers, response.content)
            request = _redirected(request, response)
        raise LimitExceeded(f"More than {self._bounds.redirects} redirects, the last to {request.url}.")

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        host = request.url.host
        try:
            return await self._exchange(request)
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError) as error:
            raise Unavailable(f"{host} cannot be reached: {_reason(error)}.") from error
        except httpx2.DecodingError as error:
            raise Unavailable(f"{host} sent a body that cannot be decompressed.") from error

    async def _exchange(self, request: httpx2.Request) -> httpx2.Response:
        sent = httpcore2.Request(
            request.method,
            httpcore2.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.content or None,
        )
        received = await self._pool.handle_async_request(sent)
        try:
            response = httpx2.Response(
                received.status, headers=received.headers, stream=_Body(received), request=request
            )
            content = await self._read(response)
        finally:
            with anyio.CancelScope(shield=True):
                await received.aclose()
        return httpx2.Response(received.status, headers=_decoded(response.headers), content=content, request=request)

    async def _read(self, response: httpx2.Response) -> bytes:
        limit, content = self._bounds.body_bytes, bytearray()
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > limit:
                raise LimitExceeded(f"The answer of {response.url.host} is larger than {limit:,} bytes.")
        return bytes(content)


class _Body(httpx2.AsyncByteStream):
    def __init__(self, received: httpcore2.Response) -> None:
        self._received = received

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._received.aiter_stream():
            yield part


class _JudgedNetwork(httpcore2.AsyncNetworkBackend):
    """Opens connections for the pool, to judged addresses. The pool keys them, and checks TLS, by name."""

    def __init__(self, allow: frozenset[str], resolver: Resolver) -> None:
        self._allow = frozenset(entry.lower() for entry in allow)
        self._resolver = resolver
        self._network = cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        failure: Exception | None = None
        for address in await self._judge(host, port):
            try:
                stream = await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
                return _Stream(stream)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError("the name has no address")

    async def _judge(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = await self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(error) from error
        if {host, f"{host}:{port}", f"[{host}]:{port}"} & self._allow:
            return addresses
        public = [address for address in addresses if is_public(address)]
        if addresses and not public:
            raise Denied(
                f"{host} is not on the public internet ({addresses[0]}). Requests to private, loopback, link-local "
                "and cloud metadata addresses are refused; the operator can allow a host in the settings."
            )
        return public


class _Stream(httpcore2.AsyncNetworkStream):
    """A connection that is closed when its TLS handshake is cancelled (httpcore2 2.16 leaves it open)."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self.read = stream.read
        self.write = stream.write
        self.aclose = stream.aclose
        self.get_extra_info = stream.get_extra_info

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._stream.aclose()
            raise


def _parse(url: str, base: str = "") -> httpx2.URL:
    try:
        parsed = httpx2.URL(base).join(url) if base else httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise InvalidInput(
            f"{url!r} is not a URL ({error}). Expected something like https://example.org/page."
        ) from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise InvalidInput(
            f"{url!r} cannot be fetched: expected a URL that begins with http:// or https:// and a host."
        )
    if parsed.userinfo:
        raise InvalidInput(f"The URL of {parsed.host} holds a user name or password. Leave them out.")
    return parsed


def _redirected(request: httpx2.Request, response: httpx2.Response) -> httpx2.Request:
    """The request a redirect asks for (RFC 9110 section 15.4); what may be a credential stays with its origin."""
    target = _parse(response.headers["Location"], base=str(request.url))
    repeat = response.status_code in (307, 308) or request.method in ("GET", "HEAD")
    same_origin = (target.scheme, target.netloc) == (request.url.scheme, request.url.netloc)
    headers = {
        name: value
        for name, value in request.headers.items()
        if name not in ("host", "content-length") and (same_origin or name in _CREDENTIAL_FREE)
    }
    if repeat:
        return httpx2.Request(request.method, target, headers=headers, content=request.content or None)
    headers.pop("content-type", None)
    return httpx2.Request("GET", target, headers=headers)


def _decoded(headers: httpx2.Headers) -> httpx2.Headers:
    """The headers without those that described the compressed form of the body."""
    kept = httpx2.Headers(headers)
    for name in ("content-encoding", "content-length", "transfer-encoding"):
        kept.pop(name, None)
    return kept


def _reason(error: Exception) -> str:
    """The part of a network error a person can act on; httpcore2 keeps the original as the first argument."""
    cause = error.args[0] if error.args else error
    if isinstance(cause, gaierror):
        return "there is no such name, or the name service does not answer"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate does not hold ({cause.verify_message})"
    return str(cause) or type(error).__name__
