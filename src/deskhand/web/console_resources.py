"""Resources in the console: read and shown by their kind, watched, downloaded, and found through templates."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote

import mcp_types
from mcp.shared.uri_template import InvalidUriTemplate, UriTemplate
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import DeskhandError, InvalidInput, NotFound
from deskhand.visible import visible, visible_line
from deskhand.web.console_addresses import console_address, frames_address
from deskhand.web.console_listing import state_of
from deskhand.web.console_watch import topic_of, watch_context
from deskhand.web.desk import Desk
from deskhand.web.links import resource_address
from deskhand.web.page import pages_of
from deskhand.web.results import Part, picture_part
from deskhand.web.values import Node, tree

LONGEST = 100_000
"""Characters of a text that are drawn; the whole can be downloaded."""
VARIABLE = "argument-"
"""Begins the names of a template's variables, and of a prompt's arguments, as in the chat."""
_MARKDOWN = ("text/markdown", "text/x-markdown")

Contents = mcp_types.TextResourceContents | mcp_types.BlobResourceContents


@dataclass(frozen=True, slots=True)
class Shown:
    """One content of a resource, ready to be drawn."""

    kind: Literal["text", "prose", "data", "part", "binary"]
    mime_type: str
    size: int
    """Bytes."""
    uri: str = ""
    """Where it is not the address that was asked for."""
    text: str = ""
    cut: int = 0
    """Characters that are not drawn."""
    node: Node | None = None
    part: Part | None = None


def routes() -> list[BaseRoute]:
    """Their addresses."""
    return [
        Route("/console/{server}/resource", _resource),
        Route("/console/{server}/content", _content),
        Route("/console/{server}/download", _download),
        Route("/console/{server}/watch", _watch, methods=["POST"]),
        Route("/console/{server}/unwatch", _unwatch, methods=["POST"]),
        Route("/console/{server}/template", _template),
        Route("/console/{server}/expand", _expand),
    ]


async def _resource(request: Request) -> Response:
    desk, server, uri = await _asked(request)
    return await pages_of(request).show(
        request,
        "console/resource.html",
        title=f"{visible_line(uri[:200])} · {server}",
        topics=(topic_of(server, uri),),
        shown_uri=visible_line(uri),
        **watch_context(desk.watched.of(server, uri), server, uri),
        frames=frames_address(server, "resources/"),
        **await _read(desk, server, uri),
    )


async def _content(request: Request) -> Response:
    """What is in it now."""
    desk, server, uri = await _asked(request)
    found = await _read(desk, server, uri)
    return pages_of(request).fragment("console/content.html", server=server, uri=uri, **found)


async def _download(request: Request) -> Response:
    """The bytes, to be kept: a browser must not take them for a page of ours, whatever they are."""
    desk, server, uri = await _asked(request)
    contents = (await desk.connections.read_resource(server, uri)).contents
    if not contents:
        raise NotFound("The resource is empty.")
    first = contents[0]
    data = _bytes(first) if isinstance(first, mcp_types.BlobResourceContents) else first.text.encode("utf-8", "replace")
    name = quote(_file_name(uri).encode("utf-8", "replace"), safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(data, media_type="application/octet-stream", headers=headers)


async def _watch(request: Request) -> Response:
    desk, server, uri = await _asked(request)
    await desk.watched.watch(server, uri)
    return _watching(request, desk, server, uri)


async def _unwatch(request: Request) -> Response:
    desk, server, uri = await _asked(request)
    await desk.watched.unwatch(server, uri)
    return _watching(request, desk, server, uri)


def _watching(request: Request, desk: Desk, server: str, uri: str) -> Response:
    context = watch_context(desk.watched.of(server, uri), server, uri)
    return pages_of(request).fragment("console/watch.html", **context)


async def _template(request: Request) -> Response:
    """The form of a template's variables."""
    desk, server, uri = await _asked(request)
    found = [each for _, each in await desk.connections.resource_templates(server) if each.uri_template == uri]
    if not found:
        raise NotFound(f"{server} offers no such template (any more). See the list of its templates.")
    template = found[0]
    return await pages_of(request).show(
        request,
        "console/template.html",
        title=f"{visible_line(template.title or template.name)} · {server}",
        server=server,
        uri=uri,
        shown_uri=visible_line(uri),
        name=visible_line(template.title or template.name),
        about=template.description or "",
        variables=[each.name for each in _parsed(uri).variables],
    )


