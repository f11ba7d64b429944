"""What the tests of the outbox act on: a world where things happen, a clock, and performers that fail in every way."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import JsonValue

from deskhand.errors import Unavailable
from deskhand.outbox.act import Act, Attempt, Entry, NotDone, OutcomeUnknown

Way = Literal[
    "well",  # it happens, and the answer comes
    "well, then an error",  # it happened, that was said, and what follows fails
    "answer lost",  # it happens, and no answer comes
    "answer lost, nothing happened",
    "an error after it happened",
    "refused",  # after crossing, with the answer that nothing happened
    "not done",
    "an error before",
    "doubt before",  # the other side says something odd before the crossing
    "stalls before",
    "stalls across",
    "stalls after",
]
WAYS: tuple[Way, ...] = Way.__args__


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **how_far: float) -> None:
        self.at += timedelta(**how_far)


class World:
    """Counts what happened, by the key of the act."""

    def __init__(self) -> None:
        self.happened: Counter[str] = Counter()
        self.leaves_traces = True


class Performing:
    """Performs an act in one way. It stalls until `wake`; `stalled` is set when it does."""

    def __init__(self, world: World, way: Way = "well") -> None:
        self.world = world
        self.way = way
        self.stalled = asyncio.Event()
        self.wake = asyncio.Event()

    async def perform(self, entry: Entry, attempt: Attempt) -> Mapping[str, JsonValue]:
        await self._before()
        await attempt.cross()
        await self._across()
        self.world.happened[entry.key] += 1
        await self._after(attempt)
        return {"answer": "taken"}

    async def look(self, entry: Entry) -> Mapping[str, JsonValue] | None:
        found = self.world.leaves_traces and self.world.happened[entry.key]
        return {"answer": "found"} if found else None

    async def _before(self) -> None:
        if self.way == "stalls before":
            await self._stall()
        if self.way == "not done":
            raise NotDone(Unavailable("The other side is closed."))
        if self.way == "an error before":
            raise RuntimeError("broken")
        if self.way == "doubt before":
            raise OutcomeUnknown("It said yes before it was asked.")

    async def _across(self) -> None:
        if self.way == "stalls across":
            await self._stall()
        if self.way == "refused":
            raise NotDone(Unavailable("The other side says no."))
        if self.way == "answer lost, nothing happened":
            raise OutcomeUnknown("The line broke.")

    async def _after(self, attempt: Attempt) -> None:
        if self.way == "stalls after":
            await self._stall()
        if self.way == "answer lost":
            raise OutcomeUnknown("The line broke.")
        if self.way == "an error after it happened":
            raise RuntimeError("broken")
        if self.way == "well, then an error":
            await attempt.happened({"answer": "taken"})
            raise RuntimeError("broken")

    async def _stall(self) -> None:
        self.stalled.set()
        await self.wake.wait()


def act(text: str = "Figures", *, kind: str = "mail", account: str = "work") -> Act:
    """An act that says `text`."""
    return Act(kind, f"Mail: {text}", f"To: ann@example.org\n\n{text}", account, {"text": text}, content=text.encode())
