"""The page of what is remembered of the person: read, searched, added to, changed, forgotten and taken along.

All of it goes through the tools and resources of our server, so that it is the server which says who may see what.
"""

import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import DeskhandError, InvalidInput
from deskhand.host.memory import FORGET, SAVE, SEARCH, UPDATE
from deskhand.toolsets.memory.results import KINDS, Forgotten, Saved, Updated
from deskhand.toolsets.memory.toolset import MemorySettings
from deskhand.web.desk import Desk
from deskhand.web.memory_export import as_markdown
from deskhand.web.memory_news import MEMORY
from deskhand.web.memory_reading import EXPORT, Asked, holds, item_of, listed, profile_of
from deskhand.web.page import Pages, pages_of
from deskhand.zone import zone_of

_FIELDS = {"valid_from": "Since", "expires_at": "Until it expires", "valid_to": "Held until, if it no longer does"}
"""What the forms call arguments of the tools."""
_ARGUMENT = re.compile("|".join(_FIELDS))


def routes() -> list[BaseRoute]:
    """Its addresses."""
    return [
        Route("/memory", _all),
        Route("/memory/part", _part),
        Route("/memory/export", _export),
        Route("/memory/item/{id}", _item),
        Route("/memory/save", _save, methods=["POST"]),
        Route("/memory/update", _update, methods=["POST"]),
        Route("/memory/forget", _forget, methods=["POST"]),
    ]


async def _all(request: Request) -> Response:
    pages, desk = pages_of(request), await _desk(request)
    asked = Asked.read(request.query_params)
    missing = await desk.own.missing("memory:read", SEARCH)
    if missing:
        return await pages.show(request, "memory/missing.html", title="Memory", missing=missing)
    await desk.memory.follow()
    return await pages.show(
        request,
        "memory/page.html",
        title="Memory",
        topics=(MEMORY,),
        asked=asked,
        kinds=KINDS,
        may=_may(desk),
        saved=None,
        **await _list_context(desk, asked),
    )


async def _item(request: Request) -> Response:
    pages, desk = pages_of(request), await _desk(request)
    missing = await desk.own.missing("memory:read", SEARCH)
    if missing:
        return await pages.show(request, "memory/missing.html", title="Memory", missing=missing)
    await desk.memory.follow()
    context = await _item_context(desk, str(request.path_params["id"]))
    return await pages.show(request, "memory/item.html", title="A memory", topics=(MEMORY,), may=_may(desk), **context)


async def _part(request: Request) -> Response:
    """What a page shows, anew: news came."""
    pages, desk = pages_of(request), await _desk(request)
    memory_id = request.query_params.get("id", "")
    if not memory_id:
        asked = Asked.read(request.query_params)
        return pages.fragment("memory/list.html", asked=asked, may=_may(desk), **await _list_context(desk, asked))
    return await _item_part(pages, desk, memory_id)


async def _save(request: Request) -> Response:
    desk = await _desk(request)
    form = await request.form()
    fields = ("text", "kind", "subject", "valid_from", "expires_at")
    given: dict[str, JsonValue] = {name: str(form[name]).strip() for name in fields if form.get(name)}
    if not given.get("text"):
        raise InvalidInput("There is nothing to remember yet: write one statement.")
    with _in_words_of_the_form():
        saved = await desk.own.ask(Saved, SAVE, {**given, "pin": "pin" in form})
    desk.memory.draw()
    return pages_of(request).fragment("memory/add.html", saved=saved, kinds=KINDS)


async def _update(request: Request) -> Response:
    """Other words, pinned or not, or an end; what the form does not name stays."""
    desk = await _desk(request)
    form = await request.form()
    given: dict[str, JsonValue] = {
        name: str(form[name]).strip() for name in ("id", "text", "valid_to") if form.get(name)
    }
    if "pin" in form:
        given["pin"] = form["pin"] == "yes"
    if "end" in form:
        given["valid_to"] = datetime.now(UTC).isoformat(timespec="seconds")
    with _in_words_of_the_form():
        await desk.own.ask(Updated, UPDATE, given)
    desk.memory.draw()
    return Response(status_code=204)


async def _forget(request: Request) -> Response:
    """Delete for good. The tool asks the person, with all that would go; where the settings say no, the button did."""
    desk = await _desk(request)
    memory_id = (await request.form()).get("id")
    if not isinstance(memory_id, str) or not memory_id:
        raise InvalidInput("The form does not say which memory. Load the page again.")

    def said(receipt: Forgotten) -> str:
        desk.memory.draw()
        return receipt.text()

    desk.own.ask_later(Forgotten, said, FORGET, {"ids": [memory_id]})
    return Response(status_code=204)


async def _export(request: Request) -> Response:
    """All memories as a file: JSON lines as the server has them, or Markdown to read."""
    desk = await _desk(request)
    text = await desk.own.read(EXPORT)
    if request.query_params.get("as") == "markdown":
        zone = zone_of(desk.around.settings.time_zone)
        return _file(as_markdown(text, datetime.now(UTC), zone), "memory.md", "text/markdown")
    return _file(text, "memory.jsonl", "application/jsonl")


@contextmanager
def _in_words_of_the_form() -> Generator[None]:
    """What is wrong with a field, by what it is called here: the tool's errors are for models, with its own names."""
    try:
        yield
    except DeskhandError as error:
        message = _ARGUMENT.sub(lambda found: f"“{_FIELDS[found[0]]}”", error.message)
        raise type(error)(message) from error


def _file(text: str, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=f"{kind}; charset=utf-8", headers=headers)


async def _item_part(pages: Pages, desk: Desk, memory_id: str) -> Response:
    try:
        context = await _item_context(desk, memory_id)
    except DeskhandError as error:
        return pages.fragment("memory/gone.html", why=error.message)
    return pages.fragment("memory/one.html", may=_may(desk), **context)


async def _list_context(desk: Desk, asked: Asked) -> dict[str, object]:
    now, zone = datetime.now(UTC), zone_of(desk.around.settings.time_zone)
    found = await listed(desk.own, asked, now, zone)
    profile = [] if asked.words else await profile_of(desk.own)
    return {"found": found, "profile": profile, "sure": _sure(desk)}


async def _item_context(desk: Desk, memory_id: str) -> dict[str, object]:
    item = await item_of(desk.own, memory_id)
    zone = zone_of(desk.around.settings.time_zone)
    return {"item": item, "holds": holds(item.current, datetime.now(UTC), zone), "sure": _sure(desk)}


def _may(desk: Desk) -> dict[str, bool]:
    """Which buttons there are: what the server offers this principal."""
    return {"save": desk.own.offers(SAVE), "update": desk.own.offers(UPDATE), "forget": desk.own.offers(FORGET)}


def _sure(desk: Desk) -> bool:
    """Whether the page itself must ask before something is forgotten, as the settings keep the tool from asking."""
    section = desk.around.settings.toolsets.sections.get("memory", {})
    return not MemorySettings.model_validate(section).ask


async def _desk(request: Request) -> Desk:
    return await pages_of(request).desk(request)
