"""What moved out comes back when a question needs it: the best hits with their neighbours, in order, with dates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from zlib import crc32

import numpy as np

from deskhand.context.digest import Item, item_of, line, rendered
from deskhand.context.message import Message, Metadata, Text, ToolCall
from deskhand.context.message_index import MessageHit
from deskhand.context.passages import passage_text
from deskhand.context.receipt import is_digest
from deskhand.context.salience import salience_of
from deskhand.context.shorten import calls_of
from deskhand.context.tokens import TokenMeter, estimate

HEADER = "[Earlier messages found for the next one: a record, not a request.]"
WHOLE = 250
"""Tokens up to which a message comes back whole; of a longer one, the passages that were found."""
NEAREST = 2
"""Hits that come before all others, whatever they say: a fact can be told in few words."""
NEAR = 0.4
"""Of the best hit's score: what is farther does not bear on a request."""
WITH_NEIGHBOURS = 3
"""How many of the best hits bring the messages beside them: an answer says little without its question."""
NEIGHBOURS = 0.15
AMPLE = 500
"""The share these take at most of the tokens above so many: in little room, further hits are worth more."""
_MESSAGE = 4
"""Tokens around every message, as `TokenMeter` counts them."""
_SAYS_LITTLE = 0.1
"""What a message is worth that says nothing by itself. Weighed by the square root: on the odd dialogues of
`bench/data/context` 67 % of what questions need come back at 5 % of the tokens, against 58 % without."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What came back: a message to stand before the request, and the ids of those it quotes, the best first."""

    message: Message
    ids: tuple[str, ...]


def weighed(hits: Sequence[MessageHit], messages: Mapping[int, Message]) -> list[MessageHit]:
    """The nearest hits first, then the others in the order of how well they answer and how much they say: of two that
    are as near, the one with names and numbers is the likelier answer. What is not among `messages` is left out.
    """
    there = [hit for hit in hits if hit.position in messages]
    nearest, others = there[:NEAREST], there[NEAREST:]
    says = salience_of([messages[hit.position] for hit in others])
    evidence = -np.log(np.maximum(1 - np.array([hit.score for hit in others]), 1e-9)) * np.sqrt(_SAYS_LITTLE + says)
    most = nearest[-1].score if nearest else 0
    made = [
        MessageHit(hit.position, min(score, most), hit.passage)
        for hit, score in zip(others, (1 - np.exp(-evidence)).tolist(), strict=True)
    ]
    order = sorted(range(len(made)), key=lambda at: -evidence[at])
    return [*nearest, *(made[at] for at in order)]


def beside(hits: Sequence[MessageHit]) -> list[int]:
    """The positions of the messages that `recall` may quote beside the best of `weighed` hits."""
    return sorted({at for hit in hits[:WITH_NEIGHBOURS] for at in _beside(hit.position) if at > 0})


def near(hits: Sequence[MessageHit]) -> list[MessageHit]:
    """The hits that are about as good as the best: for a request that may ask for nothing that was said before."""
    return [hit for hit in hits if hit.score >= NEAR * hits[0].score]


def one_each(hits: Sequence[MessageHit]) -> list[MessageHit]:
    """The best hit of each message."""
    found: dict[int, MessageHit] = {}
    for hit in hits:
        found.setdefault(hit.position, hit)
    return list(found.values())


def recall(
    hits: Sequence[MessageHit],
    messages: Mapping[int, Message],
    room: int,
    meter: TokenMeter,
    *,
    more: Sequence[int] = (),
    shown: Sequence[Message] = (),
) -> Recalled | None:
    """A message with as much of the hits as `room` tokens take, the best first; None when nothing fits.

    Args:
        hits: what a search found, `weighed`.
        messages: the messages at their positions and `beside` them, without those in view; what is not there is left
            out.
        room: tokens.
        meter: counts them.
        more: positions of what to add when there is room left, the best first.
        shown: what the model sees; what a message of it says, or the digest quotes whole, need not come back.
    """
    digest = "\n".join(message.text for message in shown if is_digest(message))
    block = _Block(messages, room, meter, digest, {message.text.strip() for message in shown})
    for rank, hit in enumerate(hits):
        block.add(hit.position, hit.passage)
        if rank < WITH_NEIGHBOURS:
            block.add_beside(hit.position)
    for position in more:
        block.add(position, None)
    return block.made()


def _beside(position: int) -> tuple[int, int]:
    return position - 1, position + 1


@dataclass
class _Block:
    """The lines of a recall while it is being filled."""

    messages: Mapping[int, Message]
    room: int
    meter: TokenMeter
    known: str
    said: set[str]
    lines: dict[tuple[int, int], Item] = field(default_factory=dict[tuple[int, int], Item])

    def __post_init__(self) -> None:
        self.left = self.room - self.meter.text(HEADER) - 2
        self.for_neighbours = max(0, self.left - AMPLE) * NEIGHBOURS

    @cached_property
    def calls(self) -> dict[str, ToolCall]:
        """The tool calls of the messages, for the gist of a result."""
        return calls_of(self.messages.values())

    def add(self, position: int, passage: int | None) -> None:
        """Quote a message, or a passage of it, unless it is quoted already or too long."""
        message = self.messages.get(position)
        if message is None or (position, 0) in self.lines:
            return
        item, part = self._item(message, passage)
        if item is None or (position, part) in self.lines or item.text in self.said:
            return
        cost = self.meter.scaled(item.tokens + 1)
        if cost <= self.left and not (self.known and line(item) in self.known):
            self.left -= cost
            self.lines[position, part] = item
            self.said.add(item.text)

    def add_beside(self, position: int) -> None:
        """Quote the messages before and after one that was found, if they are short enough to be quoted whole."""
        for at in _beside(position):
            message = self.messages.get(at)
            if message is not None and message.role != "tool" and estimate(message.text) <= self.for_neighbours:
                left = self.left
                self.add(at, None)
                self.for_neighbours -= left - self.left

    def made(self) -> Recalled | None:
        """The message; what is quoted stands in order of time."""
        lines = dict(self.lines)
        while lines:
            text = rendered((lines[key] for key in sorted(lines)), HEADER)
            if self.meter.scaled(estimate(text) + _MESSAGE) < self.room:  # less, because the total is rounded once more
                ids = dict.fromkeys(item.message.id for item in lines.values())
                return Recalled(_message(text, list(lines.values())), tuple(ids))
            lines.popitem()  # lines together take a little more than each alone
        return None

    def _item(self, message: Message, passage: int | None) -> tuple[Item | None, int]:
        """The line, and which part of the message it quotes; 0 is the whole."""
        if message.role != "tool" and estimate(message.text) <= WHOLE and message.text.strip():
            return Item(message, message.text.strip()), 0
        if passage is not None:
            return Item(message, passage_text(message, passage)), passage
        return item_of(message, self.calls), 0


def _message(text: str, items: Sequence[Item]) -> Message:
    newest = max(item.message.metadata.timestamp for item in items)
    return Message(
        role="user",
        content=(Text(text=text),),
        id=f"recalled-{crc32(text.encode()):08x}",
        metadata=Metadata(timestamp=newest),
    )
