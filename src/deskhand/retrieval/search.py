"""One search: what stands in the words, what was meant, and what stands beside it, fused into one ranking."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deskhand.retrieval.analysis import QueryTerms
from deskhand.retrieval.corpus import Corpus
from deskhand.retrieval.dense import cosines
from deskhand.retrieval.embedder import Vectors
from deskhand.retrieval.fusion import Scores, reciprocal_ranks, smoothed
from deskhand.retrieval.keyword import KeywordWeights, keyword_scores


@dataclass(frozen=True, slots=True)
class Query:
    """A question: its words, its vector when there is a model, and how far the model knows its words (0 to 1)."""

    terms: QueryTerms
    vector: Vectors | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that answers: `score` in 0..1 compares hits of one search; `keyword` is BM25, `dense` a cosine."""

    key: str
    score: float
    keyword: float
    dense: float


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each opinion counts."""

    keyword: float = 1.0
    dense: float = 1.0
    beside: float = 0.3
    k: float = 20.0
    near: float = 0.2
    """The cosine below which a vector is no evidence."""
    bm25: KeywordWeights = field(default_factory=KeywordWeights)


DEFAULT = Weights()


def search(
    corpus: Corpus,
    query: Query,
    *,
    among: NDArray[np.bool_] | None = None,
    limit: int = 50,
    weights: Weights = DEFAULT,
) -> list[Hit]:
    """The entries that answer the query, best first; ones with no evidence at all are left out.

    `among` says for each of `corpus.keys` whether it may be a hit; the others still count for the statistics and as
    neighbours. Of equal hits the one with the higher `order` comes first.

    Raises:
        ValueError: the vector of the query is of another dimension than those of the corpus.
    """
    if not len(corpus):
        return []
    keyword = keyword_scores(corpus, query.terms, weights.bm25)
    dense = np.zeros(len(keyword)) if query.vector is None else cosines(corpus, query.vector)
    scores = _fused(corpus, keyword, dense, query.confidence, weights)
    if among is not None:
        scores[corpus.living[~among]] = 0
    rows = _best(corpus, scores, limit)
    return [Hit(corpus.key(r), float(scores[r]), float(keyword[r]), float(dense[r])) for r in rows.tolist()]


def _fused(corpus: Corpus, keyword: Scores, dense: Scores, confidence: float, weights: Weights) -> Scores:
    """One number in 0..1 for each row: the weighted mean of the reciprocal ranks it has in each ranking."""
    near = np.where(dense >= weights.near, dense, 0)
    opinions = [(weights.keyword, keyword), (weights.dense * confidence, near)]
    total = np.zeros(len(keyword))
    weight = 0.0
    for share, scores in opinions:
        if share > 0 and scores.any():
            total += share * reciprocal_ranks(scores, weights.k)
            total += share * reciprocal_ranks(smoothed(scores, corpus.neighbours, weights.beside), weights.k)
            weight += 2 * share
    return total / weight if weight else total


def _best(corpus: Corpus, scores: Scores, limit: int) -> NDArray[np.int64]:
    """Rows with a score, the best first, equal ones newest first."""
    rows = np.flatnonzero(scores > 0)
    if len(rows) > limit:
        floor = np.partition(scores[rows], -limit)[-limit]
        rows = rows[scores[rows] >= floor]
    return rows[np.lexsort((corpus.marks[rows], -corpus.orders[rows], -scores[rows]))][:limit]
