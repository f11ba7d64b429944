"""Lists that come in pages, whole."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import mcp_types
from mcp.client import Client

MOST_PAGES = 200
"""A server that never ends its list is cut here."""
MOST_TOOLS = 1_000
"""More than that no model can choose from."""
MOST_DEFINITION = 64 * 1024
"""Characters of one tool's definition, which is read by the model at every turn and kept for comparison."""


class _Page(Protocol):
    @property
    def next_cursor(self) -> str | None: ...


P = TypeVar("P", bound=_Page)


@dataclass(frozen=True, slots=True)
class ToolList:
    """The tools of a server."""

    tools: tuple[mcp_types.Tool, ...] = ()
    left_out: int = 0
    """How many more it lists, which are too large or too many."""


async def all_tools(client: Client) -> ToolList:
    """Every tool, sorted by name so that the order does not depend on the server; none if it offers no tools.

    A name stands for one tool: of several only the first counts, and one without a name not at all. Nor does one whose
    definition is larger than `MOST_DEFINITION`, or comes after `MOST_TOOLS`.
    """
    if client.server_capabilities.tools is None:
        return ToolList()
    pages = await _pages(lambda cursor: client.list_tools(cursor=cursor, cache_mode="refresh"))
    named = {tool.name: tool for page in reversed(pages) for tool in reversed(page.tools) if tool.name}
    sized = [named[name] for name in sorted(named) if len(named[name].model_dump_json()) <= MOST_DEFINITION]
    kept = tuple(sized[:MOST_TOOLS])
    return ToolList(kept, len(named) - len(kept))


async def all_resources(client: Client) -> list[mcp_types.Resource]:
    """Every resource the server lists."""
    if client.server_capabilities.resources is None:
        return []
    pages = await _pages(lambda cursor: client.list_resources(cursor=cursor))
    return [resource for page in pages for resource in page.resources]


async def all_resource_templates(client: Client) -> list[mcp_types.ResourceTemplate]:
    """Every resource template."""
    if client.server_capabilities.resources is None:
        return []
    pages = await _pages(lambda cursor: client.list_resource_templates(cursor=cursor))
    return [template for page in pages for template in page.resource_templates]


async def all_prompts(client: Client) -> list[mcp_types.Prompt]:
    """Every prompt."""
    if client.server_capabilities.prompts is None:
        return []
    pages = await _pages(lambda cursor: client.list_prompts(cursor=cursor))
    return [prompt for page in pages for prompt in page.prompts]


async def _pages(fetch: Callable[[str | None], Awaitable[P]]) -> list[P]:
    pages: list[P] = []
    cursor: str | None = None
    seen: set[str] = set()
    while len(pages) < MOST_PAGES:
        pages.append(await fetch(cursor))
        cursor = pages[-1].next_cursor
        if not cursor or cursor in seen:
            break
        seen.add(cursor)
    return pages
