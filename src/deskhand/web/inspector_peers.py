"""The head of the inspector: for each connection, who is there, what was agreed, and how much has been said."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from deskhand.host.connection_state import ServerState
from deskhand.host.wiretap import Wiretap
from deskhand.web.explain import MODERN
from deskhand.web.presence import WORDS

TRANSPORTS = {
    "http": "Streamable HTTP",
    "sse": "HTTP+SSE (2024-11-05)",
    "stdio": "standard input and output",
    "in-process": "in process",
}
"""How each transport is called."""
_MOST_WORDS = 40
"""Capabilities that are listed of one server."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One connection and its kept frames."""

    state: ServerState
    sent: int
    received: int
    errors: int

    @property
    def word(self) -> str:
        """Its state for a person."""
        return WORDS[self.state.state][0]

    @property
    def level(self) -> str:
        """How that is marked."""
        return WORDS[self.state.state][1]

    @property
    def era(self) -> str:
        """The revision that both speak, and what that means."""
        version = self.state.protocol_version
        if version is None:
            return "nothing agreed"
        return f"{version}, every request stands alone" if version >= MODERN else f"{version}, handshake era"

    @property
    def transport(self) -> str:
        """Over what the messages go; empty before the first connection."""
        return TRANSPORTS.get(self.state.transport, self.state.transport)

    @property
    def session(self) -> str:
        """Whether the server remembers us between requests, and how."""
        if self.state.protocol_version is None:
            return ""
        if self.state.protocol_version >= MODERN:
            return "none: this revision has no sessions"
        if self.state.transport == "http":
            return "one, its id •••" if self.state.session else "none was opened"
        return "one, its address •••" if self.state.transport == "sse" else "the connection itself"

    @property
    def offers(self) -> Sequence[str]:
        """What the server said it can do, in the protocol's words."""
        return self.state.capabilities[:_MOST_WORDS] if self.state.protocol_version else ()


def peers(states: Iterable[ServerState], tap: Wiretap) -> list[Peer]:
    """The connections in the order of the configuration."""
    counts: Counter[tuple[str, str]] = Counter()
    for record in tap.records:
        counts[record.frame.server, record.frame.direction] += 1
        counts[record.frame.server, record.frame.kind] += 1
    return [Peer(each, *(counts[each.name, what] for what in ("sent", "received", "error"))) for each in states]
