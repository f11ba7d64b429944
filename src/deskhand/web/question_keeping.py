"""Questions that outlive the process: what waits is in the database from when it is asked until it is answered."""

import time
from collections.abc import Callable

from pydantic import BaseModel

from deskhand.store.database import Database
from deskhand.store.questions import QuestionRow, Questions
from deskhand.web.tray import Question


class _Body(BaseModel):
    """What is kept of a question: the calls it is about. What they are, the conversation knows."""

    calls: tuple[str, ...]


class KeptQuestions:
    """One principal's. What is kept says which conversation to go on with, and it asks again."""

    def __init__(self, database: Database, owner: str, now: Callable[[], float] = time.time) -> None:
        self._store = Questions(database)
        self._owner = owner
        self._now = now

    async def keep(self, question: Question) -> None:
        """Remember that a question waits, in place of what its conversation asked before: it asks one at a time.

        Raises:
            NotFound: the conversation was deleted.
        """
        body = _Body(calls=tuple(request.call.id for request in question.approvals)).model_dump_json()
        row = QuestionRow(question.id, self._owner, question.conversation, body, int(self._now()))
        await self._store.keep(row)
        for other in await self.rows():
            if other.conversation == row.conversation and other.id != row.id:
                await self.remove(other.id)

    async def forget(self, question: Question) -> None:
        """It was answered, or what asked it was stopped for good."""
        await self.remove(question.id)

    async def rows(self) -> list[QuestionRow]:
        """What waits, the oldest first."""
        return await self._store.of(self._owner)

    async def calls_of(self, conversation: str) -> frozenset[str]:
        """The ids of the calls that wait in a conversation."""
        rows = [row for row in await self.rows() if row.conversation == conversation]
        return frozenset(call for row in rows for call in _Body.model_validate_json(row.body).calls)

    async def remove(self, id: str) -> None:
        """A question does not wait any more."""
        await self._store.remove(self._owner, id)
