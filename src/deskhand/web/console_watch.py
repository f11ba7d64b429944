"""Resources that a person watches in the console: when one changes, its pages say so and show it anew."""

from dataclasses import dataclass
from datetime import UTC, datetime

from deskhand.host.connection_watch import speaks_of
from deskhand.host.connections import Connections
from deskhand.host.events import ResourceChanged
from deskhand.web.console_runs import key_of
from deskhand.web.presence import Show


@dataclass
class Watch:
    """One resource that is watched, and how often it changed meanwhile."""

    server: str
    uri: str
    changes: int = 0
    at: datetime | None = None
    """When it changed last."""


def topic_of(server: str, uri: str) -> str:
    """What pages of a resource follow: the digest, as addresses can hold anything."""
    return f"resource:{server}:{key_of(server, uri)}"


class Watched:
    """One principal's watches."""

    def __init__(self, connections: Connections, show: Show) -> None:
        self._connections = connections
        self._show = show
        self._watches: dict[tuple[str, str], Watch] = {}

    def of(self, server: str, uri: str) -> Watch | None:
        """The watch of a resource; None when it is not watched."""
        return self._watches.get((server, uri))

    async def watch(self, server: str, uri: str) -> None:
        """Tell of changes from now on.

        Raises:
            DeskhandError: the server does not tell of changes to it, or is not there.
        """
        await self._connections.watch(server, uri)
        self._watches.setdefault((server, uri), Watch(server, uri))
        self._draw(server, uri)

    async def unwatch(self, server: str, uri: str) -> None:
        """Tell of changes no longer."""
        if self._watches.pop((server, uri), None) is not None:
            self._draw(server, uri)
            await self._connections.unwatch(server, uri)

    def hear(self, event: ResourceChanged) -> None:
        """A resource changed, says its server; it may name a part of what is watched."""
        for watch in self._watches.values():
            if watch.server == event.server and speaks_of(event.uri, watch.uri):
                watch.changes += 1
                watch.at = datetime.now(UTC)
                self._draw(watch.server, watch.uri)

    def _draw(self, server: str, uri: str) -> None:
        context = watch_context(self.of(server, uri), server, uri)
        self._show(topic_of(server, uri), str(context["element"]), "console/watch.html", **context)


def watch_context(watch: Watch | None, server: str, uri: str) -> dict[str, object]:
    """What the template of the button and the mark shows."""
    return {"watch": watch, "server": server, "uri": uri, "element": f"watch-{key_of(server, uri)}"}
