"""What waits for a person in the outbox, followed: by whatever process it was put there, decided or done."""

import logging
from collections.abc import Sequence

import anyio

from deskhand.errors import DeskhandError
from deskhand.outbox.act import Entry
from deskhand.outbox.deciding import UNDECIDED
from deskhand.principal import Principal
from deskhand.server.build import DeskhandServer
from deskhand.web.feed import Feed
from deskhand.web.presence import PRESENCE, Show
from deskhand.web.tray import Tray

_log = logging.getLogger(__name__)
ACTIVITY = "activity"
"""The topic of the feed."""
LOOK_SECONDS = 1.0
"""How often is looked while a page is open: other processes propose and perform, too."""
MOST_WAITING = 100
"""Acts that wait which are shown; there are more when the oldest of these are decided."""
_NEWEST = 50


class Activity:
    """One principal's: what they may see of their outbox."""

    def __init__(self, principal: Principal, server: DeskhandServer | None, tray: Tray, show: Show) -> None:
        self.principal = principal
        self.server = server
        self.count = 0
        """How much waits, as of the last look."""
        self._tray = tray
        self._show = show
        self._news = 0
        self._seen: object = None

    async def run(self, feed: Feed) -> None:
        """Look again and again while pages are open, and tell them what changed; until cancelled."""
        while self.server is not None:
            if feed.readers:
                try:
                    await self.look()
                except DeskhandError:  # an outage of the database is no news
                    _log.debug("The outbox could not be looked at", exc_info=True)
            await anyio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Tell open pages if anything in the outbox or among the questions changed since the last look."""
        waiting, newest = await self.waiting(), await self.newest(_NEWEST)
        acts = tuple((entry.key, entry.state, entry.changed) for entry in (*waiting, *newest))
        seen = (acts, tuple(self._tray.waiting))
        if seen == self._seen:
            return
        self._seen = seen
        self.count = len(waiting)
        self._show(PRESENCE, "waiting-count", "activity/badge.html", waiting=self.count)
        self.draw()  # also the first time: it may have changed since a page was drawn

    def draw(self) -> None:
        """Have the pages ask for their part anew."""
        self._news += 1
        self._show(ACTIVITY, "activity-news", "activity/news.html", count=self._news)

    async def waiting(self) -> Sequence[Entry]:
        """What waits to be decided, the newest first."""
        if self.server is None:
            return ()
        found = await self.server.outbox.newest(self.principal.subject, states=UNDECIDED, limit=MOST_WAITING)
        return self._open(self.server, found)

    async def newest(self, limit: int) -> Sequence[Entry]:
        """All acts, the newest first."""
        if self.server is None:
            return ()
        return self._open(self.server, await self.server.outbox.newest(self.principal.subject, limit=limit))

    def _open(self, server: DeskhandServer, entries: Sequence[Entry]) -> Sequence[Entry]:
        return [entry for entry in entries if server.area.open_to(self.principal, entry)]
