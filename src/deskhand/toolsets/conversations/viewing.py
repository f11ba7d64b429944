"""The view of one conversation within a budget: compacted when that is due, with what a question brings back."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from deskhand.context.message import Message, ToolResult
from deskhand.context.message_index import MessageHit
from deskhand.context.recall import Recalled, recall
from deskhand.context.receipt import Receipt, moved_out
from deskhand.context.shape import ONE_ANSWER
from deskhand.context.shorten import original_id
from deskhand.context.tokens import estimate
from deskhand.context.window import Window, placed
from deskhand.toolsets.conversations.archive import Read
from deskhand.toolsets.conversations.dialect import asides, plain, show_messages
from deskhand.toolsets.conversations.results import Compacted, ShortReceipt, folded, message_uri, receipt_uri
from deskhand.toolsets.conversations.wire import Raw


@dataclass(frozen=True, slots=True)
class Stored:
    """A conversation as the store has it."""

    id: str
    reads: Sequence[Read]
    receipts: Sequence[Receipt]
    """Those that count, in order."""
    next_number: int = 1


@dataclass(slots=True)
class View:
    """What a model is to see of a stored conversation within `budget` tokens."""

    stored: Stored
    budget: int
    window: Window = field(init=False)
    tokens_before: int = field(init=False)
    made: Receipt | None = None
    """The compaction that this view needed and the store does not have."""
    recalled: Recalled | None = None

    def __post_init__(self) -> None:
        """Go on from the compaction in force if it was for the same budget; else begin with all messages, so that what
        is shown depends on the conversation and the budget, not on who asked before."""
        stored = self.stored
        in_force = stored.receipts if stored.receipts and stored.receipts[-1].budget == self.budget else ()
        gone = moved_out(in_force)
        messages = (read.message for read in stored.reads if read.message.id not in gone)
        self.window = Window(messages, in_force, self._where, shape=ONE_ANSWER)
        self.tokens_before = self.window.tokens()

    def compact(self, now: datetime) -> None:
        """Compact if that is due.

        Raises:
            LimitExceeded: what must stay exceeds the budget.
        """
        if not self.window.is_due(self.budget):
            return
        before = self.window.receipt
        told = set(before.digested if before else ())
        digested = [read.message for read in self.stored.reads if read.message.id in told]
        number = self.stored.next_number
        made = self.window.compact(self.budget, number=number, now=now, digested=digested).receipt
        if made.moved_out or _looks(made) != _looks(before):
            self.made = made
        else:
            self.window.receipts.pop()  # what must stay is more than the target: there was nothing to do

    def back_in_view(self) -> list[str]:
        """Ids of the messages that an earlier compaction moved out and this one shows again."""
        kept = {message.id for message in self.window.messages}
        return [read.message.id for read in self.stored.reads if read.moved_out and read.message.id in kept]

    def question(self) -> str:
        """What to look for when nobody says: the last message, if the user wrote it."""
        last = self.stored.reads[-1].message if self.stored.reads else None
        return last.text if last is not None and last.role == "user" else ""

    def in_full(self) -> set[int]:
        """Positions of the messages in view that are not in short."""
        kept = self.window.in_full()
        return {read.position for read in self.stored.reads if read.message.id in kept}

    def recall(self, hits: Sequence[MessageHit]) -> None:
        """Bring back what was found, and, with room left, what the digest would have told of next."""
        positions = {read.message.id: read.position for read in self.stored.reads}
        in_force, in_full = self.window.receipt, self.in_full()
        self.recalled = recall(
            hits,
            {read.position: read.message for read in self.stored.reads if read.position not in in_full},
            self.window.room(self.budget),
            self.window.meter,
            more=[positions[id] for id in (in_force.next if in_force else ()) if id in positions],
            known=in_force.digest if in_force else "",
        )

    def messages(self) -> list[Message]:
        """What the model sees."""
        return placed(self.window.shown(), self.recalled)

    def tokens(self) -> int:
        """What that takes."""
        return self.window.meter.total(self.messages())

    def shown(self) -> list[Raw]:
        """The messages as the host sent them. The model's reasoning is shown where providers want it back, in the turn
        that goes on, and only if there is room."""
        sent = {read.message.id for read in self.stored.reads}
        messages = [each if original_id(each) in sent else plain(each) for each in self.messages()]
        start = next((at for at in range(len(messages), 0, -1) if messages[at - 1].role == "user"), 0)
        going_on = messages[start:]
        cost = sum(estimate(json.dumps(asides(message), ensure_ascii=False)) for message in going_on)
        has_room = cost + self.tokens() <= self.budget
        return show_messages(messages, reasoning={message.id for message in going_on} if has_room else ())

    def out_of_view(self) -> list[str]:
        """Ids of the messages that are not in view."""
        kept = {message.id for message in self.window.messages}
        return [read.message.id for read in self.stored.reads if read.message.id not in kept]

    def _where(self, message: Message, result: ToolResult) -> str:
        return message_uri(self.stored.id, message.id)


def _looks(receipt: Receipt | None) -> tuple[object, ...]:
    """What a receipt does to the messages that stay."""
    return (receipt.digest, receipt.shortened) if receipt else ("", ())


def compacted(view: View, note: str) -> Compacted:
    """The view as a tool answers it, with the receipt in force in short."""
    window, recalled = view.window, view.recalled
    in_force = window.receipt
    kept = [message.id for message in window.messages]
    why = Counter[str](each.why for each in (in_force.kept if in_force else ()) if each.id in set(kept))
    notes = [*([in_force.note] if in_force and view.made else []), note]
    return Compacted(
        messages=tuple(view.shown()),
        receipt=ShortReceipt(
            number=in_force.number if in_force else 0,
            uri=receipt_uri(view.stored.id, in_force.number) if in_force else None,
            tokens_before=view.tokens_before,
            tokens_after=view.tokens(),
            kept=tuple(folded(kept)),
            digested=in_force.digested if in_force else (),
            recalled=recalled.ids if recalled else (),
            moved_out=tuple(folded(view.out_of_view())),
            why=dict(why),
            note=" ".join(filter(None, notes)),
        ),
    )
