"""What helps with typing a message: proposals for `@` and `/`, and the forms of prompts."""

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import InvalidInput, NotFound
from deskhand.host.offered_prompts import OfferedPrompt
from deskhand.web.desk import Desk
from deskhand.web.page import pages_of

_MENTION = re.compile(r"(?:^|\s)@(\S*)$")
_PROMPT = re.compile(r"/(\S*)")
MOST = 30
"""Proposals shown at once."""


@dataclass(frozen=True, slots=True)
class Option:
    """One proposal: `insert` takes the place of the word before the cursor, or `form` is opened instead."""

    label: str
    detail: str
    insert: str = ""
    form: str = ""


def routes() -> list[BaseRoute]:
    """Their addresses."""
    return [
        Route("/complete", _complete),
        Route("/prompt", _form),
        Route("/prompt/values", _values),
    ]


async def _complete(request: Request) -> Response:
    """What could follow the text before the cursor."""
    pages = pages_of(request)
    desk = await pages.desk(request)
    options = await proposals(desk, request.query_params.get("text", ""))
    return pages.fragment("complete.html", options=options[:MOST])


async def proposals(desk: Desk, text: str) -> list[Option]:
    """Resources for a word that begins with `@`, prompts for a message that is one word with `/`."""
    mention = _MENTION.search(text)
    if mention is not None:
        typed = mention[1]
        found = await desk.mentions.propose(typed)
        return [Option(each.uri, each.title, f"@{each.uri}") for each in found]
    prompt = _PROMPT.fullmatch(text)
    if prompt is not None:
        await desk.prompts.refresh()
        return [_option(offered) for name, offered in desk.prompts.offered.items() if name.startswith(prompt[1])]
    return []


def _option(offered: OfferedPrompt) -> Option:
    label = f"/{offered.name}"
    detail = offered.prompt.description or offered.prompt.title or ""
    return Option(label, detail, form=offered.name)


async def _form(request: Request) -> Response:
    """The form of a prompt's arguments."""
    pages = pages_of(request)
    desk = await pages.desk(request)
    offered = await named(desk, request.query_params.get("name", ""))
    conversation = request.query_params.get("conversation", "")
    return pages.fragment("prompt.html", offered=offered, conversation=conversation)


async def _values(request: Request) -> Response:
    """Values the server proposes for an argument."""
    pages = pages_of(request)
    desk = await pages.desk(request)
    query = request.query_params
    argument = query.get("argument", "")
    given = {name.removeprefix("argument-"): value for name, value in query.items() if name.startswith("argument-")}
    typed = given.pop(argument, "")
    others = {name: value for name, value in given.items() if value}
    values = await desk.prompts.propose(query.get("name", ""), argument, typed, others)
    return pages.fragment("prompt_values.html", argument=argument, values=values[:MOST])


async def named(desk: Desk, name: str) -> OfferedPrompt:
    """A prompt by the name it is called here.

    Raises:
        NotFound: no server that is connected offers it.
    """
    await desk.prompts.refresh()
    if name not in desk.prompts.offered:
        raise NotFound(f"There is no prompt /{name}. Type / to see which there are.")
    return desk.prompts.offered[name]


def given_arguments(offered: OfferedPrompt, form: dict[str, str]) -> dict[str, str]:
    """The arguments of a posted form; those left empty are left out.

    Raises:
        InvalidInput: one that is needed is missing.
    """
    given = {each.name: form.get(f"argument-{each.name}", "").strip() for each in offered.arguments}
    given = {name: value for name, value in given.items() if value}
    missing = [each.name for each in offered.missing(given)]
    if missing:
        raise InvalidInput(f"/{offered.name} needs {', '.join(missing)}: fill it in.")
    return given
