"""What turns texts into vectors, so that things said in other words are found."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
"""One row a text, each of unit length, so that a dot product is the cosine."""


class Embedder(Protocol):
    """A sentence embedding model, here or behind an endpoint."""

    @property
    def model(self) -> str:
        """Id of the model, stored with each vector: vectors of two models are never compared."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine: then being slow is no outage, and its time is shared out by us."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers in a vector; 0 while it is not known yet (an endpoint tells with its first answer)."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """The vectors of `texts`, in their order, shape `(len(texts), dimension)`.

        Raises:
            Unavailable: the model cannot be loaded, or its endpoint does not answer.
        """
        ...

    def covers(self, text: str) -> float:
        """How far the model knows the words of `text`: 1 all of them, 0 none. Scales the weight of its opinion."""
        ...

    async def aclose(self) -> None:
        """Let go of connections and threads."""
        ...
