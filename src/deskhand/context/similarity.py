"""How much two texts say the same, by the words they share: cheap enough to compare thousands."""

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

WIDTH = 256
"""Buckets of the hashed words: enough to tell some thousand short texts apart, few enough to compare them fast."""
_WORD = re.compile(r"\w+")
_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def word_vectors(texts: Sequence[str]) -> tuple[Vectors, NDArray[np.float64]]:
    """Unit vectors of the words of texts, weighed by how rare they are here, and how rare each text's words are.

    The second is the mean inverse document frequency of a text's words, divided by that of a word seen once.
    """
    buckets = [_buckets(text) for text in texts]
    counts = np.zeros((len(texts), WIDTH), np.float32)
    for row, words in enumerate(buckets):
        counts[row, words % WIDTH] = 1.0
    inverse = _inverse_frequencies(buckets)
    weights = np.log1p(len(texts) / np.maximum(counts.sum(axis=0), 1)).astype(np.float32)
    weighted = counts * weights
    norms = np.linalg.norm(weighted, axis=1, keepdims=True)
    return weighted / np.maximum(norms, 1e-9), inverse


def _inverse_frequencies(buckets: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
    if not buckets:
        return np.zeros(0)
    every = np.concatenate(buckets)
    _, place, times = np.unique(every, return_inverse=True, return_counts=True)
    rare = np.log1p(len(buckets) / times)[place] / np.log1p(len(buckets))
    ends = np.cumsum([len(words) for words in buckets])
    sums = np.concatenate(([0.0], np.cumsum(rare)))
    sizes = np.diff(np.concatenate(([0], ends)))
    return (sums[ends] - sums[ends - sizes]) / np.maximum(sizes, 1)


def _buckets(text: str) -> NDArray[np.int64]:
    """The words of a text as numbers, each once; of scripts without spaces, pairs of characters."""
    words = set(_WORD.findall(text.casefold()))
    if _SPACELESS.search(text):
        words = {part for word in words for part in _parts(word)}
    return np.fromiter(sorted({crc32(word.encode("utf-8", "replace")) for word in words}), np.int64)


def _parts(word: str) -> list[str]:
    if not _SPACELESS.search(word) or len(word) < 2:
        return [word]
    return [word[at : at + 2] for at in range(len(word) - 1)]
