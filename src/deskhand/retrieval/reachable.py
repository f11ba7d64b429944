"""An embedder that may be away, slow or broken, asked so that nobody waits for it for long."""

import time
from collections.abc import Callable, Sequence

import anyio

from deskhand.errors import Unavailable
from deskhand.retrieval.embedder import Embedder, Vectors

PATIENCE = 3.0
"""Seconds for which somebody who saves or searches is kept waiting; then it is done by words, and embedded later."""
REST = 20.0
"""Seconds for which nobody is kept waiting again, after the embedder did not answer."""
_PROBE = "ready"


class ReachableEmbedder:
    """Asks an embedder, and remembers whether it answered."""

    def __init__(self, embedder: Embedder, clock: Callable[[], float] = time.monotonic) -> None:
        self.embedder = embedder
        self.trouble = ""
        """Why it could not answer the last time; empty when it did."""
        self._clock = clock
        self._rests_until = 0.0
        self._answered = False

    async def vectors(self, texts: Sequence[str], patience: float | None = PATIENCE) -> Vectors | None:
        """The vectors of texts; None when it does not answer in time, then `trouble` says why.

        With `patience` None it is waited for as long as it takes, and asked even if it just failed.
        """
        if patience is not None and self._clock() < self._rests_until:
            return None
        try:
            with anyio.fail_after(patience):
                made = await self.embedder.embed(texts)
        except TimeoutError:
            return self._failed(f"{self.embedder.model} did not answer within {patience:g} seconds.")
        except Unavailable as error:
            return self._failed(error.message)
        self.trouble, self._rests_until, self._answered = "", 0.0, True
        return made

    async def works(self, patience: float | None = PATIENCE) -> bool:
        """Whether it ever answered; asks it, if nobody did."""
        return self._answered or await self.vectors([_PROBE], patience) is not None

    async def answers(self) -> bool:
        """Whether it answers now."""
        return await self.vectors([_PROBE], None) is not None

    def _failed(self, why: str) -> None:
        self.trouble = why
        self._rests_until = self._clock() + REST
