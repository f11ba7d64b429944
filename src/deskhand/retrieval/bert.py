"""The forward pass of a BERT encoder in numpy, from numbers of pieces to one vector a text.

Devlin et al., "BERT" (2018), as Hugging Face's `BertModel` computes it, then the mean over all pieces and unit length,
as sentence-transformers does for this model. Everything is float32.

Nothing is padded: the pieces of all texts of a batch lie one after the other, so that the large products are done for
all of them at once, and only attention goes text by text. So a vector does not depend on what else is in the batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from deskhand.retrieval.embedder import Vectors
from deskhand.retrieval.tensors import Tensors

Floats: TypeAlias = NDArray[np.float32]

_EPSILON = np.float32(1e-12)  # layer_norm_eps
_HALF, _ONE = np.float32(0.5), np.float32(1)
_ROOT_HALF = np.float32(0.5**0.5)
_ERF_P = np.float32(0.3275911)
_ERF = tuple(np.float32(a) for a in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592))


@dataclass(frozen=True, slots=True)
class Linear:
    """`x @ weight + bias`."""

    weight: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        """Of each row of `x`."""
        made: Floats = x @ self.weight
        made += self.bias
        return made


@dataclass(frozen=True, slots=True)
class Norm:
    """Layer normalisation: mean 0 and variance 1 of each row, then scaled and moved."""

    scale: Floats
    shift: Floats

    def __call__(self, x: Floats) -> Floats:
        """Of each row of `x`, in its place."""
        x -= x.mean(axis=1, keepdims=True)
        x *= _ONE / np.sqrt(np.einsum("ij,ij->i", x, x)[:, None] / np.float32(x.shape[1]) + _EPSILON)
        x *= self.scale
        x += self.shift
        return x


@dataclass(frozen=True, slots=True)
class Layer:
    """One encoder layer. `attend_in` makes query, key and value in one product."""

    attend_in: Linear
    attend_out: Linear
    attend_norm: Norm
    widen: Linear
    narrow: Linear
    out_norm: Norm
    heads: int

    def __call__(self, x: Floats, borders: Sequence[int]) -> Floats:
        """The layer's output for the pieces of all texts; text i is `x[borders[i]:borders[i + 1]]`."""
        mixed = self.attend_in(x)
        seen = np.concatenate([attention(mixed[start:end], self.heads) for start, end in pairwise(borders)])
        x = self.attend_norm(self.attend_out(seen) + x)
        return self.out_norm(self.narrow(gelu(self.widen(x))) + x)


def attention(mixed: Floats, heads: int) -> Floats:
    """Every piece of one text looks at every other. `mixed` holds query, key and value side by side."""
    pieces, width = mixed.shape[0], mixed.shape[1] // 3
    query, key, value = mixed.reshape(pieces, 3, heads, width // heads).transpose(1, 2, 0, 3)
    scores: Floats = query @ key.transpose(0, 2, 1)
    scores *= np.float32((width // heads) ** -0.5)
    scores -= scores.max(axis=2, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=2, keepdims=True)
    return (scores @ value).transpose(1, 0, 2).reshape(pieces, width)


def gelu(x: Floats) -> Floats:
    """`x * (1 + erf(x / sqrt 2)) / 2`, the exact form.

    numpy has no erf; this is Abramowitz and Stegun 7.1.26, whose error is below 1.5e-7: float32 has no more.
    """
    size = np.abs(x)
    size *= _ROOT_HALF
    t: Floats = _ONE / (size * _ERF_P + _ONE)
    tail = np.full_like(t, _ERF[0])
    for factor in _ERF[1:]:
        tail *= t
        tail += factor
    tail *= t
    size *= size
    np.negative(size, out=size)
    tail *= np.exp(size, out=size)  # erfc of |x| / sqrt 2
    tail *= _HALF
    np.subtract(_ONE, tail, out=tail, where=x > 0)
    tail *= x
    return tail


class Encode(Protocol):
    """What turns the embedded pieces of texts into what they mean beside one another; rows in, rows out."""

    @property
    def engine(self) -> str:
        """The library that does the work, for people."""
        ...

    def __call__(self, x: Floats, borders: Sequence[int]) -> Floats:
        """The last layer's output for the pieces of all texts; text i is `x[borders[i]:borders[i + 1]]`."""
        ...


class NumpyLayers:
    """All encoder layers, in numpy.

    Raises:
        KeyError: a tensor is missing.
    """

    engine = "numpy"

    def __init__(self, tensors: Tensors, *, layers: int, heads: int) -> None:
        self._layers = [_layer(tensors, f"encoder.layer.{number}", heads) for number in range(layers)]

    def __call__(self, x: Floats, borders: Sequence[int]) -> Floats:
        """One layer after the other."""
        for layer in self._layers:
            x = layer(x, borders)
        return x


class Bert:
    """The whole model: the pieces' embeddings from `tensors`, named as in Hugging Face's `BertModel`, then `encode`.

    Raises:
        KeyError: a tensor is missing.
    """

    def __init__(self, tensors: Tensors, encode: Encode) -> None:
        self.encode = encode
        self._words = tensors["embeddings.word_embeddings.weight"]
        self._places: Floats = (
            tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _norm(tensors, "embeddings.LayerNorm")

    def __call__(self, texts: Sequence[Sequence[int]]) -> Vectors:
        """The vectors of texts that are given as numbers of pieces, with the marks of start and end."""
        borders = [0, *np.cumsum([len(text) for text in texts]).tolist()]
        pieces = np.concatenate([np.asarray(text, np.int64) for text in texts])
        places = np.concatenate([np.arange(len(text)) for text in texts])
        x = self.encode(self._norm(self._words[pieces] + self._places[places]), borders)
        return unit(np.stack([x[start:end].mean(axis=0) for start, end in pairwise(borders)]))


def unit(vectors: Vectors) -> Vectors:
    """Each row at length 1; a row of zeros stays as it is."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(length > 0, length, 1)).astype(np.float32)


def _layer(tensors: Tensors, prefix: str, heads: int) -> Layer:
    threefold = [_linear(tensors, f"{prefix}.attention.self.{name}") for name in ("query", "key", "value")]
    return Layer(
        attend_in=Linear(
            np.concatenate([each.weight for each in threefold], axis=1),
            np.concatenate([each.bias for each in threefold]),
        ),
        attend_out=_linear(tensors, f"{prefix}.attention.output.dense"),
        attend_norm=_norm(tensors, f"{prefix}.attention.output.LayerNorm"),
        widen=_linear(tensors, f"{prefix}.intermediate.dense"),
        narrow=_linear(tensors, f"{prefix}.output.dense"),
        out_norm=_norm(tensors, f"{prefix}.output.LayerNorm"),
        heads=heads,
    )


def _linear(tensors: Tensors, name: str) -> Linear:
    # The file has them the other way round; a short text's products take two thirds of the time with a turned copy.
    return Linear(np.ascontiguousarray(tensors[f"{name}.weight"].T), tensors[f"{name}.bias"])


def _norm(tensors: Tensors, name: str) -> Norm:
    return Norm(tensors[f"{name}.weight"], tensors[f"{name}.bias"])
