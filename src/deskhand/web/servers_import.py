"""Taking over the servers of other MCP hosts on this machine: what would be added, choosing, adding."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import Conflict, InvalidInput, NotFound
from deskhand.host.clients import CLIENTS
from deskhand.host.server_import import Importable, file_of, found_in, is_deskhand
from deskhand.web.page import pages_of
from deskhand.web.servers import board_to_change, go_to
from deskhand.web.servers_board import Board


def routes() -> list[BaseRoute]:
    """Its addresses."""
    return [
        Route("/servers/import", _preview),
        Route("/servers/import", _import, methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True)
class Source:
    """Another host's file."""

    key: str
    title: str
    file: Path
    exists: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A server in it, and why it cannot be taken, if it cannot."""

    found: Importable
    obstacle: str

    @property
    def hidden(self) -> list[str]:
        """Names of the headers and variables it sets, whose values are not shown."""
        return sorted([*self.found.spec.headers, *self.found.spec.env])

    @property
    def mark(self) -> str:
        """How the form names it: with all that stands in its entry, so that what is added is what was shown."""
        return sha256(json.dumps([self.found.name, self.found.entry], sort_keys=True).encode()).hexdigest()


def sources() -> list[Source]:
    """The hosts whose files are known, with where each keeps this person's servers."""
    return [
        Source(key, client.title, file, file.is_file())
        for key, client in CLIENTS.items()
        for file in (file_of(client),)
    ]


def candidates(source: Source, board: Board) -> list[Candidate]:
    """What a host's file holds.

    Raises:
        InvalidInput: it cannot be read.
    """
    taken = set(board.specs())
    found: list[Candidate] = []
    for each in found_in(source.file, CLIENTS[source.key].section):
        found.append(Candidate(each, _obstacle(each, each.name in taken)))
        taken.add(each.name)
    return found


def _obstacle(found: Importable, taken: bool) -> str:
    if is_deskhand(found.spec):
        return "It is Deskhand itself, whose tools you have anyway."
    if found.spec.problem:
        return found.spec.problem
    return "There is a server of this name already." if taken else ""


async def _preview(request: Request) -> Response:
    board = await board_to_change(request)
    known = sources()
    wanted = request.query_params.get("from")
    source = _source(known, wanted) if wanted else None
    return await pages_of(request).show(
        request,
        "servers/import.html",
        title="Import servers",
        sources=known,
        source=source,
        candidates=candidates(source, board) if source else [],
    )


async def _import(request: Request) -> Response:
    board = await board_to_change(request)
    form = await request.form()
    source = _source(sources(), str(form.get("from", "")))
    marks = {str(each) for each in form.getlist("server")}
    if not marks:
        raise InvalidInput("Tick at least one server to import.")
    chosen = [each for each in candidates(source, board) if each.mark in marks and not each.obstacle]
    if len(chosen) < len(marks):
        raise Conflict("What you ticked is not what is there now. Nothing was added. Load the page again, and look.")
    for each in chosen:
        await board.add(each.found.name, each.found.entry)
    return go_to("/servers")


def _source(known: list[Source], key: str) -> Source:
    source = next((each for each in known if each.key == key), None)
    if source is None:
        raise NotFound(f"There is no host named {key!r}. There are: {', '.join(each.key for each in known)}.")
    if not source.exists:
        raise NotFound(f"{source.title} has no file {source.file}: there is nothing to import.")
    return source
