"""What a model sees of one conversation, within a budget: the messages in view and the compactions in force."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from deskhand.context.compaction import Compaction, compact, view
from deskhand.context.keeping import last_request
from deskhand.context.message import Message
from deskhand.context.picking import Task
from deskhand.context.recall import Recalled
from deskhand.context.receipt import Receipt, Trigger, is_digest, moved_out
from deskhand.context.shape import DEFAULT, Shape
from deskhand.context.shorten import Where
from deskhand.context.tokens import TokenMeter, same

LEAST_GAIN = 0.15
"""Of the budget: a compaction that leaves less than this before the next one would only make a provider forget what it
keeps of the beginning, turn after turn. Then the next one waits until the budget is used up."""


class Window:
    """The view of one conversation. Pure bookkeeping: who owns the messages keeps them, and the receipts.

    Args:
        messages: those in view, whole and in order.
        receipts: the compactions in force, in order.
        where: says where the whole of a shortened tool result can be read.
        meter: counts tokens, and remembers them by message id.
        shape: how a budget is shared out.
        seen: how the model is shown a message, where that is not as it was written; give it to the meter too.
    """

    def __init__(
        self,
        messages: Iterable[Message],
        receipts: Iterable[Receipt],
        where: Where,
        *,
        meter: TokenMeter | None = None,
        shape: Shape = DEFAULT,
        seen: Callable[[Message], Message] = same,
    ) -> None:
        self.messages = list(messages)
        self.receipts = list(receipts)
        self.meter = meter or TokenMeter(seen)
        self.shape = shape
        self.where = where
        self.patient = False
        """Whether the next compaction waits until the budget is used up: after an undo, or when the last one gained
        little."""
        self._seen = seen
        self._shown: dict[str, Message] = {}
        self._view: tuple[object, list[Message], int] | None = None
        self._tried: object = None

    @property
    def receipt(self) -> Receipt | None:
        """The last compaction in force."""
        return self.receipts[-1] if self.receipts else None

    def shown(self) -> list[Message]:
        """What the model sees; the same objects for as long as they are the same."""
        raw, _ = self._current()
        self._shown = {message.id: self._shown.get(message.id) or self._seen(message) for message in raw}
        return list(self._shown.values())

    def in_full(self) -> set[str]:
        """Ids of the messages the model sees whole: those in view but for the ones in short, which may be recalled."""
        short = self.receipt.shortened if self.receipt else ()
        return {message.id for message in self.messages} - set(short)

    def tokens(self) -> int:
        """What that takes."""
        return self.meter.scaled(self._current()[1])

    def is_due(self, budget: int) -> bool:
        """Whether so much of the budget is used that compacting is due, and there is something new to compact."""
        most = budget if self.patient else budget * self.shape.trigger
        return self.tokens() > most and self._tried != self._key()

    def compact(
        self, budget: int, *, number: int, now: datetime, trigger: Trigger = "budget", digested: Sequence[Message] = ()
    ) -> Compaction:
        """Compact now. The new view is in force when this returns, unless it would be no shorter.

        Args:
            budget: tokens.
            number: of the receipt.
            now: when this happens.
            trigger: what asked for it.
            digested: the messages the digest in force tells of (`Receipt.digested`), whole.

        Raises:
            LimitExceeded: what must stay alone exceeds the budget; nothing is changed.
        """
        base = self.receipt.number if self.receipt else 0
        task = Task(budget, now, self.where, number=number, base=base, trigger=trigger, shape=self.shape)
        self._tried = self._key()
        done = compact(self.messages, task, self.meter, digested=digested, before=self.receipt)
        if done.helps:
            self.apply(done.receipt)
        else:
            self.gave_up()
        return done

    def gave_up(self) -> None:
        """A compaction of these messages gained nothing: the next one waits for more of them."""
        self._tried = self._key()
        self.patient = True

    def apply(self, receipt: Receipt) -> None:
        """Let a compaction of these messages be in force."""
        gone = set(receipt.moved_out)
        self.meter.forget(message for message in self.messages if message.id in gone)
        self.messages = [message for message in self.messages if message.id not in gone]
        self.receipts.append(receipt)
        self._tried = None
        self.patient = receipt.tokens_after > receipt.budget * (self.shape.trigger - LEAST_GAIN)

    def room(self, budget: int, *, used: int | None = None) -> int:
        """Tokens that may come back for a question."""
        return max(0, round((budget - (self.tokens() if used is None else used)) * self.shape.recalled))

    def before(self, number: int, every: Iterable[Message]) -> "Window":
        """The window as it would be without the receipt of this number and those after it.

        Args:
            number: of the first receipt to take back.
            every: all messages of the conversation, in order.
        """
        left = [receipt for receipt in self.receipts if receipt.number < number]
        gone = moved_out(left)
        before = self.with_messages((message for message in every if message.id not in gone), left)
        before.patient = True
        return before

    def with_messages(self, messages: Iterable[Message], receipts: Iterable[Receipt]) -> "Window":
        """Another window, over these messages, that sees, counts and shares out as this one does."""
        return Window(messages, receipts, self.where, meter=self.meter, shape=self.shape, seen=self._seen)

    def _current(self) -> tuple[list[Message], int]:
        """The view as it was written, and its estimate; made once for as long as nothing changes."""
        key = self._key()
        if self._view is None or self._view[0] != key:
            raw = view(self.messages, self.receipt, self.where)
            self._view = (key, raw, self.meter.estimated(raw))
        return self._view[1], self._view[2]

    def _key(self) -> object:
        """What the view depends on: messages only come at the end, and only a compaction lets any go."""
        receipt, last = self.receipt, self.messages[-1].id if self.messages else ""
        return (len(self.messages), last, receipt.number if receipt else 0, receipt.digest if receipt else "")


def placed(shown: Sequence[Message], recalled: Recalled | None) -> list[Message]:
    """What the model sees, with what came back right before the last request: all before it stays as it was."""
    if recalled is None:
        return list(shown)
    at = (last_request(shown) or [len(shown)])[0]
    if at < len(shown) and is_digest(shown[at]):  # of the user's role, too, when the request follows it
        at += 1
    return [*shown[:at], recalled.message, *shown[at:]]
