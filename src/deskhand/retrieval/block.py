"""Entries laid out as arrays, with an index from each term to where it stands; built once, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from deskhand.retrieval.entry import Entry

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """A run of entries; what belongs to entry `i` is row `i` of every array, its terms those between two `starts`."""

    keys: tuple[str, ...]
    marks: NDArray[np.uint64]
    """A number for each key, which settles ties the same way wherever the entry stands."""
    streams: NDArray[np.uint64]
    """A number for each stream; 0 stands alone."""
    orders: NDArray[np.float64]
    terms: NDArray[np.uint64]
    lengths: Ints
    vectors: NDArray[np.float32]
    embedded: NDArray[np.bool_]

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> "Block":
        """The entries as arrays.

        Raises:
            ValueError: two vectors differ in length: they are of two models.
        """
        return cls(
            keys=tuple(entry.key for entry in entries),
            marks=np.array([number(entry.key) for entry in entries], np.uint64),
            streams=np.array([number(entry.stream) if entry.stream else 0 for entry in entries], np.uint64),
            orders=np.array([entry.order for entry in entries], np.float64),
            terms=np.frombuffer(b"".join(entry.terms for entry in entries), "<u8").astype(np.uint64, copy=False),
            lengths=np.array([len(entry.terms) // 8 for entry in entries], np.int64),
            vectors=_matrix(entries),
            embedded=np.array([entry.vector is not None for entry in entries], np.bool_),
        )

    def __len__(self) -> int:
        return len(self.keys)

    def picked(self, rows: NDArray[np.bool_]) -> "Block":
        """Only the entries whose row is true."""
        return Block(
            keys=tuple(key for key, kept in zip(self.keys, rows.tolist(), strict=True) if kept),
            marks=self.marks[rows],
            streams=self.streams[rows],
            orders=self.orders[rows],
            terms=self.terms[np.repeat(rows, self.lengths)],
            lengths=self.lengths[rows],
            vectors=self.vectors[rows],
            embedded=self.embedded[rows],
        )

    def joined(self, other: "Block") -> "Block":
        """These entries, then those of `other`."""
        width = max(self.vectors.shape[1], other.vectors.shape[1])
        return Block(
            keys=self.keys + other.keys,
            marks=np.concatenate((self.marks, other.marks)),
            streams=np.concatenate((self.streams, other.streams)),
            orders=np.concatenate((self.orders, other.orders)),
            terms=np.concatenate((self.terms, other.terms)),
            lengths=np.concatenate((self.lengths, other.lengths)),
            vectors=np.concatenate((_widened(self.vectors, width), _widened(other.vectors, width))),
            embedded=np.concatenate((self.embedded, other.embedded)),
        )

    @cached_property
    def bytes(self) -> int:
        """What the arrays and the index take, for whoever keeps many of them."""
        index = 24 * len(self.terms)
        columns = self.marks.nbytes * 4 + self.embedded.nbytes
        return index + columns + self.terms.nbytes + self.vectors.nbytes + sum(map(len, self.keys)) + 60 * len(self)

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each key."""
        return {key: row for row, key in enumerate(self.keys)}

    @cached_property
    def _index(self) -> tuple[NDArray[np.uint64], Ints, Ints]:
        """The terms in ascending order, the row each stands in, and its place among `terms`."""
        rows = np.repeat(np.arange(len(self), dtype=np.int64), self.lengths)
        places = np.argsort(self.terms, kind="stable")
        return self.terms[places], rows[places], places

    @cached_property
    def _bounds(self) -> Ints:
        """Where the terms of each row begin, and at last where they end."""
        return np.concatenate((np.zeros(1, np.int64), np.cumsum(self.lengths)))

    def places(self, hashes: NDArray[np.uint64]) -> tuple[Ints, Ints]:
        """Where any of the hashes stands: the rows, and the places among `terms`."""
        terms, rows, places = self._index
        first, last = np.searchsorted(terms, hashes, "left"), np.searchsorted(terms, hashes, "right")
        found = [slice(a, b) for a, b in zip(first.tolist(), last.tolist(), strict=True) if a < b]
        if len(found) == 1:
            return rows[found[0]], places[found[0]]
        if not found:
            return rows[:0], places[:0]
        return np.concatenate([rows[part] for part in found]), np.concatenate([places[part] for part in found])

    def beside(self, rows: Ints, places: Ints, hashes: NDArray[np.uint64], step: int) -> NDArray[np.bool_]:
        """Whether one of the ascending `hashes` stands `step` terms after each place, in the same row."""
        there = places + step
        inside = (there >= self._bounds[rows]) & (there < self._bounds[rows + 1])
        terms = self.terms[np.where(inside, there, 0)]
        candidates = np.minimum(np.searchsorted(hashes, terms), len(hashes) - 1)
        return inside & (hashes[candidates] == terms)


def number(text: str) -> int:
    """What stands for a key or a stream among the numbers of a block."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _matrix(entries: Sequence[Entry]) -> NDArray[np.float32]:
    """One row an entry; zeros where there is no vector."""
    sizes = {len(entry.vector) for entry in entries if entry.vector is not None}
    if len(sizes) > 1:
        raise ValueError(f"vectors of one corpus have one length, not {sorted(sizes)} bytes")
    size = sizes.pop() if sizes else 0
    blank = bytes(size)
    halves = np.frombuffer(b"".join(blank if entry.vector is None else entry.vector for entry in entries), "<f2")
    return halves.astype(np.float32).reshape(len(entries), size // 2)


def _widened(vectors: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """The matrix with `width` columns, when it had none because nothing in it is embedded.

    Raises:
        ValueError: it has another width: its vectors are of another model.
    """
    if vectors.shape[1] in (0, width):
        return vectors if vectors.shape[1] == width else np.zeros((len(vectors), width), np.float32)
    raise ValueError(f"vectors of one corpus have one length, not {vectors.shape[1]} and {width} numbers")
