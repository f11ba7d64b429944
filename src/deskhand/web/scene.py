"""Events in, pieces out: how the page folds what happens in a conversation. The same events give the same pieces."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from deskhand.errors import NotFound
from deskhand.host import events
from deskhand.web.open_turn import OpenTurn
from deskhand.web.pace import Pace
from deskhand.web.pieces import Note, Piece, Turn
from deskhand.web.results import Part

TURNS = "turns"
"""The element that holds the turns."""
METER = "meter"
METERS = "meters"
"""The element that says how full the context is, and the one it is in."""
DRAWN = 40
"""Turns that a page shows at once: what is earlier is drawn when it is asked for."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Turns that follow one another, and how many there are before them."""

    turns: Sequence[Turn]
    earlier: int


class Scene:
    """One conversation as it looks now. `changed` gives what to draw again since it was asked last."""

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()
        self.turns: list[Turn] = []
        self.meter: Note | None = None
        """How full the context is, once it was measured."""
        self._open: OpenTurn | None = None
        self._changed: dict[str, Piece] = {}
        self._holder: dict[str, str] = {}
        self._times: Counter[str] = Counter()
        self._pictures: dict[str, tuple[Part, ...]] = {}
        """By the turn that is to begin, with whose message they go along."""

    def attach(self, turn: str, pictures: tuple[Part, ...]) -> None:
        """Pictures that go along with what is said in a turn that has not begun: its events have only texts."""
        if pictures:
            self._pictures[turn] = pictures

    def forget_attached(self) -> None:
        """Drop the pictures of turns that did not begin."""
        self._pictures.clear()

    def replay(self, past: Iterable[events.Event]) -> None:
        """Take events of the past: a turn whose end is not among them was cut, or its end was not kept."""
        for event in past:
            self.take(event)
        if self._open is not None:
            self._open.settle()

    def take(self, event: events.Event) -> None:
        """Fold one event in."""
        match event:
            case events.TurnStarted():
                self._begin(event)
            case events.ContextMeasured():
                self.meter = Note(METER, METERS, event)
                self._touch(self.meter)
            case events.ResourceChanged() | events.Frame():
                pass  # shown beside the conversation: by the console, and by the inspector
            case _:
                if self._open is None:  # what a server says before anybody said something
                    self._begin(events.TurnStarted(at=event.at, conversation="", turn="", text=""))
                assert self._open is not None
                self._open.take(event)

    def changed(self) -> list[Piece]:
        """The pieces to draw again, each once: what is within another of them is drawn with it.

        A long text that grows may be left for a later time (see `has_more`).
        """
        changed, self._changed = self._changed, {}
        outer = [piece for piece in changed.values() if not self._is_within(piece, changed)]
        now = {piece.id: piece for piece in outer if self._pace.is_time(piece)}
        self._changed = {piece.id: piece for piece in outer if piece.id not in now}
        return [*now.values()]

    @property
    def has_more(self) -> bool:
        """Whether there is something to draw again, now or before long, though nothing else may happen."""
        return bool(self._changed)

    def latest(self, count: int = DRAWN) -> Stretch:
        """The turns a page begins with."""
        return self._stretch(len(self.turns), count)

    def before(self, turn: str, count: int = DRAWN) -> Stretch:
        """The turns before this one.

        Raises:
            NotFound: the conversation has no such turn.
        """
        end = next((index for index, one in enumerate(self.turns) if one.turn == turn), None)
        if end is None:
            raise NotFound("This conversation has no such turn. Reload the page to see it as it is now.")
        return self._stretch(end, count)

    def _begin(self, event: events.TurnStarted) -> None:
        if self._open is not None and event.turn and self._open.turn.turn == event.turn:
            self._open.reopen()  # it waited for an answer past a restart, and goes on
            return
        if self._open is not None:
            self._open.settle()
        self._times[event.turn] += 1
        again = f"-again{self._times[event.turn]}" if self._times[event.turn] > 1 else ""
        turn = Turn(f"turn-{event.turn}{again}", TURNS, event.conversation, event.turn, event.at)
        self.turns.append(turn)
        self._open = OpenTurn(turn, event, self._touch, self._pictures.pop(event.turn, ()))

    def _stretch(self, end: int, count: int) -> Stretch:
        start = max(0, end - count)
        return Stretch(self.turns[start:end], start)

    def _touch(self, piece: Piece) -> None:
        self._holder[piece.id] = piece.into
        self._changed.setdefault(piece.id, piece)

    def _is_within(self, piece: Piece, others: Mapping[str, Piece]) -> bool:
        holder = piece.into
        while holder in self._holder and holder not in others:
            holder = self._holder[holder]
        return holder in others
