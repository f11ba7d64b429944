"""One principal's servers as their pages show them. What is changed is written to `mcp.json` and holds at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import JsonValue

from deskhand.errors import Conflict, Denied, DeskhandError, NotFound
from deskhand.host.connection_state import ServerState
from deskhand.host.connections import Connections
from deskhand.host.consent import Consent, Grant
from deskhand.host.server_file import add_server, change_server, entry_in, read_servers, remove_server
from deskhand.host.servers import OURS, ServerSpec
from deskhand.host.tools import OfferedTool
from deskhand.settings import environment
from deskhand.web.presence import Show
from deskhand.web.servers_view import (
    ChangeView,
    ServerView,
    ToolView,
    change_view,
    server_view,
    shown_state,
    switched_by,
    tool_views,
)

SERVERS = "servers"
"""The topic of the list; a server's own page follows `topic_of` its name."""

NOT_YOURS = (
    "The servers in mcp.json belong to the owner of this machine: a command there runs as them, with their rights. "
    "You have Deskhand's own server, with your data."
)


def topic_of(server: str) -> str:
    """The topic of a server's own page."""
    return f"server:{server}"


@dataclass(frozen=True, slots=True)
class Permission:
    """A lasting yes, with the server's name where one is configured with this endpoint."""

    grant: Grant
    server: str

    @property
    def id(self) -> str:
        """How a form names it: an endpoint may hold what a page shows differently."""
        return sha256(f"{self.grant.endpoint}\0{self.grant.tool or ''}".encode()).hexdigest()


