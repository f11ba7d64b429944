"""What becomes of an act: each way it can go, on both engines."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
import pytest
from tests.outbox.world import WAYS, Clock, Performing, Way, World, act

from deskhand.errors import Conflict, DeskhandError, InvalidInput, NotFound, Unavailable
from deskhand.outbox.act import Act, Attempt, Entry
from deskhand.outbox.outbox import Outbox
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio
ANN, BOB = "ann", "bob"

ENDS: dict[Way, tuple[str, int]] = {
    "well": ("done", 1),
    "well, then an error": ("done", 1),
    "answer lost": ("unknown", 1),
    "answer lost, nothing happened": ("unknown", 0),
    "an error after it happened": ("unknown", 1),
    "refused": ("failed", 0),
    "not done": ("failed", 0),
    "an error before": ("failed", 0),
    "doubt before": ("unknown", 0),
}
"""The state each way ends in, and how often it happened."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(database: Database, clock: Clock) -> Outbox:
    return Outbox(database, clock)


async def performed(outbox: Outbox, entry: Entry, performing: Performing) -> Entry:
    """What is in the outbox after an attempt, whatever it raised."""
    with suppress(DeskhandError, RuntimeError):
        await outbox.perform(entry.subject, entry.key, performing)
    return await outbox.find(entry.subject, entry.key)


def test_every_way_that_ends_has_an_end() -> None:
    assert set(ENDS) == {way for way in WAYS if not way.startswith("stalls")}


@pytest.mark.parametrize("way", ENDS)
async def test_an_act_ends_as_it_was_performed(outbox: Outbox, way: Way) -> None:
    world = World()
    entry = await performed(outbox, await outbox.propose(ANN, act()), Performing(world, way))
    assert (entry.state, world.happened[entry.key]) == ENDS[way]


@pytest.mark.parametrize("way", ["refused", "not done", "an error before"])
async def test_what_failed_is_done_when_it_is_tried_again(outbox: Outbox, way: Way) -> None:
    world = World()
    entry = await performed(outbox, await outbox.propose(ANN, act()), Performing(world, way))
    entry = await performed(outbox, entry, Performing(world))
    assert (entry.state, world.happened[entry.key], entry.error, entry.content) == ("done", 1, "", None)


@pytest.mark.parametrize("way", ["answer lost", "an error after it happened"])
async def test_an_unknown_outcome_is_looked_into_and_not_done_again(outbox: Outbox, way: Way) -> None:
    world = World()
    entry = await performed(outbox, await outbox.propose(ANN, act()), Performing(world, way))
    entry = await performed(outbox, entry, Performing(world))
    assert (entry.state, world.happened[entry.key], entry.result) == ("done", 1, {"answer": "found"})


@pytest.mark.parametrize("way", ["answer lost", "answer lost, nothing happened", "doubt before"])
async def test_without_a_trace_it_stays_unknown_until_the_person_settles_it(outbox: Outbox, way: Way) -> None:
    world = World()
    world.leaves_traces = False
    entry = await performed(outbox, await outbox.propose(ANN, act()), Performing(world, way))
    before = world.happened[entry.key]
    for _ in range(3):
        entry = await performed(outbox, entry, Performing(world))
    assert (entry.state, world.happened[entry.key]) == ("unknown", before)
    settled = await outbox.settle(ANN, entry.key, happened=False)
    assert (settled.state, settled.content) == ("failed", b"Figures")
    entry = await performed(outbox, entry, Performing(world))
    assert (entry.state, world.happened[entry.key]) == ("done", before + 1)


async def test_the_person_can_say_that_it_happened(outbox: Outbox) -> None:
    world = World()
    entry = await performed(outbox, await outbox.propose(ANN, act()), Performing(world, "answer lost"))
    settled = await outbox.settle(ANN, entry.key, happened=True)
    assert (settled.state, settled.content) == ("done", None)
    with pytest.raises(Conflict, match="its outcome is not unknown, it is done"):
        await outbox.settle(ANN, entry.key, happened=False)


