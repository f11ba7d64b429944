"""Whatever is done in whatever order, by processes that fail, stall and come back: nothing happens twice unasked."""

import asyncio
from collections import Counter
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.outbox.world import WAYS, Clock, Performing, World, act

from deskhand.errors import Conflict, DeskhandError
from deskhand.outbox.outbox import Outbox
from deskhand.store.database import Database

KEYS = ("a", "b")
STEPS = st.one_of(
    st.tuples(st.just("propose"), st.sampled_from(KEYS), st.sampled_from(("one", "two"))),
    st.tuples(st.just("perform"), st.sampled_from(KEYS), st.sampled_from(WAYS)),
    st.tuples(st.just("deny"), st.sampled_from(KEYS), st.just("")),
    st.tuples(st.just("settle"), st.sampled_from(KEYS), st.sampled_from(("happened", "did not"))),
    st.tuples(st.just("wake"), st.just(""), st.just("")),
    st.tuples(st.just("wait"), st.just(""), st.sampled_from(("minutes", "lease", "days"))),
    st.tuples(st.just("traces"), st.just(""), st.sampled_from(("kept", "gone"))),
)
HOW_FAR = {"minutes": {"minutes": 4}, "lease": {"seconds": 301}, "days": {"days": 7.5}}


class Story:
    """One person's outbox, two processes on it, and what has been said and done."""

    def __init__(self, database: Database, subject: str) -> None:
        self.clock, self.world = Clock(), World()
        self.processes = (Outbox(database, self.clock), Outbox(database, self.clock))
        self.subject = subject
        self.content: dict[str, str] = {}
        self.again: Counter[str] = Counter()
        """How often the person said that it did not happen, though it may have, or may yet."""
        self.vouched: set[str] = set()
        """What the person said did happen."""
        self.stalled: list[tuple[Performing, asyncio.Task[object]]] = []
        self.turn = 0

    @property
    def outbox(self) -> Outbox:
        """The next process in turn."""
        self.turn += 1
        return self.processes[self.turn % 2]

    async def step(self, what: str, key: str, how: str) -> None:
        if what == "propose":
            await self.propose(key, how)
        elif what == "wake":
            await self.wake()
        elif what == "wait":
            self.clock.forward(**HOW_FAR[how])
        elif what == "traces":
            self.world.leaves_traces = how == "kept"
        elif key in self.content:
            await {"perform": self.perform, "deny": self.deny, "settle": self.settle}[what](key, how)

    async def propose(self, key: str, text: str) -> None:
        known = self.content.setdefault(key, text)
        try:
            entry = await self.outbox.propose(self.subject, act(text), key=key)
        except Conflict:
            assert known != text
        else:
            assert entry.payload == {"text": known} == {"text": text}

    async def perform(self, key: str, way: str) -> None:
        performing = Performing(self.world, next(known for known in WAYS if known == way))
        task = asyncio.ensure_future(self._perform(key, performing))
        stalled = asyncio.ensure_future(performing.stalled.wait())
        await asyncio.wait({task, stalled}, return_when=asyncio.FIRST_COMPLETED)
        stalled.cancel()
        if not task.done():
            self.stalled.append((performing, task))

    async def _perform(self, key: str, performing: Performing) -> object:
        with suppress(DeskhandError, RuntimeError):
            return await self.outbox.perform(self.subject, key, performing)
        return None

    async def wake(self) -> None:
        if self.stalled:
            performing, task = self.stalled.pop(0)
            performing.wake.set()
            await task

    async def deny(self, key: str, _: str) -> None:
        with suppress(Conflict):
            await self.outbox.deny(self.subject, key)

    async def settle(self, key: str, how: str) -> None:
        with suppress(Conflict):
            await self.outbox.settle(self.subject, key, happened=how == "happened")
            if how == "happened":
                self.vouched.add(key)
            else:
                self.again[key] += 1

    async def check(self) -> None:
        for key in self.content:
            entry = await self.outbox.find(self.subject, key)
            times = self.world.happened[key]
            assert times <= 1 + self.again[key]
            if entry.state == "done":
                assert times or key in self.vouched
                assert entry.content is None
            elif entry.state != "unknown" and not self.again[key]:
                # Crossing is not over for as long as nobody took it for dead.
                assert times == 0 or entry.state == "crossing"
            if entry.state in ("waiting", "failed", "unknown"):
                assert entry.content == self.content[key].encode()

    async def end(self) -> None:
        while self.stalled:
            await self.wake()
            await self.check()


@settings(max_examples=60)
@given(stories=st.lists(st.lists(STEPS, max_size=14), min_size=1, max_size=4))
def test_nothing_happens_twice_unless_the_person_says_that_it_did_not(
    stories: list[list[tuple[str, str, str]]],
) -> None:
    async def tell() -> None:
        with Database(None) as database:
            for number, steps in enumerate(stories):
                story = Story(database, f"person {number}")
                for step in steps:
                    await story.step(*step)
                    await story.check()
                await story.end()

    asyncio.run(tell())
