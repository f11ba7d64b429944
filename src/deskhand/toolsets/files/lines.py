"""Searching a text line by line, no more of it in memory than a step and the line it ends in."""

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from deskhand.documents.decode import encoding_of


def matching_lines(steps: Iterable[bytes], pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """The lines of a text, counted from 1, that `pattern` is in, and where; none when it is binary.

    The first step decides on the encoding; what does not fit it later on is replaced.
    """
    remaining = iter(steps)
    first = next(remaining, b"")
    encoding = encoding_of(first)
    if encoding is None:
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    passed, rest = 0, ""
    for step in chain((first,), remaining):
        block, end, rest = (rest + decoder.decode(step)).rpartition("\n")
        if end:
            yield from _matching(block, pattern, passed)
            passed += block.count("\n") + 1
    yield from _matching(rest, pattern, passed)


def _matching(block: str, pattern: re.Pattern[str], passed: int) -> Iterator[tuple[int, re.Match[str]]]:
    if not pattern.search(block):  # most blocks: not worth cutting into lines
        return
    for number, line in enumerate(block.split("\n"), passed + 1):
        match = pattern.search(line.removesuffix("\r"))
        if match is not None:
            yield number, match
