"""The first page of the console: each server, how it is, and what to begin with."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from deskhand.host.connection_state import ServerState
from deskhand.host.policy import effect
from deskhand.host.tools import OfferedTool
from deskhand.visible import visible_line
from deskhand.web.console_addresses import tool_address
from deskhand.web.console_listing import TABS, Tab, toolset_of
from deskhand.web.desk import Desk
from deskhand.web.presence import WORDS

MOST_FIRST = 3
"""Tools proposed to begin with."""
_LONGEST = 60
"""Characters of a title."""
_CAPABILITY = {"templates": "resources"}
"""Under which of the protocol's words a server says that it has what a tab shows, where they differ."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A server at a glance."""

    state: ServerState
    tools: Sequence[OfferedTool]
    toolsets: Sequence[tuple[str, int]]
    """In the order of its list of tools, with how many tools each has."""

    @property
    def word(self) -> str:
        """How it is doing."""
        return WORDS[self.state.state][0]

    @property
    def level(self) -> str:
        """How that is marked."""
        return WORDS[self.state.state][1]

    @property
    def ready(self) -> bool:
        """Whether it can be used now."""
        return self.state.state == "ready"

    @property
    def tabs(self) -> list[Tab]:
        """What it says it has."""
        return [tab for tab in TABS if _CAPABILITY.get(tab, tab) in self.state.capabilities]

    @property
    def first(self) -> list[tuple[str, str]]:
        """Title and address of tools that change nothing and need no argument."""
        harmless = [tool for tool in self.tools if effect(tool) == "reads" and not _needs(tool)]
        return [
            (visible_line(tool.title[:_LONGEST]), tool_address(tool.server, tool.tool.name))
            for tool in harmless[:MOST_FIRST]
        ]


def overviews(desk: Desk) -> list[Overview]:
    """All servers of a desk."""
    return [_overview(desk, state) for state in desk.board.states()]


def _overview(desk: Desk, state: ServerState) -> Overview:
    tools = [tool for tool in desk.connections.tools() if tool.server == state.name]
    counted = Counter(toolset_of(desk, tool) for tool in tools)
    return Overview(state, tools, [(name, count) for name, count in counted.items() if name])


def _needs(tool: OfferedTool) -> bool:
    return bool(tool.tool.input_schema.get("required"))
