"""Markdown that arrives in pieces: which blocks are finished.

A finished block never changes again, so it is drawn once; only the last one is drawn anew while it grows.
"""

from itertools import pairwise

from markdown_it import MarkdownIt

from deskhand.visible import visible

_PARSER = MarkdownIt().enable(["strikethrough", "table"]).disable(["inline", "text_join"])
"""What the screens read, too (Rich, and the page), so that all see the same blocks; what is within lines is theirs."""


def split(text: str) -> tuple[list[str], str]:
    """The finished blocks of `text`, and the rest, which may still change.

    Only whole lines decide, so the same text gives the same blocks however it was cut into pieces.
    """
    lines = text.split("\n")
    starts = _block_starts("\n".join(lines[:-1]))
    if len(starts) < 2:
        return [], text
    blocks = ["\n".join(lines[start:end]).strip("\n") for start, end in pairwise(starts)]
    return blocks, "\n".join(lines[starts[-1] :])


def blocks_of(text: str) -> list[str]:
    """All blocks of a text that is complete."""
    finished, rest = split(text + "\n")
    return [*finished, rest.strip("\n")] if rest.strip() else finished


def _block_starts(text: str) -> list[int]:
    """The line each top-level block begins on. `visible` keeps the number of lines."""
    tokens = _PARSER.parse(visible(text.replace("\r\n", "\n")))
    return [token.map[0] for token in tokens if token.level == 0 and token.map and token.nesting >= 0]
