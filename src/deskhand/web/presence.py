"""Who is there: the state of each server and whether the assistant is at work, on every page as it changes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from deskhand.host.connection_state import ServerState, State
from deskhand.host.events import ConnectionChanged

PRESENCE = "presence"
"""The topic of the feed."""
QUIET_SECONDS = 60.0
"""How long the same news of the same server is not told again: one that comes and goes must not fill the screen."""

Level = Literal["ok", "warn", "bad", "quiet"]
Clock = Callable[[], float]

WORDS: dict[State, tuple[str, Level]] = {
    "ready": ("ready", "ok"),
    "connecting": ("connecting", "quiet"),
    "healing": ("reconnecting", "warn"),
    "failed": ("failed", "bad"),
    "needs_sign_in": ("needs sign-in", "warn"),
    "closed": ("closed", "quiet"),
}
"""What a person reads for a state, and how it is marked."""
_TROUBLE: dict[State, str] = {
    "healing": "is being connected again.",
    "failed": "could not be connected.",
    "needs_sign_in": "needs you to sign in.",
}


class Show(Protocol):
    """Draws a fragment on the pages that follow a topic (`Desk.show`)."""

    def __call__(self, topic: str, key: str, template: str, /, **context: object) -> None:
        """`key` is the id of the template's root."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """One server in the bar."""

    name: str
    word: str
    level: Level


class Presence:
    """One principal's bar, and the news of their servers."""

    def __init__(
        self,
        show: Show,
        states: Callable[[], Sequence[ServerState]],
        at_work: Callable[[], bool],
        clock: Clock = time.monotonic,
    ) -> None:
        self._show = show
        self._states = states
        self._at_work = at_work
        self._clock = clock
        self._told: dict[tuple[str, State], float] = {}
        self._in_trouble: set[str] = set()
        self._drawn: object = None

    @property
    def servers(self) -> list[Seen]:
        """Each server with its state in words."""
        return [Seen(each.name, *WORDS[each.state]) for each in self._states()]

    @property
    def working(self) -> bool:
        """Whether the assistant is answering in any conversation."""
        return self._at_work()

    def changed(self, event: ConnectionChanged) -> None:
        """A connection changed its state."""
        self.draw()
        if event.state in _TROUBLE:
            self._in_trouble.add(event.server)
            self._tell(event.server, event.state, f"{event.server} {_TROUBLE[event.state]}")
        elif event.state == "ready" and event.server in self._in_trouble:
            self._in_trouble.discard(event.server)
            self._tell(event.server, "ready", f"{event.server} is back.")

    def draw(self) -> None:
        """Draw the bar again if it is not what pages have: a server changed, came or went, or a turn began or ended."""
        now = (self.servers, self.working)
        if now != self._drawn:
            self._drawn = now
            self._show(PRESENCE, PRESENCE, "presence.html", presence=self)

    def _tell(self, server: str, state: State, text: str) -> None:
        now = self._clock()
        before = self._told.get((server, state))
        if before is None or now - before >= QUIET_SECONDS:
            self._told[server, state] = now
            level = WORDS[state][1]
            self._show(PRESENCE, f"news-{server}", "servers/news.html", server=server, text=text, level=level)
