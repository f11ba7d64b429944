"""The page of a tool: what it does, the form of its arguments, and the calls that were made from here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import JsonValue
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import InvalidInput, NotFound
from deskhand.host.policy import effect
from deskhand.host.tools import OfferedTool, definition
from deskhand.visible import visible
from deskhand.web.console_addresses import tool_address
from deskhand.web.console_listing import state_of, toolset_of
from deskhand.web.console_runs import runs_context, topic_of
from deskhand.web.desk import Desk
from deskhand.web.form_parts import Form
from deskhand.web.form_reading import Errors, read, read_object
from deskhand.web.forms import form_of
from deskhand.web.page import Pages, pages_of

_PREFIX = "a."
"""Begins the names of arguments, which may be called as other fields of the form are."""
_MOST_FIELDS = 5_000
_SURE = "This tool can delete or send. Tick the box, then call it."


@dataclass(frozen=True, slots=True)
class ToolPage:
    """What the page says of a tool."""

    tool: OfferedTool
    toolset: str = ""
    """Which it belongs to, where it is our own server's."""
    changed: str = ""
    """The difference, where its definition is not the one that was agreed to."""

    @property
    def address(self) -> str:
        """Of the page."""
        return tool_address(self.tool.server, self.tool.tool.name)

    @property
    def name(self) -> str:
        """As the server has it."""
        return visible(self.tool.tool.name)

    @property
    def title(self) -> str:
        """For people."""
        return visible(self.tool.title)

    @property
    def about(self) -> str:
        """What the server says of it, as Markdown."""
        return self.tool.tool.description or ""

    @property
    def grave(self) -> bool:
        """Whether the person must say that they are sure: it can delete or send."""
        return effect(self.tool) in ("destructive", "writes to the outside world")

    @property
    def words(self) -> list[tuple[str, str]]:
        """What its annotations say, each with the kind of pill (MCP `ToolAnnotations`; the defaults are the worst)."""
        hints = self.tool.tool.annotations
        if hints is None:
            return [("does not say what it does", "warn")]
        found = [_EFFECTS[effect(self.tool)]]
        found += [("can be repeated", "quiet")] if hints.idempotent_hint and not hints.read_only_hint else []
        found += [("open world", "quiet")] if hints.open_world_hint is not False else []
        return found

    @property
    def output(self) -> JsonValue:
        """The schema of its structured result."""
        return self.tool.tool.output_schema

    @property
    def raw(self) -> JsonValue:
        """Its definition as it came."""
        return dict(definition(self.tool.tool))


_EFFECTS = {
    "reads": ("reads only", "ok"),
    "writes": ("writes", "warn"),
    "destructive": ("destructive", "bad"),
    "writes to the outside world": ("writes", "warn"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in the form: fields, the same as JSON, and what is wrong."""

    form: Form
    text: str
    as_json: bool = False
    error: str = ""
    sure: bool = False
    """Whether the box is ticked that asks to be sure."""
    after: str = ""
    """The call that it made: the box of the next one is another, which nobody has ticked."""


def routes() -> list[BaseRoute]:
    """Its addresses."""
    return [
        Route("/console/{server}/tools/{name:path}", _tool),
        Route("/console/{server}/tools/{name:path}", _call, methods=["POST"]),
        Route("/console/{server}/calls/{id}/cancel", _cancel, methods=["POST"]),
    ]


async def _tool(request: Request) -> Response:
    pages = pages_of(request)
    desk = await pages.desk(request)
    tool = _named(desk, request)
    server, name = tool.server, tool.tool.name
    runs = desk.runs.of(server, name)
    chosen = next((run for run in runs if run.id == request.query_params.get("run")), None)
    last = chosen or next(iter(runs), None)  # its arguments stay in the form when the page is loaded again
    return await pages.show(
        request,
        "console/tool.html",
        title=f"{visible(tool.title)} · {server}",
        topics=(topic_of(server, name),),
        page=_page(desk, tool),
        entry=_filled(tool, last.arguments if last else None),
        **runs_context(runs, server, name, chosen.id if chosen else ""),
    )


async def _call(request: Request) -> Response:
    """Call it, or say what is wrong with the arguments; the form comes again either way."""
    pages = pages_of(request)
    desk = await pages.desk(request)
    tool = _named(desk, request)
    async with request.form(max_fields=_MOST_FIELDS) as posted:
        entry, arguments = _read(tool, posted)
    page = _page(desk, tool)
    if arguments is not None and page.grave and not entry.sure:
        arguments, entry = None, replace(entry, error=_SURE)
    if arguments is None:
        return _refused(pages, desk, page, entry)
    await desk.consent.changed([tool])  # the first definition seen is kept, wherever it is used first
    run = desk.runs.begin(tool, arguments)
    return pages.fragment("console/call_form.html", page=page, entry=replace(entry, sure=False, after=run.id))


def _refused(pages: Pages, desk: Desk, page: ToolPage, entry: Entry) -> Response:
    """The form with what is wrong; the result of an earlier call goes into the list, as it does not answer this one."""
    server, name = page.tool.server, page.tool.tool.name
    runs = runs_context(desk.runs.of(server, name), server, name, over=False)
    answer = pages.fragment("console/call_refused.html", page=page, entry=entry, **runs)
    answer.status_code = 422
    return answer


async def _cancel(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    desk.runs.cancel(request.path_params["id"])
    return Response(status_code=204)


def _named(desk: Desk, request: Request) -> OfferedTool:
    """The tool of an address.

    Raises:
        NotFound: its server does not offer it, or is not connected.
    """
    server, name = request.path_params["server"], request.path_params["name"]
    state = state_of(desk, server)
    for tool in desk.connections.tools():
        if tool.server == server and tool.tool.name == name:
            return tool
    if state.state != "ready":
        raise NotFound(f"{server} is not connected. {state.detail} Try again on the page of the server.")
    raise NotFound(f"{server} offers no tool named {visible(name)} (any more). See the list of its tools.")


def _page(desk: Desk, tool: OfferedTool) -> ToolPage:
    return ToolPage(tool, toolset_of(desk, tool), desk.consent.diff(tool) if desk.consent.differing([tool]) else "")


def _read(tool: OfferedTool, posted: FormData) -> tuple[Entry, dict[str, JsonValue] | None]:
    """What was filled in, and the arguments; None when something is wrong with them."""
    schema, sure = tool.tool.input_schema, posted.get("sure") == "yes"
    if posted.get("as") == "json":
        typed = posted.get("json")
        text = typed if isinstance(typed, str) else ""
        try:
            arguments = read_object(schema, text)
        except InvalidInput as error:
            return Entry(form_of(schema, _PREFIX), text, as_json=True, error=error.message, sure=sure), None
        return replace(_filled(tool, arguments), as_json=True, sure=sure), arguments
    answer = read(form_of(schema, _PREFIX), posted)
    if isinstance(answer, Errors):
        return Entry(answer.form, "{}", sure=sure), None
    return replace(_filled(tool, answer.values), sure=sure), answer.values


def _filled(tool: OfferedTool, arguments: Mapping[str, JsonValue] | None) -> Entry:
    text = json.dumps(arguments or {}, indent=2, ensure_ascii=False)
    return Entry(form_of(tool.tool.input_schema, _PREFIX, arguments), text)
