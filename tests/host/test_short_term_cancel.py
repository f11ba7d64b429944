"""A turn is cancelled while the view changes: memory and disk stay the same, wherever it happens."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

import anyio
import pytest
import sqlalchemy as sa
from desk import last, only
from small_window import ids, small, talk, talk_until_compacted, turn

from deskhand.context.receipt import moved_out
from deskhand.host import events
from deskhand.host.chat import Chat
from deskhand.host.conversation import Conversation
from deskhand.host.summarizer import INSTRUCTIONS
from deskhand.models.model import ModelEvent, Request
from deskhand.models.script import Step
from deskhand.models.scripted import ScriptedModel
from deskhand.settings_sections import HostSettings
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio

T = TypeVar("T")


async def assert_as_on_disk(database: Database, chat: Chat) -> None:
    """What the open chat sees is what a resumed one sees, and each message is in view or moved out."""
    read = await Conversation.resume(database, "local", chat.conversation.id)
    assert [(one.id, one.content) for one in read.view] == [(one.id, one.content) for one in chat.conversation.view]
    assert chat.memory.moved_out == read.moved_out
    every = ids(await read.messages())
    assert sorted([*ids(chat.conversation.window.messages), *moved_out(chat.memory.receipts)]) == sorted(every)
    assert chat.conversation.positions_in_full() == read.positions_in_full()


class Interrupting(Database):
    """Cancels a scope at a certain access of those to come, before it or when its work is done."""

    before = after = 0

    def arm(self, scope: anyio.CancelScope, *, before: int, after: int) -> None:
        """Cancel this before so many accesses, or after so many; 0 is never."""
        self.scope, self.before, self.after = scope, before, after

    async def aread(self, work: Callable[[sa.Connection], T], *, subject: str | None = None) -> T:
        return await self._interrupted(super().aread(work, subject=subject))

    async def awrite(self, work: Callable[[sa.Connection], T], *, subject: str | None = None) -> T:
        return await self._interrupted(super().awrite(work, subject=subject))

    async def _interrupted(self, access: Awaitable[T]) -> T:
        self.before -= 1
        if self.before == 0:
            self.scope.cancel()
        done = await access
        self.after -= 1
        if self.after == 0:
            self.scope.cancel()
        return done


CHANGES: dict[str, Callable[[Chat], Awaitable[object]]] = {
    "compact": lambda chat: chat.memory.compact(1_500, "asked"),
    "undo": lambda chat: chat.memory.undo(),
    "pin": lambda chat: chat.memory.pin("topic 0"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_change_that_is_cancelled_is_done_or_not_done(change: Callable[[Chat], Awaitable[object]]) -> None:
    desk = small()
    desk.database = database = Interrupting(None)
    cancelled = 0
    async with desk.chat() as chat:
        for place in range(1, 9):
            for before in (True, False):
                await talk_until_compacted(chat, f"topic {place}")
                await talk(chat, [f"subject {place}", f"topic 0 {place}"])
                with anyio.CancelScope() as scope:
                    database.arm(scope, before=place * before, after=place * (not before))
                    await change(chat)
                database.arm(scope, before=0, after=0)
                cancelled += scope.cancelled_caught
                await assert_as_on_disk(database, chat)
        assert last(events.TurnFinished, await talk(chat, ["on"])).outcome == "done"
    assert cancelled > 0


class SlowWriter(ScriptedModel):
    """Never ends a summary, the first time it is asked for one."""

    def __init__(self) -> None:
        super().__init__([Step(text="Of {last} " + "word " * 90, times=None)], context_window=4_000)
        self.summarises = anyio.Event()

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncGenerator[AsyncIterator[ModelEvent]]:
        if request.messages[0].text == INSTRUCTIONS and not self.summarises.is_set():
            self.summarises.set()
            await anyio.sleep_forever()
        async with super().stream(request) as stream:
            yield stream


async def test_a_turn_that_is_cancelled_during_a_summary_leaves_the_view_as_it_was() -> None:
    desk = small()
    desk.model = model = SlowWriter()
    desk.host = HostSettings(summarize=True)
    happened: list[events.Event] = []

    async def talks(chat: Chat) -> None:
        while not model.summarises.is_set():
            happened.extend(await talk(chat, [f"topic {len(happened)}"]))

    async with desk.chat() as chat:
        with anyio.fail_after(20):
            async with anyio.create_task_group() as group:
                group.start_soon(talks, chat)
                await model.summarises.wait()
                await chat.cancel()
        assert last(events.TurnFinished, happened).outcome == "cancelled"
        assert (chat.memory.receipts, chat.memory.moved_out) == ((), 0)
        assert only(events.ContextCompacted, happened) == []
        await assert_as_on_disk(desk.database, chat)
        happened = await turn(chat, "and now?")
        assert last(events.TurnFinished, happened).outcome == "done"
        assert [one.receipt for one in only(events.ContextCompacted, happened)] == [1]
        await assert_as_on_disk(desk.database, chat)


async def test_leaving_the_loop_while_it_is_compacted_leaves_disk_and_memory_the_same() -> None:
    desk = small()
    async with desk.chat() as chat:
        number = 0
        while not chat.memory.receipts:
            number += 1
            async with aclosing(chat.send(f"topic {number} " + "word " * 60)) as happened:
                async for event in happened:
                    if isinstance(event, events.ContextCompacted):
                        break
        assert (await chat.conversation.messages())[-1].role == "user"
        await assert_as_on_disk(desk.database, chat)
        assert last(events.TurnFinished, await turn(chat, "on")).outcome == "done"
        await assert_as_on_disk(desk.database, chat)
