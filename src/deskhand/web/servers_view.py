"""A server as the page shows it: its state in words, where it is without its secrets, its tools and what they do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from deskhand.host.connection_errors import shown
from deskhand.host.connection_state import SIGN_IN_PAGE, ServerState
from deskhand.host.policy import Effect, effect
from deskhand.host.servers import NAME, ServerSpec
from deskhand.host.tools import OfferedTool
from deskhand.web.page_address import Address, address_of, may_open
from deskhand.web.presence import WORDS, Level

MODERN = "2026-07-28"
"""From this revision of MCP on there is no handshake and no session."""
_TRANSPORTS = {
    "stdio": "standard input and output",
    "http": "Streamable HTTP",
    "sse": "HTTP with SSE, of 2024-11-05",
    "in-process": "inside this program",
}
_DOES: dict[Effect, str] = {
    "reads": "reads",
    "writes": "writes",
    "destructive": "may destroy",
    "writes to the outside world": "reaches the outside world",
}
_LEVELS: dict[Effect, Level] = {"reads": "ok", "writes": "warn"}

Mark = Literal["add", "del", "at", ""]


@dataclass(frozen=True, slots=True)
class ToolView:
    """One tool in the list of a server's."""

    name: str
    """Its own name at its server."""
    title: str
    about: str
    does: str
    level: Level
    on: bool
    pattern: str
    """The pattern of `mcp.json` that switches it off; empty when its name does, or nothing."""
    fingerprint: str
    """How a form names it: its name may hold what a page shows differently."""


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A definition that is not the one that was agreed to."""

    tool: str
    title: str
    fingerprint: str
    lines: Sequence[tuple[Mark, str]]


@dataclass(frozen=True, slots=True)
class ServerView:
    """One server. What comes from outside is text, never markup."""

    name: str
    word: str
    level: Level
    detail: str
    where: str
    transport: str
    version: str
    runs_here: bool
    """It is a command: a program of this machine, run as who runs Deskhand."""
    tool_count: int
    left_out: int
    trusted: bool
    secrets: tuple[str, ...]
    """Names of the headers and variables its entry sets; never their values."""
    stderr: tuple[str, ...]
    sign_in: str
    """The page to sign in at, while it waits for the person; empty otherwise."""
    needs_sign_in: bool
    connected: bool
    """There is a connection, whatever its state."""
    in_file: bool
    """It stands in `mcp.json`, so that it can be changed here."""
    enabled: bool

    @property
    def addressable(self) -> bool:
        """Whether it has a page of its own: a name that breaks the rules is mended in the file."""
        return NAME.fullmatch(self.name) is not None

    @property
    def sign_in_address(self) -> Address:
        """The page to sign in at, its host told apart: the server chose where it leads."""
        return address_of(self.sign_in)


def server_view(spec: ServerSpec, state: ServerState | None, *, in_file: bool) -> ServerView:
    """How a server stands; `state` is None where there is no connection to it."""
    word, level = WORDS[state.state] if state else _without_connection(spec)
    detail = state.detail if state else spec.problem
    at_page = state is not None and state.at_sign_in_page
    page = detail.removeprefix(SIGN_IN_PAGE) if at_page else ""
    return ServerView(
        name=spec.name,
        word=word,
        level=level,
        detail="" if at_page else detail,
        where=_where(spec),
        transport=_TRANSPORTS.get(state.transport, "") if state else "",
        version=_version(state.protocol_version) if state else "",
        runs_here=spec.command is not None,
        tool_count=state.tool_count if state else 0,
        left_out=state.left_out if state else 0,
        trusted=spec.trusted,
        secrets=tuple(sorted([*spec.headers, *spec.env])) if not spec.ours else (),
        stderr=tuple(shown(line, spec) for line in state.stderr_tail) if state else (),
        sign_in=page if may_open(page) else "",
        needs_sign_in=state is not None and state.state == "needs_sign_in",
        connected=state is not None,
        in_file=in_file,
        enabled=spec.enabled,
    )


def tool_views(spec: ServerSpec, tools: Iterable[OfferedTool]) -> list[ToolView]:
    """The tools of a server, also those that are switched off."""
    return [_tool_view(spec, tool) for tool in tools if tool.server == spec.name]


def change_view(tool: OfferedTool, diff: str) -> ChangeView:
    """A changed definition with its unified diff, line by line."""
    lines: list[tuple[Mark, str]] = [(_mark(line), line) for line in diff.splitlines()]
    return ChangeView(tool.tool.name, tool.title, tool.fingerprint, lines)


def shown_state(state: ServerState, spec: ServerSpec) -> ServerState:
    """How a connection is doing, without the secrets of its entry in what the server wrote to standard error."""
    return replace(state, stderr_tail=tuple(shown(line, spec) for line in state.stderr_tail))


def switched_by(spec: ServerSpec, tool: str) -> Sequence[str]:
    """The patterns of the entry, other than its name, that switch a tool off."""
    return [
        each for each in spec.disabled_tools if each != tool and not ServerSpec("", disabled_tools=(each,)).offers(tool)
    ]


def _tool_view(spec: ServerSpec, tool: OfferedTool) -> ToolView:
    worst = effect(tool)
    return ToolView(
        name=tool.tool.name,
        title=tool.title,
        about=(tool.tool.description or "").strip().partition("\n")[0],
        does=_DOES[worst],
        level=_LEVELS.get(worst, "bad"),
        on=spec.offers(tool.tool.name),
        pattern=next(iter(switched_by(spec, tool.tool.name)), ""),
        fingerprint=tool.fingerprint,
    )


def _without_connection(spec: ServerSpec) -> tuple[str, Level]:
    if spec.problem:
        return "cannot be used", "bad"
    return ("not connected", "quiet") if spec.enabled else ("disabled", "quiet")


def _where(spec: ServerSpec) -> str:
    if spec.ours or spec.in_process is not None:
        return "inside this program"
    return "" if spec.url is None and spec.command is None else spec.endpoint


def _version(revision: str | None) -> str:
    if revision is None:
        return ""
    return f"{revision} ({'modern' if revision >= MODERN else 'legacy'} era)"


def _mark(line: str) -> Mark:
    if line.startswith(("---", "+++", "@@")):
        return "at"
    return "add" if line.startswith("+") else "del" if line.startswith("-") else ""
