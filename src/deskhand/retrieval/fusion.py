"""Several opinions about the same entries, made one."""

import numpy as np
from numpy.typing import NDArray

from deskhand.retrieval.block import Ints

Scores = NDArray[np.float64]


def smoothed(scores: Scores, neighbours: tuple[Ints, Ints], share: float) -> Scores:
    """Each score with a share of those of the entries right before and after it in its stream."""
    earlier, later = neighbours
    result = scores.copy()
    result[earlier] += share * scores[later]
    result[later] += share * scores[earlier]
    return result


def reciprocal_ranks(scores: Scores, k: float) -> Scores:
    """`k / (k + rank)`, so 1 for nearly the best and 0 for a score of 0 or less; equal scores share the better rank.

    Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion", SIGIR 2009, scaled.
    """
    result = np.zeros(len(scores))
    rows = np.flatnonzero(scores > 0)
    if len(rows):
        ascending = np.sort(scores[rows])
        better = len(rows) - np.searchsorted(ascending, scores[rows], "right")
        result[rows] = k / (k + better)
    return result
