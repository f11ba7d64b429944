"""One turn while it unfolds: events in, pieces of the turn out."""

from collections.abc import Callable
from functools import singledispatchmethod

from deskhand.context.message import Usage
from deskhand.host import events
from deskhand.web.attached import attached_by
from deskhand.web.pieces import MOST_DRAWN, Answer, Calls, Card, End, Ending, Note, Piece, Said, Thought, Turn, Waiting
from deskhand.web.results import Part
from deskhand.web.writing import Writing

QUIET_STATES = {"connecting", "closed", "ready"}
"""Of a connection: on the way to something that will be said, or there as it should be."""


class OpenTurn:
    """Folds the events of a turn into it; `touch` is told of each piece that is new or different."""

    def __init__(
        self, turn: Turn, began: events.TurnStarted, touch: Callable[[Piece], None], pictures: tuple[Part, ...] = ()
    ) -> None:
        """`pictures` went along with what was said."""
        self.turn = turn
        self._touch = touch
        text, left_out = began.text[:MOST_DRAWN], max(0, len(began.text) - MOST_DRAWN)
        self._said = Said(f"{turn.id}-said", turn.id, turn.conversation, turn.turn, text, turn.at, left_out)
        self._said.attached, self._said.pictures = attached_by(began.attached), pictures
        self._end: End | None = None
        self._cards: dict[str, Card] = {}
        self._reopened: dict[str, Card] = {}
        """Those that were cut: who goes on asks for their calls again."""
        self._connections: dict[str, Note] = {}
        self._held = ""
        self._writing: Writing | None = None
        self._thought: Thought | None = None
        self._waiting: Waiting | None = None
        self._calls: Calls | None = None
        self._model = ""
        self._usage, self._steps, self._answered = Usage(), 0, False
        self._at = turn.at
        self._count = 0
        touch(turn)
        if turn.turn:
            self._add(self._said)

    def take(self, event: events.Event) -> None:
        """Fold one event in."""
        self._at = event.at
        self._take(event)

    def settle(self) -> None:
        """Nothing more will come, and no end was told: it is known from what came."""
        self._close()
        if self._end is None and self.turn.turn:
            self._finish("done" if self._answered else "cut", "", self._usage, self._steps)

    def reopen(self) -> None:
        """It goes on after all: calls without a result are open again."""
        if self._end is None:
            return
        self.turn.remove(self._end)
        self._end, self._said.running = None, True
        for card in self._cards.values():
            if card.result is None:
                card.state, card.outcome = "waiting", "ok"
                self._reopened[card.call.id] = card
        self._touch(self.turn)

    @singledispatchmethod
    def _take(self, event: events.Event) -> None:
        raise TypeError(f"No place for {type(event).__name__}.")

    # -- the model --------------------------------------------------------------------------------

    @_take.register
    def _(self, event: events.ModelStarted) -> None:
        self._end_answer()
        self._calls, self._model, self._answered = None, event.model, False
        self._wait()

    @_take.register
    def _(self, event: events.TextDelta) -> None:
        self._held += event.text
        if (
            self._writing is None and not self._held.strip()
        ):  # an answer that only calls tools may begin with an empty line
            return
        text, self._held = self._held, ""
        self._stop_waiting()
        if self._writing is None:
            self._end_thought()
            answer = Answer(self._new_id(), self.turn.id, self.turn.conversation, self.turn.turn)
            self._writing = Writing(answer)
            self._add(answer)
        for piece in self._writing.add(text):
            self._touch(piece)

    @_take.register
    def _(self, event: events.ReasoningDelta) -> None:
        self._stop_waiting()
        if self._thought is None:
            self._thought = Thought(self._new_id(), self.turn.id)
            self._add(self._thought)
        drawn = event.text[: MOST_DRAWN - len(self._thought.text)]
        self._thought.text += drawn
        self._thought.left_out += len(event.text) - len(drawn)
        if drawn:
            self._touch(self._thought)

    @_take.register
    def _(self, event: events.PartialDiscarded) -> None:
        for piece in self._writing.discard() if self._writing else ():
            self._touch(piece)
        self._end_answer()
        self._note(event)
        self._wait()

    @_take.register
    def _(self, event: events.ModelFinished) -> None:
        self._end_answer()
        self._calls, self._answered = None, True
        self._usage += event.usage
        self._steps += 1

    @_take.register
    def _(self, event: events.TurnFinished) -> None:
        if self._end is None:
            self._finish(event.outcome, event.error, event.usage, event.steps)
        self._close()

    # -- tools ------------------------------------------------------------------------------------

    @_take.register
    def _(self, event: events.ToolRequested) -> None:
        self._end_answer()
        self._answered = False
        card = self._reopened.pop(event.call.id, None)
        if card is not None:  # who asks again knows more of it
            card.call, card.server, card.title = event.call, event.server, event.title
            card.arguments = event.call.arguments
            self._touch(card)
            return
        if self._calls is None:
            self._calls = Calls(self._new_id(), self.turn.id)
            self._add(self._calls)
        self._new_card(self._calls, event)

    def _new_card(self, calls: Calls, event: events.ToolRequested) -> None:
        call = event.call
        number = f"{calls.id}-{len(calls.pieces) + 1}"
        card = Card(number, calls.id, self.turn.conversation, call, event.server, event.title, call.arguments)
        self._cards[call.id] = card
        calls.pieces.append(card)
        self._touch(calls)  # it says how many they are

    @_take.register
    def _(self, event: events.ApprovalAsked) -> None:
        for call in event.calls:
            card = self._card(call.id)
            if card is not None:
                card.state = "asking"

    @_take.register
    def _(self, event: events.ApprovalGiven) -> None:
        card = self._card(event.call_id)
        if card is not None:
            card.decision = event
            card.state = "waiting" if card.state == "asking" else card.state

    @_take.register
    def _(self, event: events.ToolStarted) -> None:
        card = self._card(event.call_id)
        if card is not None:
            card.state, card.started, card.arguments = "running", event.at, event.arguments

    @_take.register
    def _(self, event: events.ToolProgress) -> None:
        card = self._card(event.call_id)
        if card is not None:
            card.done, card.total, card.message = event.done, event.total, event.message or ""

    @_take.register
    def _(self, event: events.ToolFinished) -> None:
        card = self._card(event.call_id)
        if card is not None:
            card.state, card.outcome = "over", event.outcome
            card.not_called = event.outcome == "cancelled" and card.started is None
            card.result, card.milliseconds = event.result, event.milliseconds
            card.server = card.server or event.result.source.partition("/")[0]

    # -- around them ------------------------------------------------------------------------------

    @_take.register
    def _(
        self,
        event: events.Retrying
        | events.ElicitationAsked
        | events.ElicitationAnswered
        | events.ContextCompacted
        | events.ContextRestored
        | events.ContextRecalled
        | events.MessagePinned
        | events.DefinitionChanged
        | events.MemoryChanged
        | events.Notice,
    ) -> None:
        self._note(event)

    @_take.register
    def _(self, event: events.ConnectionChanged) -> None:
        """One line per server: what it says last."""
        note = self._connections.get(event.server)
        if note is not None:
            note.event = event
            self._touch(note)
        elif event.state not in QUIET_STATES:
            self._connections[event.server] = self._note(event)

    # -- inside -----------------------------------------------------------------------------------

    def _new_id(self) -> str:
        self._count += 1
        return f"{self.turn.id}-{self._count}"

    def _add(self, piece: Piece) -> None:
        self.turn.pieces.append(piece)
        self._touch(piece)

    def _note(self, event: events.Event) -> Note:
        note = Note(self._new_id(), self.turn.id, event, self.turn.conversation)
        self._add(note)
        return note

    def _card(self, call_id: str) -> Card | None:
        """The card of a call that is not over, to be changed."""
        card = self._cards.get(call_id)
        if card is None or card.state == "over":
            return None
        self._touch(card)
        return card

    def _wait(self) -> None:
        self._stop_waiting()
        self._waiting = Waiting(self._new_id(), self.turn.id, self._model)
        self._add(self._waiting)

    def _stop_waiting(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.turn.remove(waiting)
            waiting.gone = True
            self._touch(waiting)

    def _end_thought(self) -> None:
        if self._thought is not None and not self._thought.over:
            self._thought.over = True
            self._touch(self._thought)

    def _end_answer(self) -> None:
        """What was streamed is complete."""
        self._stop_waiting()
        self._end_thought()
        for piece in self._writing.finish() if self._writing else ():
            self._touch(piece)
        self._writing = self._thought = None
        self._held = ""

    def _close(self, *, knows_calls: bool = False) -> None:
        """Nothing stays open: no text that grows, no call that runs. Who knows its calls knows which went out."""
        self._end_answer()
        for calls in self.turn.pieces:
            for card in calls.pieces if isinstance(calls, Calls) else ():
                if card.state != "over":
                    card.state, card.outcome = "over", "cancelled"
                    card.not_called = knows_calls and card.started is None
                    self._touch(card)
        self._calls = None

    def _finish(self, outcome: Ending, error: str, usage: Usage, steps: int) -> None:
        self._close(knows_calls=True)
        turn, seconds = self.turn, max(0.0, (self._at - self.turn.at).total_seconds())
        last = next((piece for piece in reversed(turn.pieces) if isinstance(piece, Answer)), None)
        answer = last.id if last is not None and not last.is_cut else ""
        number = f"{turn.id}-end"
        self._end = End(number, turn.id, turn.conversation, turn.turn, outcome, error, usage, steps, seconds, answer)
        self._add(self._end)
        self._said.running = False
        if turn.turn:
            self._touch(self._said)
