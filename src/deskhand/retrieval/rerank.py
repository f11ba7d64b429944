"""The hook for a second opinion on the best hits, such as a cross-encoder."""

from collections.abc import Sequence
from typing import Protocol


class Reranker(Protocol):
    """Scores texts against a query, more slowly and better than the search that found them."""

    async def scores(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """One number a text, in order; higher is better, comparable only within one call."""
        ...
