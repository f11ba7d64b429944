"""What a model sees of one conversation, within a budget: the messages in view and the compactions in force."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from deskhand.context.compaction import Compaction, compact, view
from deskhand.context.keeping import last_request
from deskhand.context.message import Message
from deskhand.context.picking import Task
from deskhand.context.recall import Recalled
from deskhand.context.receipt import Receipt, Trigger, is_digest, moved_out
from deskhand.context.shape import DEFAULT, Shape
from deskhand.context.shorten import Where
from deskhand.context.tokens import TokenMeter


class Window:
    """The view of one conversation. Pure bookkeeping: who owns the messages keeps them, and the receipts.

    Args:
        messages: those in view, whole and in order.
        receipts: the compactions in force, in order.
        where: says where the whole of a shortened tool result can be read.
        meter: counts tokens, and remembers them by message id.
        shape: how a budget is shared out.
    """

    def __init__(
        self,
        messages: Iterable[Message],
        receipts: Iterable[Receipt],
        where: Where,
        *,
        meter: TokenMeter | None = None,
        shape: Shape = DEFAULT,
    ) -> None:
        self.messages = list(messages)
        self.receipts = list(receipts)
        self.meter = meter or TokenMeter()
        self.shape = shape
        self.where = where

    @property
    def receipt(self) -> Receipt | None:
        """The last compaction in force."""
        return self.receipts[-1] if self.receipts else None

    def shown(self) -> list[Message]:
        """What the model sees."""
        return view(self.messages, self.receipt, self.where)

    def in_full(self) -> set[str]:
        """Ids of the messages the model sees whole: those in view but for the ones in short, which may be recalled."""
        short = self.receipt.shortened if self.receipt else ()
        return {message.id for message in self.messages} - set(short)

    def tokens(self) -> int:
        """What that takes."""
        return self.meter.total(self.shown())

    def is_due(self, budget: int) -> bool:
        """Whether so much of the budget is used that compacting is due."""
        return self.tokens() > budget * self.shape.trigger

    def compact(
        self, budget: int, *, number: int, now: datetime, trigger: Trigger = "budget", digested: Sequence[Message] = ()
    ) -> Compaction:
        """Compact now; the new view is in force when this returns.

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
        done = compact(self.messages, task, self.meter, digested=digested, before=self.receipt)
        gone = set(done.receipt.moved_out)
        self.meter.forget(message for message in self.messages if message.id in gone)
        self.messages = [message for message in self.messages if message.id not in gone]
        self.receipts.append(done.receipt)
        return done

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
        return Window(
            (message for message in every if message.id not in gone),
            left,
            self.where,
            meter=self.meter,
            shape=self.shape,
        )


def placed(shown: Sequence[Message], recalled: Recalled | None) -> list[Message]:
    """What the model sees, with what came back right before the last request: all before it stays as it was."""
    if recalled is None:
        return list(shown)
    at = (last_request(shown) or [len(shown)])[0]
    if at < len(shown) and is_digest(shown[at]):  # of the user's role, too, when the request follows it
        at += 1
    return [*shown[:at], recalled.message, *shown[at:]]
