"""How near the vectors of entries are to the vector of a question: exact, no approximation."""

import numpy as np
from numpy.typing import NDArray

from deskhand.retrieval.corpus import Corpus
from deskhand.retrieval.embedder import Vectors

_DIGITS = 5  # float16 vectors are good for no more, and the last bits of a product depend on where a row stands


def cosines(corpus: Corpus, vector: Vectors) -> NDArray[np.float64]:
    """The cosine of each row with the vector; 0 for rows without one.

    Raises:
        ValueError: the vector is of another dimension than those of the corpus, so of another model.
    """
    near = np.zeros(len(corpus.alive))
    vector = np.asarray(vector, np.float32).reshape(-1)
    for start, block in corpus.blocks:
        if not block.vectors.shape[1]:
            continue
        if block.vectors.shape[1] != len(vector):
            raise ValueError(f"the corpus has vectors of {block.vectors.shape[1]} numbers, the query of {len(vector)}")
        near[start : start + len(block)] = block.vectors @ vector
    near[~corpus.embedded] = 0
    return np.round(near, _DIGITS)
