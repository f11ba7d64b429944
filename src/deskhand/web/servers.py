"""The servers of a desk: how each connection stands, its tools on and off, and what was agreed to."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import Denied, InvalidInput
from deskhand.principal import ALL_SCOPES
from deskhand.web.page import pages_of
from deskhand.web.servers_board import NOT_YOURS, SERVERS, Board, topic_of
from deskhand.web.visit import visit_of

ADDRESS = "/servers/named/{name}"
BY_LINK_ONLY = (
    "You signed in with an access token, which may travel; a server that is added, enabled or trusted runs on this "
    "machine, as its owner. Sign in by a link instead (`deskhand link` prints one), or use `deskhand servers` there."
)
NOT_ALL_SCOPES = (
    "What runs without a question is decided with all scopes, and the token you signed in with has only some. "
    "Sign in with one that has them all: deskhand token create."
)


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


async def board_to_change(request: Request) -> Board:
    """The servers of the owner of `mcp.json`, to whom this machine itself gave the way in.

    A token is a string that scripts, clients and other machines hold; here it would be a shell.

    Raises:
        Denied: somebody else asks, or the owner with an access token.
    """
    board = await board_of(request)
    if board.file is None:
        raise Denied(NOT_YOURS)
    if not visit_of(request).by_link:
        raise Denied(BY_LINK_ONLY)
    return board


def done() -> Response:
    """Nothing to put in: what changed is drawn by the feed, on every page."""
    return Response(status_code=204)


def go_to(address: str) -> Response:
    """Have htmx open another page."""
    return Response(status_code=204, headers={"HX-Redirect": address})


async def _list(request: Request) -> Response:
    board = await board_of(request)
    await board.consent.reread()  # another desk of theirs, or the terminal, may have said more
    return await pages_of(request).show(
        request,
        "servers/list.html",
        title="Servers",
        topics=(SERVERS,),
        servers=board.views(),
        permissions=board.permissions() if _decides(request) else None,
        problem=board.problem,
        file=board.file,
        not_yours=NOT_YOURS,
        by_link_only="" if visit_of(request).by_link else BY_LINK_ONLY,
    )


async def _one(request: Request) -> Response:
    board = await board_of(request)
    name = _name(request)
    return await pages_of(request).show(
        request,
        "servers/one.html",
        title=name,
        topics=(SERVERS, topic_of(name)),
        elsewhere="elsewhere" in request.query_params,
        **board.panel(name),
    )


async def _restart(request: Request) -> Response:
    board = await board_of(request)
    await board.restart(_name(request))
    return done()


async def _switch(request: Request) -> Response:
    on = await _on(request)
    board = await _board_to(request, allow=on)
    await board.change(_name(request), {"disabled": None if on else True})
    return done()


async def _trust(request: Request) -> Response:
    on = await _on(request)
    board = await _board_to(request, allow=on)
    await board.change(_name(request), {"trusted": True if on else None})
    return done()


async def _tool(request: Request) -> Response:
    on = await _on(request)
    board = await _board_to(request, allow=on)
    await board.switch_tool(_name(request), await _text(request, "tool"), on=on)
    return done()


async def _agree(request: Request) -> Response:
    board = await board_of(request)
    await board.agree(_name(request), await _text(request, "tool"))
    return done()


async def _remove(request: Request) -> Response:
    board = await board_to_change(request)
    await board.remove(_name(request))
    return go_to("/servers")


async def _revoke(request: Request) -> Response:
    if not _decides(request):
        raise Denied(NOT_ALL_SCOPES)
    board = await board_of(request)
    await board.revoke(await _text(request, "permission"))
    return done()


async def _board_to(request: Request, *, allow: bool) -> Board:
    """To allow more, or only to stop something: that the owner may do with a token, too."""
    return await (board_to_change(request) if allow else board_of(request))


def _decides(request: Request) -> bool:
    """Whether standing permissions are theirs to see and to revoke: they hold for all that the person does."""
    return visit_of(request).principal.scopes >= ALL_SCOPES


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
