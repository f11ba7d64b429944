"""Adding a server by its URL or command, and changing where one is."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import DeskhandError
from deskhand.host.server_entry import is_url, proposed_name
from deskhand.web.page import pages_of
from deskhand.web.servers import ADDRESS, board_to_change, go_to
from deskhand.web.servers_form import ServerForm, changes_from, entry_from, filled, form_of, is_elsewhere, words_of


def routes() -> list[BaseRoute]:
    """Its addresses."""
    return [
        Route("/servers/new", _form),
        Route("/servers/new", _add, methods=["POST"]),
        Route("/servers/new/name", _propose, methods=["POST"]),
        Route(f"{ADDRESS}/edit", _edit_form),
        Route(f"{ADDRESS}/edit", _edit, methods=["POST"]),
    ]


async def _form(request: Request) -> Response:
    await board_to_change(request)
    return await _shown(request, ServerForm(), "Add a server", "/servers/new")


async def _edit_form(request: Request) -> Response:
    board = await board_to_change(request)
    name = str(request.path_params["name"])
    return await _shown(request, filled(name, board.entry(name)), f"Edit {name}", request.url.path)


async def _shown(request: Request, form: ServerForm, title: str, address: str) -> Response:
    return await pages_of(request).show(
        request, "servers/form.html", title=title, form=form, address=address, is_new=not form.name
    )


async def _propose(request: Request) -> Response:
    """What the target typed so far means, and the name it gets without another; the field itself is the person's."""
    board = await board_to_change(request)
    form = form_of(await request.form())
    try:
        words = words_of(form.target)
    except DeskhandError as error:
        return pages_of(request).fragment("servers/proposal.html", kind="", error=error.message, proposed="")
    kind = "url" if is_url(words[0]) else "command"
    proposed = proposed_name(words, board.specs())
    return pages_of(request).fragment("servers/proposal.html", kind=kind, error="", proposed=proposed)


async def _add(request: Request) -> Response:
    board = await board_to_change(request)
    form = form_of(await request.form())
    entry = entry_from(form)
    name = form.name or proposed_name(words_of(form.target), board.specs())
    await board.add(name, entry)
    return go_to(f"/servers/named/{name}")


async def _edit(request: Request) -> Response:
    board = await board_to_change(request)
    name = str(request.path_params["name"])
    form = form_of(await request.form())
    entry = board.entry(name)
    await board.change(name, changes_from(form, entry))
    return go_to(f"/servers/named/{name}{'?elsewhere' if is_elsewhere(form, entry) else ''}")
