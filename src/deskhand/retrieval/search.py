"""One search: what stands in the words, what was meant, and what stands beside it, as one ranking."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deskhand.retrieval.analysis import QueryTerms
from deskhand.retrieval.block import Ints
from deskhand.retrieval.corpus import Corpus
from deskhand.retrieval.dense import cosines
from deskhand.retrieval.embedder import Vectors
from deskhand.retrieval.fusion import DEFAULT, Scores, Weights, fused, standing
from deskhand.retrieval.keyword import keyword_shares

_DIGITS = 9
"""To which scores are compared: sums in another order must not decide which of two equal hits is first."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question: its words, its vector when there is a model, and how far the model knows its words (0 to 1)."""

    terms: QueryTerms
    vector: Vectors | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that answers. `score` in 0..1 compares hits of one search, and nothing else.

    `keyword` is the share of the question's words that stand in it, weighed by how rare they are (about 1 when all
    do); `dense` is the cosine of the vectors. Both are 0 in an entry that is a hit only for what stands beside it.
    """

    key: str
    score: float
    keyword: float
    dense: float


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
    if not len(corpus) or limit < 1:
        return []
    keyword = keyword_shares(corpus, query.terms)
    near, dense = nearness(corpus, query, weights)
    scores = np.round(fused(keyword, dense, corpus.neighbours, weights), _DIGITS)
    scores[~corpus.alive] = 0
    if among is not None:
        scores[corpus.living[~among]] = 0
    rows = _best(corpus, scores, limit).tolist()
    return [Hit(corpus.key(row), float(scores[row]), float(keyword[row]), float(near[row])) for row in rows]


def nearness(corpus: Corpus, query: Query, weights: Weights) -> tuple[Scores, Scores]:
    """The cosines, and what they are worth.

    Confidence counts twice: the model has to know the words of the question, and as well those of what it is compared
    with, which most often is in the same language.
    """
    none = np.zeros(len(corpus.alive))
    if query.vector is None or query.confidence <= 0:
        return none, none
    near = cosines(corpus, query.vector)
    return near, query.confidence**2 * standing(near, corpus.embedded, weights)


def _best(corpus: Corpus, scores: Scores, limit: int) -> Ints:
    """Rows with a score, the best first, equal ones newest first."""
    rows = np.flatnonzero(scores > 0)
    if len(rows) > limit:
        floor = np.partition(scores[rows], -limit)[-limit]
        rows = rows[scores[rows] >= floor]
    return rows[np.lexsort((corpus.marks[rows], -corpus.orders[rows], -scores[rows]))][:limit]
