"""Compacting: what a model sees of a conversation that has outgrown its budget. A pure function; nothing is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, islice

from deskhand.context.digest import HEADER, Item, item_of, ranked, rendered
from deskhand.context.message import Message
from deskhand.context.picking import Picking, Task
from deskhand.context.receipt import Kept, Receipt, Repeat, digest_message
from deskhand.context.shorten import Where, calls_of, shortened
from deskhand.context.tokens import TokenMeter

LEAST_DIGEST = 60
"""Tokens below which a digest is mostly its own heading."""


@dataclass(frozen=True, slots=True)
class Compaction:
    """The new view, its receipt, and what its digest quotes."""

    messages: list[Message]
    receipt: Receipt
    items: tuple[Item, ...] = ()

    @property
    def helps(self) -> bool:
        """Whether the view got shorter."""
        return self.receipt.tokens_after < self.receipt.tokens_before


def view(messages: Sequence[Message], receipt: Receipt | None, where: Where) -> list[Message]:
    """What a model sees: the messages that did not move out, with the digest after the first system messages."""
    if receipt is None:
        return list(messages)
    short, calls = set(receipt.shortened), calls_of(messages)
    shown = [shortened(message, calls, where) if message.id in short else message for message in messages]
    digest = digest_message(receipt)
    if digest is not None:
        leading = next((at for at, message in enumerate(shown) if message.role != "system"), len(shown))
        shown.insert(leading, digest)
    return shown


def compact(
    messages: Sequence[Message],
    task: Task,
    meter: TokenMeter,
    *,
    digested: Sequence[Message] = (),
    before: Receipt | None = None,
) -> Compaction:
    """Bring the messages in view down to the target, or as near to it as what must stay allows.

    Args:
        messages: those in view, whole, without the digest.
        task: the budget and how it is shared out.
        meter: counts tokens.
        digested: the messages that the digest in force tells of; they compete again.
        before: the receipt in force.

    Raises:
        LimitExceeded: the system messages, the pinned ones and the last request alone exceed the budget.
    """
    picking = Picking(messages, task, meter)
    picking.choose()
    items = _items(picking, digested)
    order = ranked(items, task.budget - picking.tokens)
    told = _told(picking, items, order)
    picking.fill(_cost(picking, [items[one] for one in told]))
    kept = {message.id for unit in picking.kept for message in picking.of(unit)}
    told, others = ([one for one in some if items[one].message.id not in kept] for some in (told, order[len(told) :]))
    tokens_before = meter.total(view(messages, before, task.where))
    most = min(task.budget, tokens_before)  # what is compacted early or twice must not get longer
    while True:
        made = _made(picking, items, told, others)
        if made.receipt.tokens_after <= most or not told:
            return replace(made, receipt=made.receipt.model_copy(update={"tokens_before": tokens_before}))
        others.insert(0, told.pop())  # lines together take a little more than each alone


def summarised(compaction: Compaction, summary: str, meter: TokenMeter) -> Compaction:
    """The compaction with a model's summary, which was accepted, in place of the digest that quotes."""
    old = digest_message(compaction.receipt)
    receipt = compaction.receipt.model_copy(update={"digest": f"{HEADER}\n{summary}", "by": "summary"})
    new = digest_message(receipt)
    if old is None or new is None:
        return compaction
    messages = [new if message.id == old.id else message for message in compaction.messages]
    tokens = meter.total(messages)
    return Compaction(messages, receipt.model_copy(update={"tokens_after": tokens}), compaction.items)


def _items(picking: Picking, digested: Sequence[Message]) -> list[Item]:
    """What a digest could tell: of what leaves now, and what the last one told, in order of time."""
    gone = [message for unit in picking.leaving() if unit not in picking.same for message in picking.of(unit)]
    calls = calls_of([*digested, *picking.messages])
    told = sorted([*digested, *gone], key=lambda message: message.metadata.timestamp)  # some stayed longer than others
    return [item for message in told if (item := item_of(message, calls)) is not None]


def _told(picking: Picking, items: Sequence[Item], order: Sequence[int]) -> list[int]:
    """Those of the first in `order` that the digest has room for."""
    task = picking.task
    free = task.budget - picking.tokens
    room = min(task.target * task.shape.digest, max(task.target - picking.tokens, free / 4))
    if room < LEAST_DIGEST:
        return []
    costs = accumulate((picking.meter.scaled(items[one].tokens) for one in order), initial=_cost(picking, ()))
    return [one for one, cost in zip(order, islice(costs, 1, None), strict=True) if cost <= room]


def _cost(picking: Picking, items: Sequence[Item]) -> int:
    """Tokens of a digest of these, about."""
    return picking.meter.scaled(sum(item.tokens for item in items)) + picking.meter.text(HEADER)


def _made(picking: Picking, items: Sequence[Item], told: Sequence[int], others: Sequence[int]) -> Compaction:
    task = picking.task
    quoted = tuple(items[one] for one in sorted(told))
    leaving = picking.leaving()
    kept = [
        Kept(id=message.id, why=picking.kept[unit]) for unit in sorted(picking.kept) for message in picking.of(unit)
    ]
    stays = {one.id for one in kept}
    receipt = Receipt(
        number=task.number,
        at=task.now,
        budget=task.budget,
        trigger=task.trigger,
        base=task.base,
        tokens_before=0,
        tokens_after=0,
        kept=tuple(kept),
        shortened=tuple(picking.shortened_ids()),
        moved_out=tuple(message.id for unit in leaving for message in picking.of(unit)),
        repeats=tuple(_repeats(picking, {unit: picking.same[unit] for unit in leaving if unit in picking.same})),
        digested=tuple(item.message.id for item in quoted),
        next=tuple(items[one].message.id for one in others),
        digest=rendered(quoted, HEADER),
        note=" ".join(picking.notes),
    )
    messages = view([message for message in picking.messages if message.id in stays], receipt, task.where)
    tokens = picking.meter.total(messages)
    return Compaction(messages, receipt.model_copy(update={"tokens_after": tokens}), quoted)


def _repeats(picking: Picking, same: Mapping[int, int]) -> list[Repeat]:
    return [
        Repeat(id=gone.id, of=stays.id)
        for unit, other in same.items()
        for gone, stays in zip(picking.of(unit), picking.of(other), strict=True)
    ]
