"""Our own ways to compact a dialogue: the digest alone, and with what comes back for a question."""

from dataclasses import dataclass, field

from bench.context_baselines import Answer, Returned
from bench.context_data import Dialogue
from bench.context_vectors import KeptVectors

from deskhand.context.message import Message, ToolResult
from deskhand.context.message_index import MessageIndex, texts_of
from deskhand.context.recall import Recalled, near, recall, weighed
from deskhand.context.receipt import Receipt
from deskhand.context.shape import ONE_ANSWER, Shape
from deskhand.context.window import Window, placed
from deskhand.retrieval.analysis import query_terms
from deskhand.retrieval.search import Query

LIMIT = 200
"""Hits looked at for a question."""


def digest_only(dialogue: Dialogue, budget: int) -> Answer:
    """Salience and MMR: all of the budget for a digest beside the last request; no rules, no last turns, no recall."""
    shape = Shape(target=1, recent=0, digest=1, instructions=0, fill=False)
    window = _compacted(dialogue, budget, shape)
    returned = _returned(window.shown(), (), window.receipts[0])
    return lambda _query: returned


@dataclass(frozen=True)
class Ours:
    """The product's way. Without vectors the search is by words only."""

    vectors: KeptVectors | None = None
    shape: Shape = ONE_ANSWER
    _indexes: dict[str, MessageIndex] = field(default_factory=dict[str, MessageIndex], repr=False)

    def __call__(self, dialogue: Dialogue, budget: int) -> Answer:
        """Compact once, then recall for each question."""
        return _Recalling(self, dialogue, _compacted(dialogue, budget, self.shape), budget).answer

    def index(self, dialogue: Dialogue) -> MessageIndex:
        """The dialogue as the log has it; made once."""
        if dialogue.name not in self._indexes:
            places = enumerate(dialogue.messages, 1)
            texts = {key: text for at, message in places for key, text in texts_of(at, message).items()}
            known = self.vectors.of_messages(texts) if self.vectors else None
            self._indexes[dialogue.name] = MessageIndex.of(dialogue.messages, known)
        return self._indexes[dialogue.name]

    def query(self, text: str) -> Query:
        """A question as the index takes it."""
        return self.vectors.query(text) if self.vectors else Query(query_terms(text))


@dataclass(frozen=True)
class _Recalling:
    """A dialogue that was compacted, waiting for questions."""

    ours: Ours
    dialogue: Dialogue
    window: Window
    budget: int

    def answer(self, query: str) -> Returned:
        found = self._recalled(query)
        shown = placed(self.window.shown(), found)
        return _returned(shown, found.ids if found else (), self.window.receipts[0])

    def _recalled(self, query: str) -> Recalled | None:
        receipt, last = self.window.receipts[0], self.dialogue.messages[-1]
        question = query or (last.text if last.role == "user" else "")
        at = {message.id: position for position, message in enumerate(self.dialogue.messages, 1)}
        in_full = {at[name] for name in self.window.in_full()}
        away = {place: message for place, message in enumerate(self.dialogue.messages, 1) if place not in in_full}
        index = self.ours.index(self.dialogue)
        hits = index.search(self.ours.query(question), limit=LIMIT, skip=in_full) if question else []
        hits = hits if query else near(hits)
        more = [at[name] for name in receipt.next]
        room = self.window.room(self.budget)
        return recall(weighed(hits, away), away, room, self.window.meter, more=more, shown=self.window.shown())


def _compacted(dialogue: Dialogue, budget: int, shape: Shape) -> Window:
    window = Window(dialogue.messages, (), _where, shape=shape)
    window.compact(budget, number=1, now=dialogue.messages[-1].metadata.timestamp)
    return window


def _where(message: Message, _result: ToolResult) -> str:
    return f"conversation://c/{message.id}"


def _returned(shown: list[Message], recalled: tuple[str, ...], receipt: Receipt) -> Returned:
    kept = (one.id for one in receipt.kept)
    return Returned(tuple(shown), frozenset((*recalled, *receipt.digested, *kept)))
