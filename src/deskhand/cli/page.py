"""The page, wired: what `deskhand up` serves beside the MCP server."""

import socket
from collections.abc import Callable, Sequence
from datetime import timedelta

import click

from deskhand.cli.assistant import OURS, others
from deskhand.cli.servers import servers_file
from deskhand.cli.sign_ins import sign_ins
from deskhand.errors import DeskhandError
from deskhand.host.connection_oauth import sign_in_with
from deskhand.host.servers import ServerSpec
from deskhand.models.discover import find_model
from deskhand.models.model import Model
from deskhand.principal import LOCAL, Principal
from deskhand.retrieval.find import find_embedder
from deskhand.server.beside import Beside
from deskhand.server.build import DeskhandServer
from deskhand.server.http import HttpServer
from deskhand.server.shutdown import serve_http
from deskhand.server.tokens import BearerTokens, InnerTokens
from deskhand.settings import Settings, environment
from deskhand.store.database import Database
from deskhand.store.visits import Visits
from deskhand.web.access import Access
from deskhand.web.cookie import Cookie
from deskhand.web.desk import Surroundings
from deskhand.web.desks import Desks
from deskhand.web.draw import Draw
from deskhand.web.keys import Keys
from deskhand.web.site import Site


async def serve_with_page(
    server: DeskhandServer,
    database: Database,
    settings: Settings,
    verifier: BearerTokens,
    listener: socket.socket,
    announce: Callable[[str], None],
) -> None:
    """Serve the MCP server and the page on a bound socket until a signal."""
    inner = InnerTokens(verifier)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    model, problem = await _model(settings)
    around = Surroundings(
        settings,
        database,
        model,
        problem,
        embedder=find_embedder(settings).embedder,
        sign_in=sign_in_with(sign_ins(settings, lambda _url: None)),
        servers_file=servers_file(),
    )

    def servers_for(principal: Principal) -> Sequence[ServerSpec]:
        token = f"Bearer {inner.mint(principal)}"
        headers = {"Authorization": token}
        ours = ServerSpec(OURS, url=f"{address}/mcp", headers=headers, trusted=True, ours=True)
        return [ours, *(others() if principal.subject == LOCAL.subject else ())]

    draw = Draw()
    keys = Keys(settings.data_dir / "links")
    cookie = Cookie.of(settings.server, listener.getsockname()[1])
    access = Access(Visits(database), cookie, tokens=verifier, keys=keys)
    site = Site(Desks(around, servers_for, draw), access, settings.server, draw)
    http = HttpServer(server, settings.server, inner)
    http.app = Beside(http.app, site.app)  # type: ignore[assignment]

    def ready() -> None:
        announce(f"{address}/mcp")
        click.echo(f"\nOpen:     {address}/enter?key={keys.make(timedelta(hours=1))}   (works once)")

    async with site.running():
        await serve_http(http, listener, ready)


async def _model(settings: Settings) -> tuple[Model | None, str]:
    """The model, or why there is none."""
    try:
        return await find_model(settings.model, environment()), ""
    except DeskhandError as error:
        return None, error.message
