"""Which part of a text is wanted and how much of it fits: ranges such as `10-40`, `-20`, `41-` and `7:8001-`."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from deskhand.errors import InvalidInput

BYTES_PER_TOKEN = 4
"""Of UTF-8, a rough estimate that errs on the long side for languages with few letters per token."""

_RANGE = re.compile(r"\s*(?:(?P<first>\d+)(?::(?P<column>\d+))?)?\s*(?P<dash>-)?\s*(?P<last>\d+)?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Units counted from 1, both ends included. `last` None goes to the end; `first` negative counts from the end.

    `column` is the character of the first unit to begin at, from 1: how a unit larger than the limit is continued.
    """

    first: int = 1
    last: int | None = None
    column: int = 1

    def within(self, total: int) -> tuple[int, int]:
        """The first and last unit there are in `total` units.

        Raises:
            InvalidInput: the span begins behind the end.
        """
        if self.first < 0:
            return max(total + self.first + 1, 1), total
        if self.first > max(total, 1):
            raise InvalidInput(f"The range begins at {self.first} but there are only {total}. Try '1-{max(total, 1)}'.")
        return self.first, min(self.last or total, total)


@dataclass(frozen=True, slots=True)
class Shown:
    """The part of a sequence of units that fits. `more` is the range to ask for next, empty at the end."""

    text: str
    first: int
    last: int
    more: str


def parse_span(text: str) -> Span:
    """The span `text` stands for; nothing is everything.

    Raises:
        InvalidInput: it is not a range.
    """
    if not text.strip():
        return Span()
    match = _RANGE.fullmatch(text)
    if match is None or len(text) > 40 or not (match["first"] or match["last"]):
        raise _not_a_range(text)
    if match["first"] is None:
        return Span(first=-_positive(match["last"], text))
    first = _positive(match["first"], text)
    last = _positive(match["last"], text) if match["last"] else (None if match["dash"] else first)
    if last is not None and last < first:
        raise _not_a_range(text)
    return Span(first, last, _positive(match["column"] or "1", text))


def _positive(digits: str, text: str) -> int:
    number = int(digits)
    if number < 1:
        raise _not_a_range(text)
    return number


def _not_a_range(text: str) -> InvalidInput:
    return InvalidInput(
        f"{text[:40]!r} is not a range. Expected '10-40', '10-' (to the end), '-20' (the last 20) or '7'."
    )


def fit(text_of: Callable[[int], str], total: int, span: Span, *, max_tokens: int) -> Shown:
    """As many whole units of the span as fit into `max_tokens`, one per line; a first one too large is cut.

    `text_of(n)` is unit `n` of `total`, counted from 1; it is called only for units that are looked at.
    """
    first, last = span.within(total)
    budget = max_tokens * BYTES_PER_TOKEN
    taken: list[str] = []
    for number in range(first, last + 1):
        begin = span.column - 1 if number == first else 0
        unit = text_of(number)[begin:]
        size = len(unit.encode(errors="surrogatepass")) + 1
        if size > budget:
            return _cut(taken, unit, (first, number, begin), budget)
        taken.append(unit)
        budget -= size
    return Shown("\n".join(taken), first, last, "" if last >= total else f"{last + 1}-")


def _cut(taken: list[str], unit: str, place: tuple[int, int, int], budget: int) -> Shown:
    first, number, begin = place
    if taken:
        return Shown("\n".join(taken), first, number - 1, f"{number}-")
    piece = unit.encode(errors="surrogatepass")[:budget].decode(errors="ignore")
    return Shown(piece, first, number, f"{number}:{begin + len(piece) + 1}-")
