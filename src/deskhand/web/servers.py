"""The servers of a desk: how each connection stands, its tools on and off, and what was agreed to."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import InvalidInput
from deskhand.web.page import pages_of
from deskhand.web.servers_board import NOT_YOURS, SERVERS, Board, topic_of

ADDRESS = "/servers/named/{name}"


def routes() -> list[BaseRoute]:
    """Its addresses."""
    return [
        Route("/servers", _list),
        Route("/servers/permissions/revoke", _revoke, methods=["POST"]),
        Route(ADDRESS, _one),
        Route(f"{ADDRESS}/restart", _restart, methods=["POST"]),
        Route(f"{ADDRESS}/switch", _switch, methods=["POST"]),
        Route(f"{ADDRESS}/trust", _trust, methods=["POST"]),
        Route(f"{ADDRESS}/tools", _tool, methods=["POST"]),
        Route(f"{ADDRESS}/agree", _agree, methods=["POST"]),
        Route(f"{ADDRESS}/remove", _remove, methods=["POST"]),
    ]


async def board_of(request: Request) -> Board:
    """The servers of who asks, as the file says now."""
    board = (await pages_of(request).desk(request)).board
    board.reread()
    return board


def done() -> Response:
    """Nothing to put in: what changed is drawn by the feed, on every page."""
    return Response(status_code=204)


def go_to(address: str) -> Response:
    """Have htmx open another page."""
    return Response(status_code=204, headers={"HX-Redirect": address})


async def _list(request: Request) -> Response:
    board = await board_of(request)
    return await pages_of(request).show(
        request,
        "servers/list.html",
        title="Servers",
        topics=(SERVERS,),
        servers=board.views(),
        permissions=board.permissions(),
        problem=board.problem,
        file=board.file,
        not_yours=NOT_YOURS,
    )


async def _one(request: Request) -> Response:
    board = await board_of(request)
    name = _name(request)
    return await pages_of(request).show(
        request, "servers/one.html", title=name, topics=(SERVERS, topic_of(name)), **board.panel(name)
    )


async def _restart(request: Request) -> Response:
    board = await board_of(request)
    await board.restart(_name(request))
    return done()


async def _switch(request: Request) -> Response:
    board = await board_of(request)
    await board.change(_name(request), {"disabled": None if await _on(request) else True})
    return done()


async def _trust(request: Request) -> Response:
    board = await board_of(request)
    await board.change(_name(request), {"trusted": True if await _on(request) else None})
    return done()


async def _tool(request: Request) -> Response:
    board = await board_of(request)
    await board.switch_tool(_name(request), await _text(request, "tool"), on=await _on(request))
    return done()


async def _agree(request: Request) -> Response:
    board = await board_of(request)
    await board.agree(_name(request), await _text(request, "tool"))
    return done()


async def _remove(request: Request) -> Response:
    board = await board_of(request)
    await board.remove(_name(request))
    return go_to("/servers")


async def _revoke(request: Request) -> Response:
    board = await board_of(request)
    await board.revoke(await _text(request, "permission"))
    return done()


def _name(request: Request) -> str:
    return str(request.path_params["name"])


async def _on(request: Request) -> bool:
    """A checkbox that is not ticked is not sent."""
    return "on" in await request.form()


async def _text(request: Request, key: str) -> str:
    value = (await request.form()).get(key)
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"The form lacks {key}. Load the page again.")
    return value
