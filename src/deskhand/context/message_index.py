"""The messages of one conversation, ready to be searched by words and by meaning. Pure: who keeps it is `log`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from deskhand.context.message import Message
from deskhand.context.passages import passages
from deskhand.retrieval.analysis import index_terms
from deskhand.retrieval.block import Ints
from deskhand.retrieval.corpus import Corpus
from deskhand.retrieval.entry import Entry
from deskhand.retrieval.fusion import DEFAULT, Scores, smoothed
from deskhand.retrieval.keyword import keyword_shares
from deskhand.retrieval.passage import passage
from deskhand.retrieval.search import Query, nearness

MOST_PIECES = 8
"""Pieces of one message among the hits: a long list of what was asked for must not hide all else."""
_STEP = 10_000
"""Piece `k` of a message stands at its position and `k` of so many parts: before the next message."""
_DIGITS = 9
"""To which scores are compared: sums in another order must not decide which of two equal hits is first."""


@dataclass(frozen=True, slots=True)
class MessageHit:
    """A message that answers, or a piece of one. `score` in 0..1 compares hits of one search, and nothing else."""

    position: int
    """Its place in the conversation, from 1."""
    score: float
    passage: int | None
    """Which piece of it answers (`passages.passage_text`); None for a message that has no pieces."""


def texts_of(position: int, message: Message) -> dict[str, str]:
    """What can be found of a message, and is embedded: the whole text as `7`, its pieces as `7.1`, `7.2` …"""
    texts: dict[str, str] = {}
    if message.role in ("user", "assistant") and message.text.strip():
        texts[str(position)] = message.text
    return texts | {f"{position}.{number}": piece for number, piece in enumerate(passages(message), 1)}


def entries_of(position: int, message: Message, vectors: Mapping[str, bytes] | None = None) -> list[Entry]:
    """How a message stands in the index, under the keys of `texts_of`; `vectors` as in `MessageIndex.of`."""
    known, at = vectors or {}, message.metadata.timestamp
    return [
        Entry(
            key=key,
            terms=index_terms(passage(text, message.role, at)),
            vector=known.get(key) or None,
            order=position + int(key.partition(".")[2] or 0) / _STEP,
        )
        for key, text in texts_of(position, message).items()
    ]


@dataclass(frozen=True)
class _Layout:
    """The living rows of a corpus by message: those of message `i` begin at `starts[i]`."""

    rows: Ints
    pieces: Ints
    """The number of the piece in each of `rows`; 0 is a whole message."""
    starts: Ints
    positions: Ints
    """Of each message."""

    @cached_property
    def messages(self) -> Ints:
        """To which message, counted from 0, each row belongs."""
        sizes = np.diff(np.append(self.starts, len(self.rows)))
        return np.repeat(np.arange(len(self.starts), dtype=np.int64), sizes)

    @cached_property
    def shown(self) -> NDArray[np.bool_]:
        """Which rows may be hits: the pieces of a message that has some, else the message."""
        has_pieces = np.maximum.reduceat(self.pieces, self.starts) > 0
        return (self.pieces > 0) | ~has_pieces[self.messages]


class MessageIndex:
    """One conversation. It does not change: `with_entries` gives another, and shares with it what stayed the same."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus

    @classmethod
    def of(cls, messages: Sequence[Message], vectors: Mapping[str, bytes] | None = None) -> "MessageIndex":
        """All messages of a conversation, in order; `vectors` (float16, unit length) by the keys of `texts_of`.

        Raises:
            ValueError: vectors differ in length.
        """
        found = (entries_of(position, message, vectors) for position, message in enumerate(messages, 1))
        return cls(Corpus.of([entry for entries in found for entry in entries]))

    def with_entries(self, entries: Sequence[Entry]) -> "MessageIndex":
        """With more entries, in place of those that have the same keys. Costs little when they are few.

        Raises:
            ValueError: vectors differ in length.
        """
        return MessageIndex(self._corpus.changed(entries)) if entries else self

    def __len__(self) -> int:
        return len(self._layout.positions)

    @property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return self._corpus.bytes + 32 * len(self._corpus.alive)

    def search(self, query: Query, *, limit: int, skip: Collection[int] = ()) -> list[MessageHit]:
        """What answers, best first, of equal hits the newest; `skip` are positions of messages that do not count.

        A hit is a message, or one piece of a long one, which may be found with several. What stands beside a message
        counts as `fusion.smoothed` says.

        Raises:
            ValueError: the vector of the query is of another dimension than those of the index.
        """
        if not len(self._corpus) or limit < 1:
            return []
        layout = self._layout
        evidence = self._evidence(query)[layout.rows]
        positions = layout.positions[layout.messages]
        unwanted = np.isin(positions, np.fromiter(skip, np.int64, len(skip)))
        evidence[unwanted] = 0  # a question must not be found for what stands beside the question
        order = np.arange(len(layout.positions), dtype=np.int64)
        best: Scores = np.maximum.reduceat(evidence, layout.starts)
        beside: Scores = smoothed(best, (order[:-1], order[1:]), DEFAULT) - best
        shares: Scores = 1 - np.exp(-(evidence + beside[layout.messages]))
        scores = np.where(layout.shown & ~unwanted, np.round(shares, _DIGITS), 0)
        scores[_surplus(scores, layout)] = 0
        return [
            MessageHit(int(positions[row]), float(scores[row]), int(layout.pieces[row]) or None)
            for row in _best(scores, positions, limit).tolist()
        ]

    def _evidence(self, query: Query) -> Scores:
        """What speaks for each row by itself, as `retrieval.search` weighs it."""
        _, near = nearness(self._corpus, query, DEFAULT)
        return DEFAULT.keyword * keyword_shares(self._corpus, query.terms) + DEFAULT.dense * near

    @cached_property
    def _layout(self) -> _Layout:
        rows = self._corpus.living
        rows = rows[np.argsort(self._corpus.orders[rows], kind="stable")]
        orders = self._corpus.orders[rows]
        positions: Ints = np.floor(orders).astype(np.int64)
        pieces: Ints = np.rint((orders - positions) * _STEP).astype(np.int64)
        first: NDArray[np.bool_] = np.diff(positions, prepend=-1) != 0
        starts = np.flatnonzero(first)
        return _Layout(rows, pieces, starts, positions[starts])


def _surplus(scores: Scores, layout: _Layout) -> Ints:
    """Rows of messages that are found with more pieces than `MOST_PIECES`: all but the best of each."""
    rows = np.lexsort((-scores, layout.messages))
    rank = np.arange(len(rows)) - layout.starts[layout.messages[rows]]
    return rows[rank >= MOST_PIECES]


def _best(scores: Scores, positions: Ints, limit: int) -> Ints:
    """Rows with a score, the best first, equal ones newest first."""
    found = np.flatnonzero(scores > 0)
    if len(found) > limit:
        floor = np.partition(scores[found], -limit)[-limit]
        found = found[scores[found] >= floor]
    return found[np.lexsort((-positions[found], -scores[found]))][:limit]
