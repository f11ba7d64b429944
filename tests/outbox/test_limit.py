"""What may happen without a yes, counted so that no two count each other out, and what needs a yes once and for all."""

from dataclasses import replace
from typing import Any

import anyio
import pytest
from tests.outbox.world import Clock, Performing, World, act

from deskhand.outbox.act import LONGEST_QUESTION, Limit
from deskhand.outbox.outbox import SETTLED, Outbox
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio
ONE = Limit(("mail",), "work", 1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(database: Database, clock: Clock) -> Outbox:
    return Outbox(database, clock)


async def test_of_many_at_once_one_passes(outbox: Outbox) -> None:
    world = World()
    entries = [await outbox.propose("ann", act(f"{number}")) for number in range(8)]

    async def perform(key: str) -> None:
        await outbox.perform("ann", key, Performing(world), limit=ONE)

    async with anyio.create_task_group() as tasks:
        for entry in entries:
            tasks.start_soon(perform, entry.key)
    assert world.happened.total() == 1
    found = [await outbox.find("ann", entry.key) for entry in entries]
    assert sorted((entry.state, entry.asks) for entry in found) == [("done", False), *[("waiting", True)] * 7]
    assert {entry.error for entry in found if entry.asks} == {"Only 1 in an hour go without the person's yes."}


async def test_what_happened_or_may_have_counts_for_an_hour(outbox: Outbox, clock: Clock) -> None:
    others = (act("waits"), act(kind="rule"), act(account="home"))
    for other in others:
        await outbox.propose("ann", other)
    assert not await outbox.is_reached("ann", ONE)
    doubtful = await outbox.propose("ann", act())
    await outbox.perform("ann", doubtful.key, Performing(World(), "answer lost"))
    assert await outbox.is_reached("ann", ONE)
    assert not await outbox.is_reached("bob", ONE)
    assert not await outbox.is_reached("ann", replace(ONE, account="home"))
    clock.forward(minutes=61)
    assert not await outbox.is_reached("ann", ONE)


async def test_what_needed_a_yes_once_needs_it_always(outbox: Outbox) -> None:
    world = World()
    entry = await outbox.propose("ann", act())
    assert not await outbox.must_ask(entry, passes=True)
    assert await outbox.must_ask(entry, passes=False)
    again = await outbox.propose("ann", act())
    assert await outbox.must_ask(again, passes=True)
    assert (await outbox.perform("ann", entry.key, Performing(world), limit=ONE)).state == "waiting"
    done = await outbox.perform("ann", entry.key, Performing(world))
    assert (done.state, await outbox.must_ask(done, passes=False)) == ("done", False)


async def test_a_question_shows_all_or_is_not_put(outbox: Outbox) -> None:
    entry = await outbox.propose("ann", act("pay\u202e me"))
    assert entry.question("Send?") == (
        f"Send?\n\nTo: ann@example.org\n\npay\\u202e me\n\n{entry.uri}, content {entry.fingerprint}"
    )
    longer = replace(entry, preview="a" * LONGEST_QUESTION)
    assert longer.question("Send?")
    assert replace(entry, preview=f"{longer.preview}b").question("Send?") == ""
    changes: dict[str, Any] = {"content": b"", "preview": "", "title": "", "payload": {}, "account": "", "kind": ""}
    assert entry.fingerprint not in [replace(entry, **{name: value}).fingerprint for name, value in changes.items()]


async def test_a_long_preview_shows_its_head_and_its_tail_and_says_where_the_rest_is(outbox: Outbox) -> None:
    entry = await outbox.propose("ann", replace(act(), preview="a" * 90 + "b" * 10 + "c" * 20))
    assert entry.shown(120) == entry.preview
    assert entry.shown(80) == (f"{'a' * 60}\n[… 40 letters are not shown here; all of it: {entry.uri} …]\n{'c' * 20}")


async def test_what_the_person_settled_tells_so(outbox: Outbox) -> None:
    entry = await outbox.propose("ann", act())
    await outbox.perform("ann", entry.key, Performing(World(), "doubt before"))
    assert (await outbox.settle("ann", entry.key, happened=True)).result["answer"] == SETTLED
