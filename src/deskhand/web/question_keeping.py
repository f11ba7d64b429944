"""Questions that outlive the process: what waits is in the database from when it is asked until it is answered."""

import json
import time
from collections.abc import Callable

from deskhand.store.database import Database
from deskhand.store.questions import QuestionRow, Questions
from deskhand.web.tray import Question


class KeptQuestions:
    """One principal's. What is kept says which conversation to go on with, which then asks again; no arguments."""

    def __init__(self, database: Database, owner: str, now: Callable[[], float] = time.time) -> None:
        self._store = Questions(database)
        self._owner = owner
        self._now = now

    async def keep(self, question: Question) -> None:
        """Remember that a question waits, in place of what its conversation asked before: it asks one at a time.

        Raises:
            NotFound: the conversation was deleted.
        """
        body = {"calls": [request.call.id for request in question.approvals]}
        row = QuestionRow(question.id, self._owner, question.conversation, json.dumps(body), int(self._now()))
        await self._store.keep(row)
        for other in await self._store.of(self._owner):
            if other.conversation == row.conversation and other.id != row.id:
                await self._store.remove(self._owner, other.id)

    async def forget(self, question: Question) -> None:
        """It was answered, or what asked it was stopped for good."""
        await self._store.remove(self._owner, question.id)

    async def conversations(self) -> list[str]:
        """Where something waits, the oldest first."""
        return list(dict.fromkeys(row.conversation for row in await self._store.of(self._owner)))

    async def forget_conversation(self, name: str) -> None:
        """Nothing of this conversation waits any more."""
        for row in await self._store.of(self._owner):
            if row.conversation == name:
                await self._store.remove(self._owner, row.id)
