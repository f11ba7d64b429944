"""BM25 over one user's entries, with a reward for words that stand side by side as they do in the question.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deskhand.retrieval.analysis import QueryTerms, TermGroup
from deskhand.retrieval.block import Ints
from deskhand.retrieval.corpus import Corpus

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KeywordWeights:
    """How BM25 is set: saturation of repeats, pull of the length, reward of a pair."""

    k1: float = 1.2
    b: float = 0.5
    pair: float = 0.5


def keyword_scores(corpus: Corpus, terms: QueryTerms, weights: KeywordWeights) -> Scores:
    """The score of each row; 0 where no word of the question stands. Statistics are of this corpus only."""
    total = np.zeros(len(corpus.alive))
    if not terms.groups or not len(corpus):
        return total
    damping = _damping(corpus, weights)
    before: list[Ints] | None = None
    for group in terms.groups:
        counts, places = _occurrences(corpus, group)
        total += group.weight * _bm25(corpus, counts, damping, weights.k1)
        if before is not None and weights.pair:
            total += weights.pair * _bm25(corpus, _pairs(corpus, before, places), damping, weights.k1)
        before = places
    return total


def _damping(corpus: Corpus, weights: KeywordWeights) -> Scores:
    """What a count is weighed against: more in a long text than in a short one."""
    mean = max(1.0, float(corpus.lengths[corpus.living].sum()) / len(corpus))
    relative: Scores = corpus.lengths / mean
    return weights.k1 * (1 - weights.b + weights.b * relative)


def _bm25(corpus: Corpus, counts: Ints, damping: Scores, k1: float) -> Scores:
    holding = int(np.count_nonzero(counts))
    if not holding:
        return np.zeros(len(counts))
    rarity = float(np.log1p((len(corpus) - holding + 0.5) / (holding + 0.5)))
    return rarity * (k1 + 1) * counts / (counts + damping)


def _occurrences(corpus: Corpus, group: TermGroup) -> tuple[Ints, list[Ints]]:
    """How often the word stands in each living row, and at which positions of each block."""
    hashes = np.array(group.hashes, np.uint64)
    counts = np.zeros(len(corpus.alive), np.int64)
    places: list[Ints] = []
    for start, block in corpus.blocks:
        rows, positions = block.places(hashes)
        counts[start : start + len(block)] = np.bincount(rows, minlength=len(block))
        places.append(positions)
    counts[~corpus.alive] = 0
    return counts, places


def _pairs(corpus: Corpus, before: list[Ints], places: list[Ints]) -> Ints:
    """How often the second word directly follows the first in each living row."""
    counts = np.zeros(len(corpus.alive), np.int64)
    for (start, block), firsts, seconds in zip(corpus.blocks, before, places, strict=True):
        if len(firsts) and len(seconds):
            met = seconds[np.isin(seconds - 1, firsts)]
            counts[start : start + len(block)] = np.bincount(block.rows_at(met), minlength=len(block))
    counts[~corpus.alive] = 0
    return counts
