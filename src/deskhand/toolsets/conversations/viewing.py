"""The view of one conversation within a budget: compacted when that is due, with what a question brings back."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from deskhand.context.keeping import last_request
from deskhand.context.message import Message, ToolResult
from deskhand.context.message_index import MessageHit
from deskhand.context.recall import Recalled, recall, weighed
from deskhand.context.receipt import Receipt
from deskhand.context.shape import ONE_ANSWER
from deskhand.context.shorten import original_id
from deskhand.context.tokens import TokenMeter, estimate
from deskhand.context.window import Window, placed
from deskhand.toolsets.conversations.archive import Read
from deskhand.toolsets.conversations.counting import counted
from deskhand.toolsets.conversations.dialect import asides, plain, show_messages
from deskhand.toolsets.conversations.results import Compacted, ShortReceipt, folded, message_uri, receipt_uri
from deskhand.toolsets.conversations.wire import Raw


@dataclass(frozen=True, slots=True)
class Stored:
    """A conversation as the store has it."""

    id: str
    reads: Sequence[Read]
    receipt: Receipt | None = None
    """The last that counts. It says of every message it met whether that stayed."""
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
        last = self.stored.receipt
        in_force = last if last and last.budget == self.budget else None
        messages = _left(self.stored.reads, in_force)
        self.window = Window(
            messages, [in_force] if in_force else [], self._where, meter=TokenMeter(counted), shape=ONE_ANSWER
        )
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
        done = self.window.compact(self.budget, number=number, now=now, digested=digested)
        self.made = done.receipt if done.helps else None

    def back_in_view(self) -> list[str]:
        """Ids of the messages that an earlier compaction moved out and this one shows again."""
        kept = {message.id for message in self.window.messages}
        return [read.message.id for read in self.stored.reads if read.moved_out and read.message.id in kept]

    def question(self) -> str:
        """What to look for when nobody says: the last request, also while tools are called for it."""
        messages = [read.message for read in self.stored.reads]
        return "\n".join(messages[at].text for at in last_request(messages))

    def ends_with_request(self) -> bool:
        """Whether it is the model's turn to answer the user."""
        return bool(self.stored.reads) and self.stored.reads[-1].message.role == "user"

    def in_full(self) -> set[int]:
        """Positions of the messages in view that are not in short."""
        kept = self.window.in_full()
        return {read.position for read in self.stored.reads if read.message.id in kept}

    def recall(self, hits: Sequence[MessageHit]) -> None:
        """Bring back what was found, and, with room left, what the digest would have told of next."""
        positions = {read.message.id: read.position for read in self.stored.reads}
        in_force, in_full = self.window.receipt, self.in_full()
        away = {read.position: read.message for read in self.stored.reads if read.position not in in_full}
        self.recalled = recall(
            weighed(hits, away),
            away,
            self.window.room(self.budget),
            self.window.meter,
            more=[positions[id] for id in (in_force.next if in_force else ()) if id in positions],
            shown=self.window.shown(),
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


def _left(reads: Sequence[Read], receipt: Receipt | None) -> list[Message]:
    """What a receipt left in view, and what was said since."""
    if receipt is None:
        return [read.message for read in reads]
    kept = {each.id for each in receipt.kept}
    met = kept.union(receipt.moved_out)
    known = max((read.position for read in reads if read.message.id in met), default=0)
    return [read.message for read in reads if read.message.id in kept or read.position > known]


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
