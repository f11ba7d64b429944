"""How a connection is doing, and what its server said of itself."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from mcp_types import ServerCapabilities

from deskhand.host.connection_dial import Link

State = Literal["connecting", "ready", "healing", "failed", "closed", "needs_sign_in"]

SIGN_IN_PAGE = "Sign in at "
"""How the detail begins while a person is at a server's sign-in page."""


@dataclass(frozen=True)
class ServerState:
    """How a connection is doing."""

    name: str
    state: State
    detail: str = ""
    protocol_version: str | None = None
    transport: str = ""
    tool_count: int = 0
    left_out: int = 0
    """Tools that the server lists and nobody is offered: their definitions are too large, or they are too many."""
    stderr_tail: tuple[str, ...] = ()
    peer: str = ""
    """Name and version that the server gives itself."""
    capabilities: tuple[str, ...] = ()
    """What the server offers, in the protocol's words: `tools`, `tools.listChanged`."""
    session: bool = False
    """Whether the server keeps a session for us over HTTP (up to 2025-11-25)."""

    @property
    def at_sign_in_page(self) -> bool:
        """Whether a person is signing in right now; otherwise `needs_sign_in` waits for a restart."""
        return self.state == "needs_sign_in" and self.detail.startswith(SIGN_IN_PAGE)


def introduced(state: ServerState, link: Link) -> ServerState:
    """The state with what the server of a new link said of itself."""
    info = link.client.server_info
    return replace(
        state,
        protocol_version=link.client.protocol_version,
        transport=link.via,
        peer=f"{info.name} {info.version}".strip() if info else "",
        capabilities=tuple(_words(link.client.server_capabilities)),
        session=link.record.session or link.via == "sse",
    )


def _words(capabilities: ServerCapabilities) -> Iterator[str]:
    said: dict[str, dict[str, object]] = capabilities.model_dump(mode="json", by_alias=True, exclude_none=True)
    for name, inside in sorted(said.items()):
        yield name
        yield from (f"{name}.{flag}" for flag, value in sorted(inside.items()) if value not in (False, None))