async def _expand(request: Request) -> Response:
    """Fill in the variables, and go to the resource."""
    _, server, uri = await _asked(request)
    return RedirectResponse(resource_address(server, _parsed(uri).expand(given_in(request.query_params))), 303)


def given_in(sent: Mapping[str, str]) -> dict[str, str]:
    """What was filled in of a template's variables, or of a prompt's arguments, by their names."""
    named = {name.removeprefix(VARIABLE): value for name, value in sent.items() if name.startswith(VARIABLE)}
    return {name: value for name, value in named.items() if value}


async def _asked(request: Request) -> tuple[Desk, str, str]:
    """The desk, the server and the address of the resource that a request is about."""
    desk = await pages_of(request).desk(request)
    server = state_of(desk, request.path_params["server"]).name
    uri = request.query_params.get("uri", "")
    if not uri:
        raise InvalidInput("The address of the resource is missing: add ?uri=…")
    return desk, server, uri


async def _read(desk: Desk, server: str, uri: str) -> dict[str, object]:
    """The contents for a template, or why they cannot be read."""
    download = f"{console_address(server)}/download?uri={quote(uri.encode('utf-8', 'replace'), safe='')}"
    try:
        contents = (await desk.connections.read_resource(server, uri)).contents
    except DeskhandError as error:
        return {"contents": [], "problem": error.message, "download": download}
    return {"contents": shown_contents(contents, server, uri), "problem": "", "download": download}


def shown_contents(contents: Sequence[Contents], server: str, uri: str) -> list[Shown]:
    """What a resource holds, by its kind."""
    return [_shown(each, server, visible_line(each.uri) if each.uri != uri else "") for each in contents]


def _shown(contents: Contents, server: str, uri: str) -> Shown:
    kind = visible_line((contents.mime_type or "")[:100])
    if isinstance(contents, mcp_types.BlobResourceContents):
        size = len(contents.blob) * 3 // 4
        if kind.startswith("image/"):
            return Shown("part", kind, size, uri, part=picture_part(contents.blob, kind, visible_line(contents.uri)))
        return Shown("binary", kind or "binary data", size, uri)
    text = visible(contents.text[:LONGEST].replace("\r\n", "\n"))
    size = len(contents.text.encode("utf-8", "replace"))
    cut = max(0, len(contents.text) - LONGEST)
    bare = kind.partition(";")[0].strip().casefold()
    if bare in _MARKDOWN and not cut:
        return Shown("prose", kind, size, uri, text)
    if (bare == "application/json" or bare.endswith("+json")) and not cut:
        try:
            return Shown("data", kind, size, uri, node=tree(json.loads(contents.text), server))
        except (ValueError, RecursionError):
            pass  # not what it says: as text then
    return Shown("text", kind or "text", size, uri, text, cut)


def _bytes(contents: mcp_types.BlobResourceContents) -> bytes:
    try:
        return base64.b64decode(contents.blob)
    except ValueError:
        raise InvalidInput("The server sent something that is no base64 (MCP, BlobResourceContents).") from None


def _file_name(uri: str) -> str:
    """The last part of an address that can be the name of a file."""
    parts = [part for part in unquote(uri).replace("\\", "/").split("/") if part.strip(". ")]
    return visible_line(parts[-1][:120]) if parts else "resource"


def _parsed(template: str) -> UriTemplate:
    try:
        return UriTemplate.parse(template)
    except InvalidUriTemplate as error:
        raise InvalidInput(f"The server's template cannot be used (RFC 6570): {visible(str(error))}.") from error