async def test_an_unknown_outcome_says_why(outbox: Outbox) -> None:
    entry = await outbox.propose(ANN, act())
    entry = await outbox.perform(ANN, entry.key, Performing(World(), "answer lost"))
    assert (entry.state, entry.error) == ("unknown", "The line broke.")


async def test_a_failure_raises_what_the_performer_says(outbox: Outbox) -> None:
    entry = await outbox.propose(ANN, act())
    with pytest.raises(Unavailable, match="The other side is closed"):
        await outbox.perform(ANN, entry.key, Performing(World(), "not done"))


async def test_what_is_denied_is_not_performed(outbox: Outbox) -> None:
    world = World()
    entry = await outbox.propose(ANN, act())
    denied = await outbox.deny(ANN, entry.key, "not today")
    assert (denied.state, denied.error, denied.content) == ("denied", "not today", None)
    assert (await performed(outbox, entry, Performing(world))).state == "denied"
    assert not world.happened
    with pytest.raises(Conflict, match="this is denied and cannot be denied"):
        await outbox.deny(ANN, entry.key)


@pytest.mark.parametrize(("days", "state", "times"), [(6.9, "done", 1), (7.1, "expired", 0)])
async def test_what_waits_for_seven_days_is_over(
    outbox: Outbox, clock: Clock, days: float, state: str, times: int
) -> None:
    world = World()
    entry = await outbox.propose(ANN, act())
    clock.forward(days=days)
    entry = await performed(outbox, entry, Performing(world))
    assert (entry.state, world.happened[entry.key]) == (state, times)


STALLS: dict[Way, tuple[str, int, str, int]] = {
    "stalls before": ("failed", 0, "failed", 0),
    "stalls across": ("unknown", 0, "done", 1),
    "stalls after": ("unknown", 1, "done", 1),
}
"""The state after the lease, how often it happened; and both when the one that stalled goes on after all."""


@pytest.mark.parametrize("way", STALLS)
async def test_who_stalls_is_taken_for_dead_after_the_lease(outbox: Outbox, clock: Clock, way: Way) -> None:
    world = World()
    performing = Performing(world, way)
    entry = await outbox.propose(ANN, act())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(performed, outbox, entry, performing)
        await performing.stalled.wait()
        assert (await outbox.find(ANN, entry.key)).state in ("claimed", "crossing")
        clock.forward(seconds=301)
        seen = await outbox.find(ANN, entry.key)
        assert (seen.state, world.happened[entry.key]) == STALLS[way][:2]
        performing.wake.set()
    seen = await outbox.find(ANN, entry.key)
    assert (seen.state, world.happened[entry.key]) == STALLS[way][2:]


async def test_who_comes_back_after_another_took_over_does_nothing(outbox: Outbox, clock: Clock) -> None:
    world = World()
    slow = Performing(world, "stalls before")
    entry = await outbox.propose(ANN, act())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(performed, outbox, entry, slow)
        await slow.stalled.wait()
        clock.forward(seconds=301)
        assert (await performed(outbox, entry, Performing(world))).state == "done"
        slow.wake.set()
    assert world.happened[entry.key] == 1
    assert (await outbox.find(ANN, entry.key)).state == "done"


@pytest.mark.parametrize(
    ("way", "state"), [("stalls before", "failed"), ("stalls across", "unknown"), ("stalls after", "unknown")]
)
async def test_a_cancelled_attempt_is_known_for_what_it_is(outbox: Outbox, way: Way, state: str) -> None:
    performing = Performing(World(), way)
    entry = await outbox.propose(ANN, act())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(outbox.perform, ANN, entry.key, performing)
        await performing.stalled.wait()
        tasks.cancel_scope.cancel()
    assert (await outbox.find(ANN, entry.key)).state == state


async def test_a_cancellation_after_it_was_said_leaves_it_done(outbox: Outbox) -> None:
    class Slow(Performing):
        async def _after(self, attempt: Attempt) -> None:
            await attempt.happened({"answer": "taken"})
            await self._stall()

    performing = Slow(World())
    entry = await outbox.propose(ANN, act())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(outbox.perform, ANN, entry.key, performing)
        await performing.stalled.wait()
        tasks.cancel_scope.cancel()
    entry = await outbox.find(ANN, entry.key)
    assert (entry.state, entry.result) == ("done", {"answer": "taken"})


