"""A conversation that stays within a budget, in plain Python: everything in memory, no database, no server.

dialogue = Dialogue(budget=8_000)
dialogue.add(user("From now on, prices in euros."), …)
shown = await dialogue.messages()     # what to send to a model; compacted when needed
dialogue.receipts[-1].moved_out       # what is no longer shown
dialogue.undo()                       # and shown again
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from deskhand.context.keeping import last_request
from deskhand.context.message import Message, ToolResult
from deskhand.context.message_index import MessageHit, MessageIndex, entries_of, texts_of
from deskhand.context.recall import near, recall, weighed
from deskhand.context.receipt import Receipt
from deskhand.context.shape import ONE_ANSWER, Shape
from deskhand.context.shorten import Where
from deskhand.context.tokens import TokenMeter
from deskhand.context.window import Window, placed
from deskhand.errors import InvalidInput, NotFound
from deskhand.retrieval.embedder import Embedder
from deskhand.retrieval.index import Index

_HITS = 200


def by_id(message: Message, _result: ToolResult) -> str:
    """Names a message by its id, for `Dialogue.message`."""
    return f"message {message.id}"


def _now() -> datetime:
    return datetime.now(UTC)


class Dialogue:
    """All messages of one conversation, and the view of them that fits a budget.

    Args:
        budget: tokens the view may take.
        embedder: finds by meaning, too, what a question needs; without one, by words.
        shape: how the budget is shared out; all of it is used.
        where: tells the model where the whole of a shortened tool result is.
        meter: counts tokens; calibrate it with what your provider reports.
        now: for the times of receipts.

    Raises:
        InvalidInput: the budget is not positive.
    """

    def __init__(
        self,
        budget: int,
        *,
        embedder: Embedder | None = None,
        shape: Shape = ONE_ANSWER,
        where: Where = by_id,
        meter: TokenMeter | None = None,
        now: Callable[[], datetime] = _now,
    ) -> None:
        if budget < 1:
            raise InvalidInput(f"The budget is a number of tokens, from 1; {budget} is none.")
        self.budget = budget
        self.every: list[Message] = []
        """All messages, in order, whole."""
        self._window = Window((), (), where, meter=meter, shape=shape)
        self._last = 0
        self._index = Index(embedder)
        self._found = MessageIndex.of(())
        self._indexed = 0
        self._positions: dict[str, int] = {}
        self._now = now

    @property
    def receipts(self) -> Sequence[Receipt]:
        """The compactions in force, in order."""
        return tuple(self._window.receipts)

    def add(self, *messages: Message) -> None:
        """Add messages to the end.

        Raises:
            InvalidInput: an id is there already.
        """
        ids = [message.id for message in messages]
        known = next((name for at, name in enumerate(ids) if name in self._positions or name in ids[:at]), None)
        if known is not None:
            raise InvalidInput(f"There is a message {known!r} already: each needs an id of its own. Nothing was added.")
        for message in messages:
            self.every.append(message)
            self._positions[message.id] = len(self.every)
            self._window.messages.append(message)

    def message(self, message_id: str) -> Message | None:
        """A message by its id, in view or not."""
        position = self._positions.get(message_id)
        return self.every[position - 1] if position else None

    async def messages(self, query: str = "") -> list[Message]:
        """What a model should see now, within the budget.

        Compacts when most of the budget is used. What bears on `query` comes back before the last request; without
        one, what bears on that request.

        Raises:
            LimitExceeded: system messages, pinned ones and the last request alone exceed the budget.
        """
        if self._window.is_due(self.budget):
            self.compact()
        shown = self._window.shown()
        room = self._window.room(self.budget)
        if not self._window.receipts or not room:
            return shown
        in_full = {self._positions[name] for name in self._window.in_full()}
        hits = await self.search(query or self._request(), limit=_HITS, skip=in_full)
        hits = hits if query else near(hits)
        away = {at: message for at, message in enumerate(self.every, 1) if at not in in_full}
        receipt = self._window.receipts[-1]
        more = [self._positions[name] for name in receipt.next]
        found = recall(
            weighed(hits, away),
            away,
            room,
            self._window.meter,
            more=more,
            shown=shown,
        )
        return placed(shown, found)

    def compact(self) -> Receipt | None:
        """Compact now; None when that would make nothing shorter.

        Raises:
            LimitExceeded: system messages, pinned ones and the last request alone exceed the budget.
        """
        before = self._window.receipt
        digested = [self.every[self._positions[name] - 1] for name in (before.digested if before else ())]
        done = self._window.compact(self.budget, number=self._last + 1, now=self._now(), digested=digested)
        if not done.helps:
            return None
        self._last += 1
        return done.receipt

    def undo(self, number: int | None = None) -> None:
        """Take back the last compaction, or the one of this number and those after it.

        The next one then waits until the budget is used up.

        Raises:
            NotFound: nothing was compacted, or not as often.
        """
        numbers = [receipt.number for receipt in self._window.receipts]
        wanted = numbers[-1] if number is None and numbers else number
        if wanted not in numbers:
            which = "no compaction" if wanted is None else f"no compaction {wanted}"
            raise NotFound(f"There is {which} to take back; in force are: {numbers or 'none'}.")
        self._window = self._window.before(wanted, self.every)

    async def search(self, query: str, *, limit: int = 20, skip: Sequence[int] | set[int] = ()) -> list[MessageHit]:
        """The messages that answer, best first; their `position` counts from 1."""
        await self._catch_up()
        return self._found.search(await self._index.query(query), limit=limit, skip=skip)

    async def _catch_up(self) -> None:
        fresh = dict(enumerate(self.every[self._indexed :], self._indexed + 1))
        texts = {key: text for position, message in fresh.items() for key, text in texts_of(position, message).items()}
        vectors = await self._index.stored(list(texts.values()), patience=None)
        known = {key: vector for key, vector in zip(texts, vectors, strict=True) if vector}
        entries = [entry for position, message in fresh.items() for entry in entries_of(position, message, known)]
        self._found = self._found.with_entries(entries)
        self._indexed = len(self.every)

    def _request(self) -> str:
        return "\n".join(self._window.messages[at].text for at in last_request(self._window.messages)[-1:])
