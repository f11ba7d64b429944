"""How often a text that grows is drawn again: it is sent whole each time, so the longer it is, the less often."""

from collections.abc import Callable
from time import monotonic

from deskhand.web.pieces import Block, Piece, Thought

LIGHT = 2_000
"""Characters of a text that is drawn again whenever it grew."""
CHARACTERS_PER_SECOND = 15_000
"""What is drawn of a longer one, whole versions added up: of 7,500 characters two versions a second."""


class Pace:
    """Says of each piece that changed whether it is drawn now. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}
        """By piece that grows, from when on it may be drawn again."""

    def is_time(self, piece: Piece) -> bool:
        """Whether to draw it now; if not, it is to be asked about again. What no longer grows never waits."""
        text = _growing(piece)
        if len(text) <= LIGHT:
            self._next.pop(piece.id, None)
            return True
        now = self._clock()
        if now < self._next.get(piece.id, now):
            return False
        self._next[piece.id] = now + len(text) / CHARACTERS_PER_SECOND
        return True


def _growing(piece: Piece) -> str:
    """The text of a piece that may still grow."""
    match piece:
        case Block(open=True, text=text) | Thought(over=False, text=text):
            return text
        case _:
            return ""
