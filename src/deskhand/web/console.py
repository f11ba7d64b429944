"""The console: all that the servers of a desk offer, to be used without a model."""

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import NotFound
from deskhand.host.connection_state import ServerState
from deskhand.web import console_prompts, console_resources, console_tools
from deskhand.web.console_listing import TABS, Tab, offer_of, offers_of, state_of
from deskhand.web.console_overview import overviews
from deskhand.web.desk import Desk
from deskhand.web.page import pages_of
from deskhand.web.presence import WORDS

_AGAIN_SECONDS = 10.0
"""How long a page waits for a connection that is being made."""
_LOOK_SECONDS = 0.1


def routes() -> list[BaseRoute]:
    """Its addresses."""
    return [
        Route("/console", _servers),
        *console_tools.routes(),
        *console_resources.routes(),
        *console_prompts.routes(),
        Route("/console/{server}", _server),
        Route("/console/{server}/again", _again, methods=["POST"]),
        Route("/console/{server}/{tab}", _tab),
    ]


async def _servers(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    return await pages_of(request).show(request, "console/servers.html", title="Console", servers=overviews(desk))


async def _server(request: Request) -> Response:
    return await _offered(request, _tab_named(request.query_params.get("tab", "tools")))


async def _tab(request: Request) -> Response:
    """One tab: what matches, for htmx while somebody types; else the whole page."""
    tab = _tab_named(request.path_params["tab"])
    if "hx-request" not in request.headers:
        return await _offered(request, tab)
    pages = pages_of(request)
    desk = await pages.desk(request)
    state = state_of(desk, request.path_params["server"])
    offer = await offer_of(desk, state.name, tab)
    words = request.query_params.get("q", "")
    return pages.fragment("console/found.html", found=offer.found(words), words=words, tab=tab)


async def _offered(request: Request, tab: Tab) -> Response:
    pages = pages_of(request)
    desk = await pages.desk(request)
    state = await _settled(desk, state_of(desk, request.path_params["server"]).name)
    words = request.query_params.get("q", "")
    offers = await offers_of(desk, state.name) if state.state == "ready" else {}
    return await pages.show(
        request,
        "console/server.html",
        title=f"{state.name} · Console",
        state=state,
        word=WORDS[state.state][0],
        level=WORDS[state.state][1],
        tab=tab,
        tabs=TABS,
        counts={name: len(offer.rows) for name, offer in offers.items()},
        found=offers[tab].found(words) if offers else None,
        words=words,
    )


async def _again(request: Request) -> Response:
    """Connect again, and show what came of it."""
    desk = await pages_of(request).desk(request)
    state = state_of(desk, request.path_params["server"])
    await desk.connections.restart(state.name)
    await anyio.sleep(_LOOK_SECONDS)  # its owner has to notice first
    await _settled(desk, state.name)
    return Response(status_code=204, headers={"HX-Refresh": "true"})


async def _settled(desk: Desk, server: str) -> ServerState:
    """How a connection is doing, as soon as it is not being made any more; not for long."""
    with anyio.move_on_after(_AGAIN_SECONDS):
        while state_of(desk, server).state in ("connecting", "healing"):
            await anyio.sleep(_LOOK_SECONDS)
    return state_of(desk, server)


def _tab_named(name: str) -> Tab:
    if name not in TABS:
        raise NotFound(f"There is no such page. A server has {', '.join(TABS)}.")
    return name
