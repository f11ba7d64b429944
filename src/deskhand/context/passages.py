"""The pieces of a long message, so that what stands in the middle of it is found, and shown without the rest."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from deskhand.context.message import Message, Text, ToolCall, ToolResult

SHORT_CHARACTERS = 1_000
"""A text of at most so many has no pieces: it is found and shown as a whole."""
PIECE_CHARACTERS = 300
"""Two or three lines: little enough to show several. 200, 450 and 700 keep less (`bench.context_quality`)."""
MOST_PIECES = 200
"""Of one text; a longer one has longer pieces."""
MOST_OF_MESSAGE = 5_000
"""Of all texts, calls and results of a message: somebody could send one with a hundred thousand calls."""
_NAME_CHARACTERS = 128
_BREAKS = (re.compile(r"\n+"), re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])"), re.compile(r"\s+"))
"""Where a piece may end, the best first: after a line; where that is too long, after a sentence; then after a word."""


def passages(message: Message) -> list[str]:
    """The pieces of a message, in order: of its text if that is long, of its tool calls and results of any length.

    Calls read `name {"argument": …}`; each piece has the name of the tool in front. Takes time in proportion to the
    length; the same message always has the same pieces, which a number from 1 names (`passage_text`).
    """
    return list(islice(_all(message), MOST_OF_MESSAGE)) if message.role != "system" else []


def passage_text(message: Message, number: int) -> str:
    """The piece of this number, from 1; empty when the message has none such."""
    return next(islice(_all(message), number - 1, None), "")


def _all(message: Message) -> Iterator[str]:
    if len(text := message.text) > SHORT_CHARACTERS:
        yield from _pieces(text)
    for block in message.content:
        if isinstance(block, ToolCall):
            yield from (f"{block.name[:_NAME_CHARACTERS]} {piece}" for piece in _pieces(_arguments(block)))
        elif isinstance(block, ToolResult):
            yield from (f"{block.name[:_NAME_CHARACTERS]}: {piece}" for piece in _pieces(_text(block)))


def _arguments(call: ToolCall) -> str:
    return call.raw if call.arguments is None else json.dumps(call.arguments, ensure_ascii=False)


def _text(result: ToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, Text))


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces as large as their size allows."""
    # Two neighbours are larger than the size together, or they would be one: so there are at most twice as many.
    size = max(PIECE_CHARACTERS, -(-2 * len(text) // (MOST_PIECES - 1)))
    start = end = 0
    for until in _ends(text, range(len(text)), size, _BREAKS):
        if until - start > size:
            yield from _unless_blank(text[start:end])
            start = end
        end = until
    yield from _unless_blank(text[start:end])


def _unless_blank(piece: str) -> Iterator[str]:
    if stripped := piece.strip():
        yield stripped


def _ends(text: str, part: range, size: int, breaks: Sequence[re.Pattern[str]]) -> Iterator[int]:
    """Where pieces of this part of the text may end, ascending, no two farther apart than `size`."""
    if not breaks:
        yield from (min(end, part.stop) for end in range(part.start + size, part.stop + size, size))
        return
    last = part.start
    for end in (*(found.end() for found in breaks[0].finditer(text, part.start, part.stop)), part.stop):
        if end - last > size:
            yield from _ends(text, range(last, end), size, breaks[1:])
        yield end
        last = end
