"""Searching one conversation: by words always, by meaning as far as the embedding model keeps up, or answers at all."""

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

import anyio

from deskhand.context.log import Log
from deskhand.context.message_index import MessageHit
from deskhand.errors import DeskhandError
from deskhand.retrieval.index import Index
from deskhand.store.personal import People

logger = logging.getLogger(__name__)
HITS = 200
BY_WORDS = "Found by words only: the model for meaning failed."
_REPORT_SECONDS = 0.2
Report = Callable[[float, float], Awaitable[None]]
"""Hears how much of the waiting is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Found:
    """The best hits first, and what to say when meaning was not searched everywhere."""

    hits: Sequence[MessageHit]
    note: str = ""


class Finder:
    """Searches the conversations of all people, one at a time. Whatever an embedder raises, words are searched."""

    def __init__(self, people: People, index: Index) -> None:
        self._log = Log(people, index)
        self._by_words = Log(people, Index(None))
        self._has_told = False

    async def find(
        self, whose: tuple[str, str], query: str, *, seconds: float, report: Report, skip: Collection[int] = ()
    ) -> Found:
        """The messages that answer, but for those at the positions in `skip`.

        Args:
            whose: the person and the conversation.
            query: a question or words.
            seconds: how long to wait for vectors.
            report: hears of the waiting.
            skip: positions.

        Raises:
            Unavailable: the database cannot be used.
        """
        try:
            waiting = await self._ready(whose, seconds, report)
            return Found(await self._log.search(*whose, query, limit=HITS, skip=skip), still(waiting))
        except DeskhandError:
            raise
        except Exception as error:  # an embedder may be anybody's
            self._tell(error)
        await self._by_words.catch_up(*whose)
        return Found(await self._by_words.search(*whose, query, limit=HITS, skip=skip), BY_WORDS)

    async def _ready(self, whose: tuple[str, str], seconds: float, report: Report) -> int:
        """Wait for the vectors of a conversation, at most so long; how many are still missing."""
        told: list[tuple[int, int]] = []

        async def tell() -> None:
            while True:
                if told:
                    await report(*told[-1])
                    told.clear()
                await anyio.sleep(_REPORT_SECONDS)

        def hear(done: int, every: int) -> None:
            told.append((done, every))

        waiting: int | Exception = 0
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tell)
            try:
                waiting = await self._log.ready(*whose, seconds=seconds, progress=hear)
            except Exception as error:  # raised inside, it would leave as a group of errors
                waiting = error
            tasks.cancel_scope.cancel()
        if isinstance(waiting, Exception):
            raise waiting
        if told:
            await report(*told[-1])
        return waiting

    def _tell(self, error: Exception) -> None:
        """Log it with its traceback, once: it would come with every call."""
        if not self._has_told:
            self._has_told = True
            logger.error("Conversations are searched by words only: the embedder failed.", exc_info=error)


def still(waiting: int) -> str:
    """What to say when meaning is not searched everywhere yet."""
    return f"{waiting} passages are found by words only so far; call again later." if waiting else ""
