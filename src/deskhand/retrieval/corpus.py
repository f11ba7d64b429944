"""All entries of one user, ready to be searched; nothing in it comes from, or goes to, another user's."""

from collections.abc import Collection, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from deskhand.retrieval.block import Block, Ints, number
from deskhand.retrieval.entry import Entry

_RECENT = 256
"""Changes that wait beside the large block before both become one, or an eighth of it when that is more."""


class Corpus:
    """Entries that do not change; `changed` gives another corpus and shares with it what stayed the same.

    Rows are where entries stand inside; a row whose entry was removed or replaced is dead until blocks are joined.
    """

    def __init__(self, base: Block, recent: Block, alive: NDArray[np.bool_]) -> None:
        self.base = base
        self.recent = recent
        self.alive = alive

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> "Corpus":
        """A corpus of these entries; of two with one key the later counts.

        Raises:
            ValueError: vectors differ in length.
        """
        unique = list({entry.key: entry for entry in entries}.values())
        return cls(Block.of(unique), Block.of(()), np.ones(len(unique), np.bool_))

    def changed(self, added: Sequence[Entry], removed: Collection[str] = ()) -> "Corpus":
        """The corpus with `added` in it (in place of entries with the same keys) and without `removed`.

        Costs little when few entries changed since the corpus was built.

        Raises:
            ValueError: vectors differ in length.
        """
        fresh = Block.of(list({entry.key: entry for entry in added}.values()))
        if len(widths := {block.vectors.shape[1] for block in (self.base, fresh)} - {0}) > 1:
            raise ValueError(f"vectors of one corpus have one length, not {sorted(widths)} numbers")
        alive = self.alive.copy()
        split = len(self.base)
        for key in (*fresh.keys, *removed):
            for start, block in self.blocks:
                if (row := block.rows.get(key)) is not None:
                    alive[start + row] = False
        recent = self.recent.picked(alive[split:]).joined(fresh)
        dead = split - int(alive[:split].sum())
        if len(recent) + dead > max(_RECENT, split // 8):
            whole = self.base.picked(alive[:split]).joined(recent)
            return Corpus(whole, Block.of(()), np.ones(len(whole), np.bool_))
        return Corpus(self.base, recent, np.concatenate((alive[:split], np.ones(len(recent), np.bool_))))

    def __len__(self) -> int:
        return len(self.living)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Keys of the entries, in the order `among` of a search speaks of them."""
        return tuple(self.key(row) for row in self.living.tolist())

    @cached_property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return self.base.bytes + self.recent.bytes + 120 * len(self.alive)

    @cached_property
    def blocks(self) -> tuple[tuple[int, Block], ...]:
        """The blocks that have entries, each with the row it begins at."""
        return tuple((at, block) for at, block in ((0, self.base), (len(self.base), self.recent)) if len(block))

    @cached_property
    def living(self) -> Ints:
        """Rows of entries that are there."""
        return np.flatnonzero(self.alive)

    @cached_property
    def lengths(self) -> Ints:
        """Terms of each row."""
        return np.concatenate((self.base.lengths, self.recent.lengths))

    @cached_property
    def orders(self) -> NDArray[np.float64]:
        """The place of each row in its stream."""
        return np.concatenate((self.base.orders, self.recent.orders))

    @cached_property
    def marks(self) -> NDArray[np.uint64]:
        """A number for the key of each row."""
        return np.concatenate((self.base.marks, self.recent.marks))

    @cached_property
    def embedded(self) -> NDArray[np.bool_]:
        """Which rows have a vector."""
        return np.concatenate((self.base.embedded, self.recent.embedded)) & self.alive

    @cached_property
    def neighbours(self) -> tuple[Ints, Ints]:
        """Pairs of rows that stand side by side in a stream: the earlier ones, the later ones."""
        streams = np.concatenate((self.base.streams, self.recent.streams))
        rows = np.flatnonzero(self.alive & (streams != 0))
        rows = rows[np.lexsort((self.marks[rows], self.orders[rows], streams[rows]))]
        beside = streams[rows[:-1]] == streams[rows[1:]]
        return rows[:-1][beside], rows[1:][beside]

    def within(self, stream: str) -> NDArray[np.bool_]:
        """Which of `keys` stand in a stream."""
        return np.concatenate((self.base.streams, self.recent.streams))[self.living] == number(stream)

    def key(self, row: int) -> str:
        """The key of the entry in a row."""
        split = len(self.base)
        return self.base.keys[row] if row < split else self.recent.keys[row - split]
