"""Prompts in the console: the form of their arguments, what they would say, and completion, for templates too."""

import mcp_types
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import DeskhandError, InvalidInput, NotFound
from deskhand.visible import visible_line
from deskhand.web.console_addresses import frames_address, prompt_address
from deskhand.web.console_listing import state_of
from deskhand.web.console_resources import given_in
from deskhand.web.desk import Desk
from deskhand.web.page import pages_of
from deskhand.web.results import content_parts

MOST_VALUES = 50
"""Proposals shown at once."""


def routes() -> list[BaseRoute]:
    """Their addresses."""
    return [
        Route("/console/{server}/prompts/{name:path}", _prompt),
        Route("/console/{server}/prompts/{name:path}", _preview, methods=["POST"]),
        Route("/console/{server}/values", _values),
    ]


async def _prompt(request: Request) -> Response:
    desk, server, prompt = await _named(request)
    return await pages_of(request).show(
        request,
        "console/prompt.html",
        title=f"{visible_line(prompt.title or prompt.name)} · {server}",
        server=server,
        prompt=prompt,
        name=visible_line(prompt.title or prompt.name),
        address=prompt_address(server, prompt.name),
        frames=frames_address(server, "prompts/"),
        chat=await _in_chat(desk, server, prompt),
    )


async def _preview(request: Request) -> Response:
    """What the prompt says with these arguments."""
    desk, server, prompt = await _named(request)
    async with request.form() as posted:
        given = given_in({name: value for name, value in posted.items() if isinstance(value, str)})
    missing = [each.name for each in prompt.arguments or () if each.required and each.name not in given]
    if missing:
        raise InvalidInput(f"{prompt.name} needs {', '.join(missing)}: fill it in.")
    known = {each.name for each in prompt.arguments or ()}
    arguments = {name: value for name, value in given.items() if name in known}
    result = await desk.connections.get_prompt(server, prompt.name, arguments)
    messages = [(each.role, content_parts(each.content, server, prompt.name)) for each in result.messages]
    return pages_of(request).fragment("console/messages.html", messages=messages)


async def _values(request: Request) -> Response:
    """What the server proposes for an argument of a prompt, or a variable of a template."""
    pages, query = pages_of(request), request.query_params
    desk = await pages.desk(request)
    server = state_of(desk, request.path_params["server"]).name
    argument = query.get("argument", "")
    reference = (
        mcp_types.ResourceTemplateReference(uri=query["template"])
        if "template" in query
        else mcp_types.PromptReference(name=query.get("prompt", ""))
    )
    given = given_in(query)
    typed = given.pop(argument, "")
    try:
        values = await desk.connections.complete(server, reference, argument, typed, given)
    except DeskhandError:
        values = list[str]()  # a proposal is a convenience: without an answer there is none
    return pages.fragment("console/values.html", values=values[:MOST_VALUES])


async def _named(request: Request) -> tuple[Desk, str, mcp_types.Prompt]:
    """The prompt of an address.

    Raises:
        NotFound: its server does not offer it.
    """
    desk = await pages_of(request).desk(request)
    server = state_of(desk, request.path_params["server"]).name
    for _, prompt in await desk.connections.prompts(server):
        if prompt.name == request.path_params["name"]:
            return desk, server, prompt
    raise NotFound(f"{server} offers no such prompt (any more). See the list of its prompts.")


async def _in_chat(desk: Desk, server: str, prompt: mcp_types.Prompt) -> str:
    """What the prompt is called in the chat; empty where there is no model to say it to."""
    if desk.around.model is None:
        return ""
    await desk.prompts.refresh()
    offered = desk.prompts.offered.items()
    return next((name for name, each in offered if each.server == server and each.prompt.name == prompt.name), "")
