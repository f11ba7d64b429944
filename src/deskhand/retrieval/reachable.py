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
AT_ONCE_CHARACTERS = 2_000
"""Longer texts are left to the background by a local model: more than about two of its windows."""
_PROBE = "ready"


class ReachableEmbedder:
    """Asks an embedder, and remembers whether it answered.

    A local model that is slow is busy and not away: nobody stops asking it. Of what it is asked, questions go at once;
    of what is saved and of what the background embeds, one call at a time each.
    """

    def __init__(self, embedder: Embedder, clock: Callable[[], float] = time.monotonic) -> None:
        self.embedder = embedder
        self.trouble = ""
        """Why it could not answer the last time; empty when it did."""
        self._clock = clock
        self._rests_until = 0.0
        self._answered = False
        self._saves, self._background = anyio.CapacityLimiter(1), anyio.CapacityLimiter(1)

    def leaves(self, text: str) -> bool:
        """Whether a text is left to the background at once."""
        return self.embedder.is_local and len(text) > AT_ONCE_CHARACTERS

    async def vectors(
        self, texts: Sequence[str], patience: float | None = PATIENCE, *, question: bool = False
    ) -> Vectors | None:
        """The vectors of texts; None when it does not answer in time, then `trouble` says why.

        With `patience` None it is waited for as long as it takes, and asked even if it just failed. A `question` goes
        before what is saved.
        """
        if patience is not None and self._clock() < self._rests_until:
            return None
        try:
            with anyio.fail_after(patience):
                made = await self._embed(texts, None if question else self._saves if patience else self._background)
        except TimeoutError:
            if self.embedder.is_local:
                return None
            return self._failed(f"{self.embedder.model} did not answer within {patience:g} seconds.")
        except Unavailable as error:
            return self._failed(error.message)
        self.trouble, self._rests_until, self._answered = "", 0.0, True
        return made

    async def _embed(self, texts: Sequence[str], queue: anyio.CapacityLimiter | None) -> Vectors:
        if queue is None or not self.embedder.is_local:
            return await self.embedder.embed(texts)
        async with queue:
            return await self.embedder.embed(texts)

    async def works(self, patience: float | None = PATIENCE) -> bool:
        """Whether it ever answered; asks it, if nobody did."""
        return self._answered or await self.vectors([_PROBE], patience) is not None

    async def answers(self) -> bool:
        """Whether it answers now."""
        return await self.vectors([_PROBE], None) is not None

    def _failed(self, why: str) -> None:
        self.trouble = why
        if not self.embedder.is_local:
            self._rests_until = self._clock() + REST
