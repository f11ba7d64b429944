"""Choosing what stays in view: first what must, then the last turns, rules and what matters, then what fits beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from deskhand.context.keeping import last_request, reasons, unanswered
from deskhand.context.message import Message
from deskhand.context.receipt import Trigger, Why
from deskhand.context.repeats import repeats
from deskhand.context.shape import DEFAULT, Shape
from deskhand.context.shorten import Where, calls_of, shortened
from deskhand.context.tokens import TokenMeter
from deskhand.context.units import units
from deskhand.errors import LimitExceeded


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of a compaction. `budget` in tokens, as the meter counts them."""

    budget: int
    now: datetime
    where: Where
    """Where the whole of a shortened tool result can be read."""
    number: int = 1
    base: int = 0
    """The receipt that is in force, whose digest is replaced; 0 when there is none."""
    trigger: Trigger = "asked"
    shape: Shape = DEFAULT

    @property
    def target(self) -> int:
        """Tokens to come down to."""
        return round(self.budget * self.shape.target)

    @property
    def ceiling(self) -> int:
        """Tokens that what must stay may take beside the rest; a host would compact again above them."""
        return round(self.budget * min(self.shape.trigger, DEFAULT.trigger))


_NO_ROOM: dict[Why, str] = {
    "request": "Of several requests in a row, not all had room.",
    "open": "Not everything that is open had room.",
    "instruction": "Not all standing instructions had room.",
    "priority": "Not everything of high priority had room.",
}


class Picking:
    """The units of a conversation while it is decided which of them stay.

    Attributes:
        units: indexes of messages that stay or go together.
        kept: the units that stay so far, and why.
        short: those of them whose tool results are shown in short.
        same: the units that a later one repeats, and that one.
    """

    def __init__(self, messages: Sequence[Message], task: Task, meter: TokenMeter) -> None:
        self.messages = messages
        self.task = task
        self.meter = meter
        self.units = units(messages)
        self.kept: dict[int, Why] = {}
        self.short: set[int] = set()
        self.same = repeats(messages, self.units)
        self._estimated = 0
        self._why = reasons(messages, self.units)
        calls = calls_of(messages)
        self._in_short = [shortened(message, calls, task.where) for message in messages]
        request = last_request(messages)
        self._turn, self._last = (request[0], request[-1]) if request else (len(messages), len(messages))

    @property
    def tokens(self) -> int:
        """What the kept ones take."""
        return self.meter.scaled(self._estimated)

    @property
    def notes(self) -> list[str]:
        """What could not be done as it should, in sentences."""
        lacking = {self._why.get(unit) for unit in self.leaving() if unit not in self.same}
        return [note for why, note in _NO_ROOM.items() if why in lacking]

    def choose(self) -> None:
        """Choose all but what fits beside the digest.

        Raises:
            LimitExceeded: what must stay exceeds the budget.
        """
        self._musts()
        self._open()
        self._recent()
        self._instructions()
        self._important()

    def fill(self, beside: int) -> None:
        """Keep older turns before the recent ones, but for repeats and what is of low priority, as far as the target
        allows beside so many tokens."""
        most = self.task.target - beside if self.task.shape.fill else 0
        for unit in range(len(self.units) - 1, -1, -1):
            if unit not in self.same and not self._is_low(unit) and not self._add(unit, "recent", most):
                return

    def leaving(self) -> list[int]:
        """The units that move out."""
        return [unit for unit in range(len(self.units)) if unit not in self.kept]

    def of(self, unit: int) -> list[Message]:
        """The messages of a unit, whole."""
        return [self.messages[index] for index in self.units[unit]]

    def shortened_ids(self) -> list[str]:
        """The messages that stay in short."""
        indexes = (index for unit in sorted(self.short) for index in self.units[unit])
        return [self.messages[at].id for at in indexes if self._in_short[at] is not self.messages[at]]

    def _musts(self) -> None:
        for unit in [*self._with("system"), *self._with("pinned"), *self._with("request")]:
            self._keep(unit, self._why[unit], short=False)
        last = len(self.units) - 1
        if self.units and unanswered(self.of(last)) and not self._add(last, "open", self.task.ceiling, whole=True):
            self._keep(last, "open", short=True)  # the results to come would be refused without their calls
        for unit in self._with("request"):  # one too long to be answered must not stand in the way of the next
            if self.tokens > self.task.ceiling and self.units[unit].start != self._last:
                self._estimated -= self._estimate(unit, short=False)
                del self.kept[unit]
        if self.tokens > self.task.budget:
            pinned = ", or pin less" if self._with("pinned") else ""
            raise LimitExceeded(
                f"System messages, pinned messages and the last request alone take {self.tokens:,} tokens, and the "
                f"budget is {self.task.budget:,}. Give a larger budget{pinned}."
            )

    def _open(self) -> None:
        for unit in reversed(self._with("open")):
            self._add(unit, "open", self.task.ceiling, whole=True)

    def _recent(self) -> None:
        """What came since the last request, as far as the target allows, and the last turns up to their share."""
        least = round(self.task.target * self.task.shape.recent)
        most = round(self.task.target * (1 - self.task.shape.digest))
        used = 0
        for unit in range(len(self.units) - 1, -1, -1):
            current = self.units[unit].start >= self._turn
            if used >= (most if current else least):
                return
            limit = self.task.ceiling if used < least else self.task.target
            if not self._add(unit, "recent", limit, whole=current):
                return
            used += self._size(unit, short=unit in self.short)

    def _instructions(self) -> None:
        most = self.task.target * self.task.shape.instructions
        for unit in reversed(self._with("instruction")):
            size = self._size(unit, short=True)
            if unit in self.kept or unit in self.same:
                continue
            if size <= most and self._add(unit, "instruction", self.task.budget):
                most -= size  # a long text with a rule in it does not cost the short ones before it

    def _important(self) -> None:
        for unit in reversed(self._with("priority")):
            if unit not in self.same:
                self._add(unit, "priority", self.task.target)

    def _is_low(self, unit: int) -> bool:
        return all(message.metadata.priority == "low" for message in self.of(unit))

    def _with(self, why: Why) -> list[int]:
        return [unit for unit, reason in self._why.items() if reason == why]

    def _add(self, unit: int, why: Why, most: float, *, whole: bool = False) -> bool:
        """Keep a unit if all then takes `most` tokens or less, whole or in short; whether it is kept."""
        if unit in self.kept:
            return True
        for short in (False, True) if whole else (True,):
            if self.meter.scaled(self._estimated + self._estimate(unit, short=short)) <= most:
                self._keep(unit, why, short=short)
                return True
        return False

    def _keep(self, unit: int, why: Why, *, short: bool) -> None:
        self.kept[unit] = why
        self._estimated += self._estimate(unit, short=short)
        if short:
            self.short.add(unit)

    def _size(self, unit: int, *, short: bool) -> int:
        return self.meter.scaled(self._estimate(unit, short=short))

    def _estimate(self, unit: int, *, short: bool) -> int:
        source = self._in_short if short else self.messages
        return self.meter.estimated(source[index] for index in self.units[unit])
