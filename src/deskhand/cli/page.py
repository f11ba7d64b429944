"""The page, wired: what `deskhand up` and `deskhand serve --page` serve beside the MCP server."""

import logging
import socket
from collections.abc import Callable, Generator, Sequence
from contextlib import AsyncExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta

from anyio import to_thread

from deskhand.cli.assistant import OURS, others
from deskhand.cli.link import KEYS, Doorplate
from deskhand.cli.servers import servers_file
from deskhand.cli.sign_ins import sign_ins
from deskhand.errors import DeskhandError
from deskhand.host.connection_oauth import sign_in_with
from deskhand.host.servers import ServerSpec
from deskhand.models.discover import find_model
from deskhand.models.model import Model
from deskhand.principal import Principal
from deskhand.retrieval.find import find_embedder
from deskhand.server.beside import Beside
from deskhand.server.build import DeskhandServer
from deskhand.server.http import HttpServer
from deskhand.server.names import is_loopback
from deskhand.server.shutdown import serve_http
from deskhand.server.tokens import BearerTokens, InnerTokens
from deskhand.settings import Settings, environment, load
from deskhand.store.database import Database
from deskhand.store.visits import Visits
from deskhand.web.access import Access
from deskhand.web.cookie import Cookie
from deskhand.web.desks import Desks
from deskhand.web.draw import Draw
from deskhand.web.keys import Keys
from deskhand.web.site import Site
from deskhand.web.surroundings import Surroundings
from deskhand.web.visit import is_owner

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Serving:
    """What is served, and where. `verifier` is None when nobody is asked for a token."""

    server: DeskhandServer
    database: Database
    settings: Settings
    verifier: BearerTokens | None
    listener: socket.socket
    link_lifetime: timedelta
    """How long the link that is printed at the start is good, if nobody uses it."""

    @property
    def address(self) -> str:
        """Where this machine reaches it."""
        return address_of(self.listener)

    @property
    def public(self) -> str:
        """Where people reach it."""
        return (self.settings.server.public_url or self.address).rstrip("/")


async def serve_with_page(serving: Serving, announce: Callable[[str | None], None]) -> None:
    """Serve the MCP server and the page until a signal; `announce` is given the one-time link, if there is one."""
    settings = serving.settings
    inner = None if serving.verifier is None else InnerTokens(serving.verifier)
    keys = Keys(settings.data_dir / KEYS) if is_loopback(settings.server.host) else None
    http = HttpServer(serving.server, settings.server, inner)
    async with AsyncExitStack() as stack:
        around = await _surroundings(serving, stack)
        draw = Draw()
        desks = Desks(around, lambda principal: _servers_for(principal, serving.address, inner), draw)
        cookie = Cookie.of(settings.server, serving.listener.getsockname()[1])
        access = Access(Visits(serving.database), cookie, tokens=serving.verifier, keys=keys)
        site = Site(desks, access, settings.server, draw, http.streams)
        http.app = Beside(http.app, site.app)
        await stack.enter_async_context(site.running())
        http.before_stopping = site.close
        link = None
        if keys is not None:
            key = await to_thread.run_sync(keys.make, serving.link_lifetime)
            stack.callback(keys.withdraw, key)
            stack.enter_context(Doorplate(settings.data_dir).hung(serving.address, serving.public))
            link = f"{serving.public}/enter?key={key}"
        await serve_http(http, serving.listener, lambda: announce(link))


def address_of(listener: socket.socket) -> str:
    """The address at which this machine reaches a bound socket; one that is bound to all is on loopback too."""
    bound: tuple[str, int] = listener.getsockname()[:2]
    host, port = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bound[0], bound[0]), bound[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _surroundings(serving: Serving, stack: AsyncExitStack) -> Surroundings:
    """What all desks share; closed with the stack."""
    embedder = find_embedder(serving.settings).embedder
    if embedder is not None:
        stack.push_async_callback(embedder.aclose)
    model, problem = await _find(serving.settings)
    around = Surroundings(
        serving.settings,
        serving.database,
        model,
        problem,
        embedder=embedder,
        sign_in=sign_in_with(sign_ins(serving.settings, lambda _url: None)),
        find=_find_again,
        servers_file=servers_file(),
        server=serving.server,
    )
    stack.push_async_callback(around.close)
    return around


async def _find(settings: Settings) -> tuple[Model | None, str]:
    """The model, or why there is none."""
    try:
        return await find_model(settings.model, environment()), ""
    except DeskhandError as error:
        return None, error.message


async def _find_again() -> tuple[Model | None, str]:
    """The same, with the settings as they are now: the person may have just written them."""
    try:
        settings = load().settings
    except DeskhandError as error:
        return None, error.message
    return await _find(settings)


@contextmanager
def _servers_for(principal: Principal, address: str, inner: InnerTokens | None) -> Generator[Sequence[ServerSpec]]:
    """Our own server, as this principal; and those of mcp.json, whose commands run as the owner, for the owner only."""
    with nullcontext() if inner is None else inner.minted(principal) as token:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        ours = ServerSpec(OURS, url=f"{address}/mcp", headers=headers, trusted=True, ours=True)
        yield [ours, *(_others() if is_owner(principal) else ())]


def _others() -> Sequence[ServerSpec]:
    """The servers of mcp.json; none while it cannot be read: the page then says why under Servers."""
    try:
        return others()
    except DeskhandError as error:
        _log.warning("The servers of mcp.json are left out: %s", error.message)
        return ()
