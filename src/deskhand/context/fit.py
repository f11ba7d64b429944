"""What the model sees, when the conversation has outgrown its window. Nothing is lost: the store keeps every message.

First old tool results shrink to their beginning and a handle, then the oldest turns move out; a tool call and its
results always stay or go together, because providers refuse one without the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deskhand.context.message import Image, Message, Text, ToolResult
from deskhand.context.tokens import TokenMeter

TARGET = 0.75
"""Share of the budget to come down to, so that not every step shortens again and the provider's cache stays warm."""

KEPT_CHARACTERS = 400
"""How much of a shortened tool result stays."""

_SHORT = "~short"


@dataclass(frozen=True, slots=True)
class Fitted:
    """What the model sees now, and what was done to get there."""

    messages: list[Message]
    tokens_before: int
    tokens: int
    results_shortened: int = 0
    moved_out: tuple[str, ...] = ()
    """Ids of the messages that left, as the store knows them."""

    @property
    def changed(self) -> bool:
        """Whether anything was shortened or moved out."""
        return bool(self.results_shortened or self.moved_out)


def fit(messages: Sequence[Message], budget: int, meter: TokenMeter) -> Fitted:
    """Bring `messages` within `budget` tokens, changing as little as possible.

    What the user said last, the last step and whatever is pinned or from the system stay. When even that is too much,
    `tokens` of the result exceeds the budget. What the user said before without an answer goes last: a message that
    was too long to be answered must not stand in the way of the next.
    """
    before = meter.total(messages)
    if before <= budget:
        return Fitted(list(messages), before, before)
    fitting = _Fitting(list(messages), before, round(budget * TARGET), meter)
    fitting.shorten(fitting.before_last_step())
    fitting.move_out(turns)
    fitting.move_out(steps)
    fitting.shorten(len(fitting.messages))
    fitting.move_out(steps, only_last=True)
    return Fitted(fitting.messages, before, fitting.tokens, fitting.shortened, tuple(fitting.moved))


def turns(messages: Sequence[Message]) -> list[range]:
    """The turns: each from a user message that follows something else, to before the next such message."""
    starts = [
        index
        for index, message in enumerate(messages)
        if index == 0 or (message.role == "user" and messages[index - 1].role != "user")
    ]
    return _ranges(starts, len(messages))


def steps(messages: Sequence[Message]) -> list[range]:
    """The steps: each message with the tool results that follow it."""
    return _ranges([index for index, message in enumerate(messages) if message.role != "tool"], len(messages))


def _ranges(starts: Sequence[int], end: int) -> list[range]:
    return [range(start, stop) for start, stop in zip(starts, [*starts[1:], end], strict=True)]


class _Fitting:
    """The messages while they are being fitted."""

    def __init__(self, messages: list[Message], tokens: int, target: int, meter: TokenMeter) -> None:
        self.messages = messages
        self.tokens = tokens
        self.shortened = 0
        self.moved: list[str] = []
        self._target = target
        self._meter = meter

    def before_last_step(self) -> int:
        groups = steps(self.messages)
        return groups[-1].start if groups else 0

    def shorten(self, end: int) -> None:
        """Shorten tool results before `end`, oldest first, until it fits."""
        for index in range(end):
            if self.tokens <= self._target:
                return
            message = self.messages[index]
            short = shortened(message)
            if short is not message:
                self.messages[index] = short
                self.shortened += 1
                self.tokens += self._meter.count(short) - self._meter.count(message)

    def move_out(self, grouping: Callable[[Sequence[Message]], list[range]], *, only_last: bool = False) -> None:
        """Move whole groups out, oldest first and never the last, until it fits.

        What the user said in the last turn stays; with `only_last`, its last message.
        """
        if not self.messages:
            return
        gone: set[int] = set()
        asked = self._asked()[-1:] if only_last else self._asked()
        for group in grouping(self.messages)[:-1]:
            if self.tokens <= self._target:
                break
            if group.start not in asked and not any(_stays(self.messages[index]) for index in group):
                gone.update(group)
                self.tokens -= self._meter.total(self.messages[index] for index in group)
        leaving = [self.messages[index] for index in sorted(gone)]
        self._meter.forget(leaving)
        self.moved.extend(message.id.removesuffix(_SHORT) for message in leaving)
        self.messages = [message for index, message in enumerate(self.messages) if index not in gone]

    def _asked(self) -> list[int]:
        """Where the user's messages of the last turn are."""
        return [index for index in turns(self.messages)[-1] if self.messages[index].role == "user"]


def _stays(message: Message) -> bool:
    return message.role == "system" or message.metadata.priority == "pinned"


def shortened(message: Message) -> Message:
    """The message with its long tool results cut to their beginning; itself when there is nothing to cut."""
    if message.role != "tool" or message.id.endswith(_SHORT):
        return message
    content = tuple(_short(block, message.id) if isinstance(block, ToolResult) else block for block in message.content)
    if content == message.content:
        return message
    return message.model_copy(update={"id": message.id + _SHORT, "content": content})


def _short(result: ToolResult, message_id: str) -> ToolResult:
    text = "\n".join(part.text if isinstance(part, Text) else "[a picture]" for part in result.content)
    if len(text) <= 2 * KEPT_CHARACTERS and not any(isinstance(part, Image) for part in result.content):
        return result
    handle = result.handle or output_handle(message_id)
    note = f"{text[:KEPT_CHARACTERS]}\n[Shortened to save space. The rest: read_output(handle={handle!r}).]"
    return result.model_copy(update={"content": (Text(text=note),), "handle": handle})


def output_handle(message_id: str) -> str:
    """The handle by which the model can read what a tool message carried: short enough to copy without a slip."""
    return message_id[:12]
