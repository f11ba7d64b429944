"""Events in, pieces out: how the page folds what happens in a conversation. The same events give the same pieces."""

from collections.abc import Iterable
from functools import singledispatchmethod

from deskhand.host import events
from deskhand.host.blocks import blocks_of, split
from deskhand.web.pieces import Answer, Block, Calls, Card, End, Note, Piece, Thought, Turn, Waiting

TURNS = "turns"
"""The element that holds the turns."""


class Scene:
    """One conversation as it looks now. `changed` gives what to draw again since it was asked last."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self._changed: dict[str, Piece] = {}
        self._cards: dict[str, Card] = {}
        self._answer: Answer | None = None
        self._open: Block | None = None
        self._thought: Thought | None = None
        self._waiting: Waiting | None = None
        self._calls: Calls | None = None
        self._count = 0

    def replay(self, happened: Iterable[events.Event]) -> None:
        """Take many events at once."""
        for event in happened:
            self.take(event)

    def changed(self) -> list[Piece]:
        """The pieces that are new or different, containers before what they hold."""
        pieces, self._changed = list(self._changed.values()), {}
        return pieces

    @singledispatchmethod
    def take(self, event: events.Event) -> None:
        """Fold one event in."""
        raise TypeError(f"No place for {type(event).__name__}.")

    # -- the turn ---------------------------------------------------------------------------------

    @take.register
    def _(self, event: events.TurnStarted) -> None:
        turn = Turn(f"turn-{event.turn}", TURNS, event.text, event.at)
        self.turns.append(turn)
        self._count = 0
        self._touch(turn)

    @take.register
    def _(self, event: events.ModelStarted) -> None:
        self._end_answer()
        self._calls = None
        self._waiting = Waiting(self._new_id(), self._turn.id, event.model)
        self._add(self._waiting)

    @take.register
    def _(self, event: events.TextDelta) -> None:
        self._stop_waiting()
        answer = self._current_answer()
        if self._open is None:
            self._open = Block(self._new_id(), answer.id, "", open=True)
            answer.pieces.append(self._open)
        self._open.text += event.text
        self._touch(self._open)
        if "\n" in event.text:
            self._close_finished(answer, self._open)

    def _close_finished(self, answer: Answer, block: Block) -> None:
        finished, rest = split(block.text)
        for text in finished:
            block.text, block.open = text, False
            self._touch(block)
            block = Block(self._new_id(), answer.id, rest, open=True)
            answer.pieces.append(block)
        if finished:
            block.text = rest
            self._open = block
            self._touch(block)

    @take.register
    def _(self, event: events.ReasoningDelta) -> None:
        self._stop_waiting()
        if self._thought is None:
            self._thought = Thought(self._new_id(), self._turn.id)
            self._add(self._thought)
        self._thought.text += event.text
        self._touch(self._thought)

    @take.register
    def _(self, event: events.PartialDiscarded) -> None:
        for block in self._answer.pieces if self._answer else ():
            if isinstance(block, Block):
                block.discarded, block.open = True, False
                self._touch(block)
        self._open = self._answer = self._thought = None
        self._note(event)

    @take.register
    def _(self, event: events.Retrying) -> None:
        self._note(event)

    @take.register
    def _(self, event: events.ModelFinished) -> None:
        self._stop_waiting()
        self._end_answer()

    @take.register
    def _(self, event: events.TurnFinished) -> None:
        self._stop_waiting()
        self._end_answer()
        for card in self._cards.values():
            if card.state != "over":
                card.state, card.outcome = "over", "cancelled"
                self._touch(card)
        self._cards = {}
        self._calls = None
        seconds = max(0.0, (event.at - self._turn.at).total_seconds())
        end = End(f"end-{event.turn}", self._turn.id, event.outcome, event.error, event.usage, event.steps, seconds)
        self._add(end)

    # -- tools ------------------------------------------------------------------------------------

    @take.register
    def _(self, event: events.ToolRequested) -> None:
        self._end_answer()
        if self._calls is None:
            self._calls = Calls(self._new_id(), self._turn.id)
            self._add(self._calls)
        call = event.call
        card = Card(self._new_id(), self._calls.id, call, event.server, event.title, call.arguments)
        self._cards[call.id] = card
        self._calls.pieces.append(card)
        self._touch(card)

    @take.register
    def _(self, event: events.ApprovalAsked) -> None:
        for call in event.calls:
            card = self._cards.get(call.id)
            if card is not None:
                card.state = "asking"
                self._touch(card)

    @take.register
    def _(self, event: events.ApprovalGiven) -> None:
        card = self._cards.get(event.call_id)
        if card is not None:
            card.decision = event
            card.state = "waiting" if card.state == "asking" else card.state
            self._touch(card)

    @take.register
    def _(self, event: events.ToolStarted) -> None:
        card = self._cards.get(event.call_id)
        if card is not None:
            card.state, card.started, card.arguments = "running", event.at, event.arguments
            self._touch(card)

    @take.register
    def _(self, event: events.ToolProgress) -> None:
        card = self._cards.get(event.call_id)
        if card is not None:
            card.done, card.total, card.message = event.done, event.total, event.message or ""
            self._touch(card)

    @take.register
    def _(self, event: events.ToolFinished) -> None:
        card = self._cards.get(event.call_id)
        if card is not None:
            card.state, card.outcome = "over", event.outcome
            card.result, card.milliseconds = event.result, event.milliseconds
            card.server = card.server or event.result.source.partition("/")[0]
            self._touch(card)

    # -- around the turn --------------------------------------------------------------------------

    @take.register
    def _(
        self,
        event: events.ElicitationAsked
        | events.ElicitationAnswered
        | events.ContextCompacted
        | events.ContextRestored
        | events.ContextRecalled
        | events.MessagePinned
        | events.ConnectionChanged
        | events.DefinitionChanged
        | events.MemoryChanged
        | events.Notice,
    ) -> None:
        self._note(event)

    @take.register
    def _(self, event: events.ContextMeasured | events.ResourceChanged | events.Frame) -> None:
        """Shown beside the conversation: by the meter, the console, the inspector."""

    # -- inside -----------------------------------------------------------------------------------

    @property
    def _turn(self) -> Turn:
        return self.turns[-1]

    def _new_id(self) -> str:
        self._count += 1
        return f"{self._turn.id}-{self._count}"

    def _note(self, event: events.Event) -> None:
        if self.turns:
            self._add(Note(self._new_id(), self._turn.id, event))

    def _add(self, piece: Piece) -> None:
        self._turn.pieces.append(piece)
        self._touch(piece)

    def _touch(self, piece: Piece) -> None:
        self._changed.setdefault(piece.id, piece)

    def _current_answer(self) -> Answer:
        if self._answer is None:
            self._answer = Answer(self._new_id(), self._turn.id)
            self._add(self._answer)
        return self._answer

    def _end_answer(self) -> None:
        """What was streamed is complete."""
        if self._thought is not None:
            self._thought.over = True
            self._touch(self._thought)
        answer, block = self._answer, self._open
        self._answer = self._open = self._thought = None
        if answer is None or block is None:
            return
        texts = blocks_of(block.text)
        block.text, block.open = texts[0] if texts else "", False
        self._touch(block)
        for text in texts[1:]:
            another = Block(self._new_id(), answer.id, text)
            answer.pieces.append(another)
            self._touch(another)

    def _stop_waiting(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._turn.pieces.remove(waiting)
            waiting.gone = True
            self._touch(waiting)
