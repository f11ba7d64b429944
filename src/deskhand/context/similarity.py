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


def word_vectors(texts: Sequence[str]) -> Vectors:
    """Unit vectors of the words of texts, weighed by how rare they are among these texts."""
    counts = np.zeros((len(texts), WIDTH), np.float32)
    for row, text in enumerate(texts):
        counts[row, _buckets(text) % WIDTH] = 1.0
    weighted = counts * np.log1p(len(texts) / np.maximum(counts.sum(axis=0), 1)).astype(np.float32)
    norms = np.linalg.norm(weighted, axis=1, keepdims=True)
    return weighted / np.maximum(norms, 1e-9)


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
