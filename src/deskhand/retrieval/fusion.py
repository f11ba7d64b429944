"""Two opinions about the same entries, words and vectors, brought to one scale; and what neighbours add.

Weighted sums of normalised scores: on the evaluation set they find more than reciprocal ranks do, which
`bench.memory_quality` measures beside them, because a rank says nothing of how good the best is. Bruch, Gai and Ingber,
"An Analysis of Fusion Functions for Hybrid Retrieval", 2023, found the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deskhand.retrieval.block import Ints

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each opinion counts, and what counts as one. Chosen on half of `bench/data/memory`; all are broad."""

    keyword: float = 1.0
    dense: float = 0.2
    """For each standard deviation by which an entry is nearer to the question than entries usually are."""
    before: float = 0.3
    """The share an entry gets from the one before it: an answer stands after its question."""
    after: float = 0.15
    """The share it gets from the one after it."""
    deviations: float = 0.5
    """An entry that is nearer than usual by less is not near."""
    cosine: float = 0.12
    """Nor is one below this cosine, however far the others are."""


DEFAULT = Weights()
_UNRELATED = 0.1
_SPREAD = 0.12
_PRIOR = 10
"""Cosines of unrelated sentences, their deviation, and the entries this weighs as much as: a corpus of one has none."""


def fused(keyword: Scores, dense: Scores, neighbours: tuple[Ints, Ints], weights: Weights) -> Scores:
    """One number in 0..1 for each row, 0 where there is no evidence.

    `keyword` is the share of the question that stands in each row, `dense` what `standing` says, scaled by trust.
    """
    evidence = weights.keyword * keyword + weights.dense * dense
    if not evidence.any():
        return evidence
    return 1 - np.exp(-smoothed(evidence, neighbours, weights))


def smoothed(scores: Scores, neighbours: tuple[Ints, Ints], weights: Weights) -> Scores:
    """Each score with a share of those of the entries right before and after it in its stream."""
    earlier, later = neighbours
    result = scores.copy()
    result[later] += weights.before * scores[earlier]
    result[earlier] += weights.after * scores[later]
    return result


def standing(cosines: Scores, embedded: NDArray[np.bool_], weights: Weights) -> Scores:
    """By how many standard deviations each row is nearer to the question than rows usually are; 0 where not near."""
    seen = cosines[embedded]
    count = _PRIOR + len(seen)
    mean = (_PRIOR * _UNRELATED + float(seen.sum())) / count
    around = _PRIOR * (_SPREAD**2 + (_UNRELATED - mean) ** 2) + float(np.square(seen - mean).sum())
    deviations: Scores = (cosines - mean) / (around / count) ** 0.5
    near = embedded & (deviations >= weights.deviations) & (cosines >= weights.cosine)
    return np.where(near, deviations, 0)
