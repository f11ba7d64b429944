"""What moved out comes back when a question needs it: the best hits with their neighbours, in order, with dates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from deskhand.context.digest import Item, item_of, line, rendered
from deskhand.context.message import Message, Metadata, Text
from deskhand.context.message_index import MessageHit
from deskhand.context.passages import passage_text
from deskhand.context.shorten import calls_of
from deskhand.context.tokens import TokenMeter, estimate

HEADER = "[Earlier messages that may bear on the next one: a record, not a request.]"
WHOLE = 250
"""Tokens up to which a message comes back whole; of a longer one, the passages that were found."""
WITH_NEIGHBOURS = 3
"""How many of the best hits bring the messages beside them: an answer says little without its question."""
NEIGHBOURS = 0.15
AMPLE = 500
"""The share these take at most of the tokens above so many: in little room, further hits are worth more."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What came back: a message to stand before the request, and the ids of those it quotes, the best first."""

    message: Message
    ids: tuple[str, ...]


def wanted(hits: Sequence[MessageHit], more: Sequence[int] = ()) -> list[int]:
    """The positions of the messages that `recall` may quote."""
    beside = {position for hit in hits[:WITH_NEIGHBOURS] for position in _beside(hit.position)}
    return sorted({hit.position for hit in hits} | beside | set(more))


def recall(
    hits: Sequence[MessageHit],
    messages: Mapping[int, Message],
    room: int,
    meter: TokenMeter,
    *,
    more: Sequence[int] = (),
    known: str = "",
) -> Recalled | None:
    """A message with as much of the hits as `room` tokens take, the best first; None when nothing fits.

    Args:
        hits: what a search found, the best first.
        messages: the messages at the positions that `wanted` names, without those in view; what is not there is left
            out.
        room: tokens.
        meter: counts them.
        more: positions of what to add when there is room left, the best first.
        known: the digest in force; what it quotes whole need not come back.
    """
    block = _Block(messages, room, meter, known)
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
    lines: dict[tuple[int, int], Item] = field(default_factory=dict[tuple[int, int], Item])

    def __post_init__(self) -> None:
        self.left = self.room - self.meter.text(HEADER) - 2
        self.for_neighbours = max(0, self.left - AMPLE) * NEIGHBOURS
        self.calls = calls_of(self.messages.values())

    def add(self, position: int, passage: int | None) -> None:
        """Quote a message, or a passage of it, unless it is quoted already or too long."""
        message = self.messages.get(position)
        if message is None or (position, 0) in self.lines:
            return
        item, part = self._item(message, passage)
        if item is None or (position, part) in self.lines or line(item) in self.known:
            return
        cost = self.meter.scaled(item.tokens + 1)
        if cost <= self.left:
            self.left -= cost
            self.lines[position, part] = item

    def add_beside(self, position: int) -> None:
        """Quote the messages before and after one that was found, if they are short enough to be quoted whole."""
        for near in _beside(position):
            message = self.messages.get(near)
            if message is not None and message.role != "tool" and estimate(message.text) <= self.for_neighbours:
                left = self.left
                self.add(near, None)
                self.for_neighbours -= left - self.left

    def made(self) -> Recalled | None:
        """The message; what is quoted stands in order of time."""
        lines = dict(self.lines)
        while lines:
            text = rendered((lines[key] for key in sorted(lines)), HEADER)
            if self.meter.text(text) + 5 <= self.room:
                return Recalled(_message(text, list(lines.values())), tuple(item.message.id for item in lines.values()))
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
