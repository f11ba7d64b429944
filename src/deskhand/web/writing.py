"""An answer while it is written: text comes in deltas, and is shown in blocks of which only the last one changes."""

import re

from deskhand.host.blocks import blocks_of, split
from deskhand.web.pieces import MOST_DRAWN, Answer, Block, Piece, Rest

_FENCE = re.compile(r" {0,3}(?P<fence>(?P<mark>[`~])(?P=mark){2,})(?!.*`)")
"""What code begins with (CommonMark 0.31, section 4.5)."""

_LIGHT = 2_000
"""Characters of a block that is looked at with every line."""
_GROWN = 1.125
"""A longer one, such as a list of hundreds, is looked at when it is so much longer: all looks together stay linear."""


class Writing:
    """Folds deltas into the blocks of one answer; each method gives the pieces that changed.

    However the text is cut into deltas, it makes the same blocks. Of a long one the beginning is drawn.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self._open: Block | None = None
        self._rest: Rest | None = None
        self._room = MOST_DRAWN
        self._look_at = 0
        """How long the open block is to be before it is looked at again for what is finished in it."""

    def add(self, text: str) -> list[Piece]:
        """More text."""
        if self._rest is not None:
            self._rest.left_out += len(text)
            return []
        drawn, left = text[: self._room], text[self._room :]
        self._room -= len(drawn)
        return [*self._grown(drawn), *(self._cut(left) if left else ())]

    def _grown(self, text: str) -> list[Piece]:
        block = self._open = self._open or self._new("", True)
        block.text += text
        looks = "\n" in text and len(block.text) >= self._look_at and not _is_code(block.text)
        return self._close_finished(block) if looks else [block]

    def _cut(self, left: str) -> list[Piece]:
        """This much is drawn: its blocks are finished, and what is left is counted."""
        answer, blocks = self.answer, self._finished()
        self._rest = Rest(f"{answer.id}-rest", answer.id, answer.conversation, answer.turn, len(left))
        answer.pieces.append(self._rest)
        return [*blocks, self._rest]

    def finish(self) -> list[Piece]:
        """The text is complete."""
        if self._rest is None:
            return self._finished()
        self._rest.kept = True
        return [self._rest]

    def _finished(self) -> list[Piece]:
        block, self._open = self._open, None
        if block is None:
            return []
        block.open = False
        texts = blocks_of(block.text)
        block.text = texts[0] if texts else ""
        return [block, *(self._new(text, False) for text in texts[1:])]

    def discard(self) -> list[Piece]:
        """The stream was cut: all of it does not count."""
        self._finished()
        for piece in self.answer.pieces:
            if isinstance(piece, Block):
                piece.discarded = True
        self._rest = None  # its whole is not kept
        return [*self.answer.pieces]

    def _close_finished(self, block: Block) -> list[Piece]:
        finished, rest = split(block.text)
        self._look_at = int(len(rest) * _GROWN) if len(rest) > _LIGHT else 0
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
