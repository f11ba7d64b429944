"""An answer while it is written: text comes in deltas, and is shown in blocks of which only the last one changes."""

import re

from deskhand.host.blocks import blocks_of, split
from deskhand.web.pieces import Answer, Block, Piece

_FENCE = re.compile(r" {0,3}(?P<fence>(?P<mark>[`~])(?P=mark){2,})(?!.*`)")
"""What code begins with (CommonMark 0.31, section 4.5)."""


class Writing:
    """Folds deltas into the blocks of one answer; each method gives the pieces that changed.

    However the text is cut into deltas, it makes the same blocks.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self._open: Block | None = None

    def add(self, text: str) -> list[Piece]:
        """More text."""
        block = self._open = self._open or self._new("", True)
        block.text += text
        return self._close_finished(block) if "\n" in text and not _is_code(block.text) else [block]

    def finish(self) -> list[Piece]:
        """The text is complete."""
        block, self._open = self._open, None
        if block is None:
            return []
        block.open = False
        texts = blocks_of(block.text)
        block.text = texts[0] if texts else ""
        return [block, *(self._new(text, False) for text in texts[1:])]

    def discard(self) -> list[Piece]:
        """The stream was cut: all of it does not count."""
        self.finish()
        for block in self.answer.pieces:
            block.discarded = True
        return [*self.answer.pieces]

    def _close_finished(self, block: Block) -> list[Piece]:
        finished, rest = split(block.text)
        if not finished:
            return [block]
        block.text, block.open = finished[0], False
        others = [self._new(text, False) for text in finished[1:]]
        self._open = self._new(rest, True)
        return [block, *others, self._open]

    def _new(self, text: str, still_open: bool) -> Block:
        block = Block(f"{self.answer.id}-{len(self.answer.pieces) + 1}", self.answer.id, text, still_open)
        self.answer.pieces.append(block)
        return block


def _is_code(text: str) -> bool:
    """Whether it is code that did not end yet: long code comes in many lines, and nothing within it ends a block."""
    match = _FENCE.match(text)
    return match is not None and re.search(rf"\n {{0,3}}{match['fence']}", text) is None