async def test_what_goes_wrong_after_it_was_done_is_logged(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    entry = await outbox.propose(ANN, act())
    with caplog.at_level(logging.WARNING):
        await outbox.perform(ANN, entry.key, Performing(World(), "well, then an error"))
    assert f"the act {entry.key} is done, but not what follows it: RuntimeError" in caplog.text


async def test_the_same_key_is_the_same_act(outbox: Outbox, clock: Clock) -> None:
    first = await outbox.propose(ANN, act(), key="k")
    clock.forward(days=3)
    assert (await outbox.propose(ANN, act(), key="k")).created == first.created
    with pytest.raises(Conflict, match="'k' was used for something else: Mail: Figures"):
        await outbox.propose(ANN, act("other"), key="k")


async def test_keys_of_two_people_do_not_clash(outbox: Outbox) -> None:
    await outbox.propose(ANN, act("hers"), key="k")
    await outbox.propose(BOB, act("his"), key="k")
    assert (await outbox.find(ANN, "k")).payload == {"text": "hers"}
    assert (await outbox.find(BOB, "k")).payload == {"text": "his"}
    await outbox.deny(BOB, "k")
    assert (await outbox.find(ANN, "k")).state == "waiting"


async def test_nobody_finds_what_belongs_to_somebody_else(outbox: Outbox) -> None:
    entry = await outbox.propose(ANN, act())
    with pytest.raises(NotFound, match="nothing in the outbox under"):
        await outbox.perform(BOB, entry.key, Performing(World()))
    assert await outbox.newest(BOB) == []


async def done(outbox: Outbox, entry: Entry) -> None:
    await outbox.perform(ANN, entry.key, Performing(World()))


async def waits(outbox: Outbox, entry: Entry) -> None:
    pass


async def in_doubt(outbox: Outbox, entry: Entry) -> None:
    await outbox.perform(ANN, entry.key, Performing(World(), "answer lost"))


@pytest.mark.parametrize(
    ("came_of_it", "minutes", "same"), [(done, 9, True), (done, 11, False), (waits, 600, True), (in_doubt, 600, True)]
)
async def test_the_same_content_without_a_key_is_the_same_act_while_it_is_recent_or_open(
    outbox: Outbox, clock: Clock, came_of_it: Callable[[Outbox, Entry], Awaitable[None]], minutes: int, same: bool
) -> None:
    first = await outbox.propose(ANN, act())
    await came_of_it(outbox, first)
    clock.forward(minutes=minutes)
    assert ((await outbox.propose(ANN, act())).key == first.key) is same


async def test_what_waited_long_and_was_then_done_is_not_done_again_at_once(outbox: Outbox, clock: Clock) -> None:
    first = await outbox.propose(ANN, act())
    clock.forward(hours=5)
    await done(outbox, first)
    clock.forward(minutes=5)
    assert (await outbox.propose(ANN, act())).key == first.key


@pytest.mark.parametrize(
    "other", [act("other"), act(kind="rule"), act(account="home")], ids=["text", "kind", "account"]
)
async def test_other_content_is_another_act(outbox: Outbox, other: Act) -> None:
    assert (await outbox.propose(ANN, act())).key != (await outbox.propose(ANN, other)).key


async def test_content_can_be_made_from_the_key(outbox: Outbox) -> None:
    same = Act("mail", "Mail", "preview", sameness="figures to ann")
    made = await outbox.propose(ANN, same, freeze=lambda key: f"id {key}".encode())
    assert made.content == f"id {made.key}".encode()
    again = await outbox.propose(ANN, same, freeze=lambda key: b"another")
    assert (again.key, again.content) == (made.key, made.content)
    assert (await outbox.propose(ANN, same, key="k", freeze=str.encode)).content == b"k"


@pytest.mark.parametrize("key", ["a/b", " a", "a\n", "x" * 201, "a\u202eb"])
async def test_a_key_that_cannot_be_one_is_refused(outbox: Outbox, key: str) -> None:
    with pytest.raises(InvalidInput, match="idempotency_key must be printable"):
        await outbox.propose(ANN, act(), key=key)