class Board:
    """The servers of a desk. `file` is its `mcp.json`; None for whom it does not belong to."""

    def __init__(self, connections: Connections, consent: Consent, show: Show, file: Path | None) -> None:
        self.connections = connections
        self.consent = consent
        self.file = file
        self.problem = ""
        """Why the file cannot be read."""
        self._show = show
        self._entries: dict[str, ServerSpec] = {}

    # -- looking ----------------------------------------------------------------------------------

    def reread(self) -> None:
        """Look into the file again: other programs change it, too."""
        if self.file is None:
            return
        try:
            found = read_servers(self.file, environment())
            self._entries = {spec.name: spec for spec in found if spec.name != OURS}  # the file does not replace ours
            self.problem = ""
        except DeskhandError as error:
            self.problem = error.message

    def specs(self) -> dict[str, ServerSpec]:
        """Every server by its name: what is connected to, then the other entries of the file."""
        connected = {spec.name: spec for spec in self.connections.specs()}
        return {**connected, **{name: spec for name, spec in self._entries.items() if name not in connected}}

    def spec(self, name: str) -> ServerSpec:
        """One server.

        Raises:
            NotFound: there is none of that name.
        """
        specs = self.specs()
        if name not in specs:
            raise NotFound(f"There is no server named {name}. There are: {', '.join(specs) or 'none'}.")
        return specs[name]

    def states(self) -> list[ServerState]:
        """How each connection is doing, without the secrets of its server's entry."""
        specs = {spec.name: spec for spec in self.connections.specs()}
        return [shown_state(each, specs[each.name]) for each in self.connections.states()]

    def views(self) -> list[ServerView]:
        """All of them."""
        return [self.view(name) for name in self.specs()]

    def view(self, name: str) -> ServerView:
        """One of them.

        Raises:
            NotFound: there is none of that name.
        """
        state = next((each for each in self.connections.states() if each.name == name), None)
        return server_view(self.spec(name), state, in_file=name in self._entries)

    def tools(self, name: str) -> list[ToolView]:
        """The tools of a server that is there, also those that are switched off."""
        return tool_views(self.spec(name), self.connections.listed())

    def changes(self, name: str) -> list[ChangeView]:
        """The definitions of its tools that nobody agreed to, but for tools that are switched off."""
        return [change_view(tool, self.consent.diff(tool)) for tool in self._differing(name)]

    def permissions(self) -> list[Permission]:
        """What runs without a question."""
        names = {spec.endpoint: name for name, spec in self.specs().items() if not spec.problem}
        return [Permission(grant, names.get(grant.endpoint, "")) for grant in self.consent.grants()]

    def draw(self, name: str) -> None:
        """Draw a server anew where it is shown, or take it away where it is no more."""
        if name not in self.specs():
            self._show(SERVERS, f"server-{name}", "servers/gone.html", name=name)
            return
        self._show(SERVERS, f"server-{name}", "servers/row.html", server=self.view(name))
        self._show(topic_of(name), f"panel-{name}", "servers/panel.html", **self.panel(name))

    def panel(self, name: str) -> Mapping[str, object]:
        """What the live part of a server's page shows."""
        return {"server": self.view(name), "tools": self.tools(name), "changes": self.changes(name)}

    # -- changing ---------------------------------------------------------------------------------

    def entry(self, name: str) -> dict[str, JsonValue]:
        """An entry as it stands in the file: it may hold secrets.

        Raises:
            Denied, NotFound: the file is not theirs, or has no such entry.
        """
        return entry_in(self._own_file(), name)

    async def add(self, name: str, entry: dict[str, JsonValue]) -> None:
        """Write an entry and connect to it.

        Raises:
            Denied, Conflict, SettingsError: not theirs, the name is taken, or it cannot work as it is written.
        """
        if name in self.specs():
            raise Conflict(f"There is already a server named {name}. Choose another name.")
        add_server(self._own_file(), name, entry)
        await self._take_effect(name)

    async def change(self, name: str, changes: Mapping[str, JsonValue]) -> None:
        """Set keys of an entry (None takes one out), and connect anew where that needs it."""
        change_server(self._own_file(), name, changes)
        await self._take_effect(name)

    async def remove(self, name: str) -> None:
        """Take an entry out and end its connection."""
        remove_server(self._own_file(), name)
        await self._take_effect(name)

    async def restart(self, name: str) -> None:
        """Try again; also connects to an entry that was added by another program meanwhile."""
        if name in {spec.name for spec in self.connections.specs()}:
            await self.connections.restart(name)
        else:
            await self._take_effect(name)

    async def switch_tool(self, name: str, fingerprint: str, *, on: bool) -> None:
        """Offer a tool to the model, or not any more.

        Raises:
            Conflict: it is not what it was, or a pattern in the file switches it off.
        """
        tool = self._listed(name, fingerprint).tool.name
        written = self.entry(name).get("disabledTools")
        off = [each for each in written if isinstance(each, str)] if isinstance(written, list) else []
        patterns = switched_by(self.spec(name), tool) if on else ()
        if patterns:
            raise Conflict(f"{patterns[0]!r} in mcp.json switches {tool} off. Take it out of disabledTools there.")
        rest = [each for each in off if each != tool]
        await self.change(name, {"disabledTools": list[JsonValue](rest if on else [*rest, tool]) or None})

    async def agree(self, name: str, fingerprint: str) -> None:
        """Agree to a changed definition: the very one that was shown.

        Raises:
            Conflict: it changed again since.
        """
        await self.consent.pin([self._listed(name, fingerprint)])
        self.draw(name)

    async def revoke(self, permission: str) -> None:
        """Ask again before what a lasting yes covered, named by its id."""
        await self.consent.revoke([each.grant for each in self.permissions() if each.id == permission])
        self._show(SERVERS, "permissions", "servers/permissions.html", permissions=self.permissions())

    def _differing(self, name: str) -> Sequence[OfferedTool]:
        spec = self.spec(name)
        offered = [tool for tool in self.connections.listed() if tool.server == name and spec.offers(tool.tool.name)]
        return self.consent.differing(offered)

    def _listed(self, name: str, fingerprint: str) -> OfferedTool:
        for each in self.connections.listed():
            if (each.server, each.fingerprint) == (name, fingerprint):
                return each
        raise Conflict("The tool's definition changed again, or its server is away. Look at it as it is now.")

    def _own_file(self) -> Path:
        if self.file is None:
            raise Denied(NOT_YOURS)
        return self.file

    async def _take_effect(self, name: str) -> None:
        """Make the connections what the file says of a server."""
        self.reread()
        if name == OURS:
            return
        spec = self._entries.get(name)
        known = name in {each.name for each in self.connections.specs()}
        if spec is not None and spec.enabled:
            await (self.connections.replace(spec) if known else self.connections.add(spec))
        elif known:
            await self.connections.remove(name)
        self.draw(name)
