"""Pages of what is remembered follow it: whoever changes it, they ask for their part anew."""

from contextlib import suppress

from deskhand.errors import DeskhandError
from deskhand.host.events import ResourceChanged
from deskhand.host.memory import PROFILE, RECENT
from deskhand.web.own_server import OURS, OwnServer
from deskhand.web.presence import Show

MEMORY = "memory"
"""The topic of the feed."""


class MemoryNews:
    """One principal's: watches the server's resources from the first look on."""

    def __init__(self, own: OwnServer, show: Show) -> None:
        self._own = own
        self._show = show
        self._count = 0

    async def follow(self) -> None:
        """Hear of changes from now on; a server that tells of none leaves the pages as they are drawn."""
        with suppress(DeskhandError):
            for uri in (RECENT, PROFILE):
                await self._own.watch(uri)

    def hear(self, event: ResourceChanged) -> None:
        """A resource changed: of ours, the two that are watched speak of all that is remembered."""
        if event.server == OURS and event.uri in (RECENT, PROFILE):
            self.draw()

    def draw(self) -> None:
        """Have every page that shows memories ask for them anew."""
        self._count += 1
        self._show(MEMORY, "memory-news", "memory/news.html", count=self._count)
