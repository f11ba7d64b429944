"""What a server offers, as the console lists it: tools, resources, templates and prompts, searched by what is typed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

import anyio
import mcp_types

from deskhand.errors import DeskhandError, NotFound
from deskhand.host.connection_state import ServerState
from deskhand.host.policy import effect
from deskhand.host.tools import OfferedTool
from deskhand.visible import visible, visible_line
from deskhand.web.console_addresses import prompt_address, template_address, tool_address
from deskhand.web.desk import Desk
from deskhand.web.links import resource_address
from deskhand.web.own_server import OURS

Tab = Literal["tools", "resources", "templates", "prompts"]
TABS: tuple[Tab, ...] = get_args(Tab)
MOST_ROWS = 300
"""Rows drawn at once; the others are found by searching."""
_LONGEST = 200
_SHORT = 40
"""Characters."""


class Described(Protocol):
    """A tool, resource, template or prompt of the SDK."""

    name: str
    description: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One thing on offer."""

    name: str
    title: str
    about: str
    href: str
    mark: str = ""
    """A few words beside it, such as `reads`, or a size."""
    group: str = ""

    def matches(self, words: Sequence[str]) -> bool:
        """Whether each word is in a name, a title or a description."""
        text = f"{self.name} {self.title} {self.about}".casefold()
        return all(word in text for word in words)


@dataclass
class Offer:
    """All of one kind that a server offers, or why it could not be listed."""

    rows: list[Row] = field(default_factory=list[Row])
    problem: str = ""

    def found(self, words: str) -> "Found":
        """What matches all of the words."""
        matching = [row for row in self.rows if row.matches(words.casefold().split())]
        groups: dict[str, list[Row]] = {"": []}  # what is in no group stands first, under no heading
        for row in matching[:MOST_ROWS]:
            groups.setdefault(row.group, []).append(row)
        return Found(
            tuple((group, rows) for group, rows in groups.items() if rows),
            len(matching),
            max(0, len(matching) - MOST_ROWS),
            self.problem,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Rows in their groups (one without a name where there are none), how many match, and how many are not drawn."""

    groups: tuple[tuple[str, list[Row]], ...]
    count: int
    more: int
    problem: str = ""


def state_of(desk: Desk, server: str) -> ServerState:
    """How the connection to a server is doing.

    Raises:
        NotFound: there is no server of that name.
    """
    states = desk.board.states()
    for state in states:
        if state.name == server:
            return state
    raise NotFound(
        f"There is no server named {server}. There are: {', '.join(each.name for each in states) or 'none'}."
    )


async def offers_of(desk: Desk, server: str) -> dict[Tab, Offer]:
    """All that a server offers."""
    offers: dict[Tab, Offer] = {}

    async def one(tab: Tab) -> None:
        offers[tab] = await offer_of(desk, server, tab)

    async with anyio.create_task_group() as tasks:
        for tab in TABS:
            tasks.start_soon(one, tab)
    return offers


async def offer_of(desk: Desk, server: str, tab: Tab) -> Offer:
    """What a server offers of one kind."""
    try:
        match tab:
            case "tools":
                tools = [tool for tool in desk.connections.tools() if tool.server == server]
                return Offer([_tool(desk, tool) for tool in tools])
            case "resources":
                return Offer([_resource(server, each) for _, each in await desk.connections.resources(server)])
            case "templates":
                found = await desk.connections.resource_templates(server)
                return Offer([_template(server, each) for _, each in found])
            case "prompts":
                return Offer([_prompt(server, each) for _, each in await desk.connections.prompts(server)])
    except DeskhandError as error:
        return Offer(problem=error.message)


def toolset_of(desk: Desk, tool: OfferedTool) -> str:
    """The toolset of a tool of our own server; empty for those of others.

    It is known from the process: a list of tools that named it would cost each model tokens.
    """
    ours = desk.around.server
    if ours is None or tool.server != OURS or not tool.trusted:
        return ""
    bound = ours.catalogue.tools.get(tool.tool.name)
    return bound.scope.partition(":")[0] if bound else ""


def _tool(desk: Desk, tool: OfferedTool) -> Row:
    address = tool_address(tool.server, tool.tool.name)
    return _row(tool.tool, tool.title, address, effect(tool), toolset_of(desk, tool))


def _resource(server: str, resource: mcp_types.Resource) -> Row:
    sized = f"{resource.size:,} bytes" if resource.size is not None else ""
    mark = ", ".join(part for part in (visible_line(resource.mime_type or "")[:_LONGEST], sized) if part)
    return _row(
        resource,
        resource.title or resource.name,
        resource_address(server, resource.uri),
        mark,
        _scheme(resource.uri),
        resource.uri,
    )


def _template(server: str, template: mcp_types.ResourceTemplate) -> Row:
    address = template_address(server, template.uri_template)
    group = _scheme(template.uri_template)
    return _row(
        template, template.title or template.name, address, template.mime_type or "", group, template.uri_template
    )


def _scheme(uri: str) -> str:
    """Groups resources: a server's kinds of them differ by it."""
    return visible_line(uri.partition(":")[0][:_SHORT])


def _prompt(server: str, prompt: mcp_types.Prompt) -> Row:
    count = len(prompt.arguments or ())
    mark = f"{count} argument{'' if count == 1 else 's'}" if count else ""
    return _row(prompt, prompt.title or prompt.name, prompt_address(server, prompt.name), mark)


def _row(thing: Described, title: str, href: str, mark: str, group: str = "", name: str = "") -> Row:
    about = visible((thing.description or "").strip())
    first = about.split("\n\n")[0]
    return Row(
        name=visible_line((name or thing.name)[:_LONGEST]),
        title=visible_line(title[:_LONGEST]),
        about=first if len(first) <= _LONGEST else first[:_LONGEST] + "…",
        href=href,
        mark=visible_line(mark),
        group=group,
    )
