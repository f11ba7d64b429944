"""BM25 over one user's entries, with a reward for words that stand side by side as they do in the question.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deskhand.retrieval.analysis import QueryTerms, TermGroup
from deskhand.retrieval.block import Ints
from deskhand.retrieval.corpus import Corpus

Scores = NDArray[np.float64]

_K1 = 1.2  # how soon repeats of a word stop counting
_B = 0.4  # how much a long text is held against itself; what is remembered is short
_PAIR = 0.5  # what a pair counts, beside its words


class _Found(NamedTuple):
    """Rows a word stands in, how often in each; its hashes, and where they stand in each block."""

    rows: Ints
    counts: Ints
    hashes: NDArray[np.uint64]
    places: list[tuple[Ints, Ints]]


def keyword_shares(corpus: Corpus, terms: QueryTerms) -> Scores:
    """For each row the share of the question that stands in it, each word weighed by how rare it is here.

    About 1 when all words stand in it once, more when they are repeated or side by side, 0 when none does: then what
    little a question and an entry have in common does not look like an answer. Statistics are of this corpus only.
    """
    total = np.zeros(len(corpus.alive))
    possible = 0.0
    damping = _damping(corpus)
    before: _Found | None = None
    for group in terms.groups:
        found = _occurrences(corpus, group)
        rarity = _rarity(corpus, found)
        possible += group.weight * rarity
        _add(total, group.weight * rarity, found, damping)
        if before is not None and len(before.rows) and len(found.rows):
            pairs = _pairs(corpus, before, found)
            _add(total, _PAIR * _rarity(corpus, pairs), pairs, damping)
        before = found
    return total / possible if possible else total


def _damping(corpus: Corpus) -> Scores:
    """What a count is weighed against: more in a long text than in a short one."""
    mean = max(1.0, float(corpus.lengths[corpus.living].sum()) / max(1, len(corpus)))
    relative: Scores = corpus.lengths / mean
    return _K1 * (1 - _B + _B * relative)


def _rarity(corpus: Corpus, found: _Found) -> float:
    holding = len(found.rows)
    return float(np.log1p((len(corpus) - holding + 0.5) / (holding + 0.5)))


def _add(total: Scores, weight: float, found: _Found, damping: Scores) -> None:
    if len(found.rows):
        total[found.rows] += weight * (_K1 + 1) * found.counts / (found.counts + damping[found.rows])


def _occurrences(corpus: Corpus, group: TermGroup) -> _Found:
    hashes = np.array(group.hashes, np.uint64)
    return _counted(corpus, hashes, [block.places(hashes) for _, block in corpus.blocks])


def _pairs(corpus: Corpus, before: _Found, found: _Found) -> _Found:
    """Where the second word directly follows the first, looked at from the rarer one."""
    sought, around, step = (before, found, 1) if before.counts.sum() <= found.counts.sum() else (found, before, -1)
    places: list[tuple[Ints, Ints]] = []
    for (_, block), (rows, at) in zip(corpus.blocks, sought.places, strict=True):
        met = block.beside(rows, at, around.hashes, step)
        places.append((rows[met], at[met]))
    return _counted(corpus, sought.hashes, places)


def _counted(corpus: Corpus, hashes: NDArray[np.uint64], places: list[tuple[Ints, Ints]]) -> _Found:
    """Living rows once each, with how often they came."""
    every = [rows + start for (start, _), (rows, _) in zip(corpus.blocks, places, strict=True) if len(rows)]
    if not every:
        return _Found(np.zeros(0, np.int64), np.zeros(0, np.int64), hashes, places)
    counts = np.bincount(np.concatenate(every), minlength=len(corpus.alive))
    counts[~corpus.alive] = 0
    rows = np.flatnonzero(counts)
    return _Found(rows, counts[rows], hashes, places)
