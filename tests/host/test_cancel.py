"""A turn can be cancelled at any moment: what was written stays, no call stays open, and the chat goes on."""

from collections.abc import Sequence
from contextlib import aclosing

import anyio
import pytest
from desk import Desk, asks_for, doing, giving, last, only

from deskhand.context.message import Message, ToolCall, ToolResult, user
from deskhand.errors import Conflict
from deskhand.host import events
from deskhand.host.calls import CUT_SHORT, NOT_MADE
from deskhand.host.chat import Chat
from deskhand.host.conversation import Conversation, result_text
from deskhand.host.human import ApprovalRequest, Decision, Nobody
from deskhand.host.open_calls import INTERRUPTED
from deskhand.host.scripted import WRITES
from deskhand.models.script import Step

pytestmark = pytest.mark.anyio


async def results(chat: Chat) -> list[ToolResult]:
    return [
        block
        for message in await chat.conversation.messages()
        for block in message.content
        if isinstance(block, ToolResult)
    ]


async def test_cancelling_while_the_model_writes_keeps_the_partial_text() -> None:
    desk = Desk(Step(text="It was a dark and stormy night", chunk=5, times=1), Step(text="Fine."))
    async with desk.chat() as chat:
        happened: list[events.Event] = []
        async for event in chat.send("tell"):
            happened.append(event)
            if isinstance(event, events.TextDelta) and len(only(events.TextDelta, happened)) == 2:
                await chat.cancel()
        finished = last(events.TurnFinished, happened)
        kept = (await chat.conversation.messages())[-1]
        assert finished.outcome == "cancelled"
        assert "It was a dark and stormy".startswith(finished.text)
        assert (kept.text, kept.metadata.interrupted) == (finished.text, True)
        assert await chat.answer("go on") == "Fine."
        assert desk.model.requests[-1].messages[-2].text == finished.text


async def test_cancelling_reaches_the_tool_and_every_call_gets_a_result() -> None:
    cancelled = anyio.Event()

    async def forever() -> str:
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.set()
        return ""

    desk = Desk(asks_for("quick", "slow"), Step(text="Fine."))
    desk.servers.add("quick", giving("1"))
    desk.servers.add("slow", doing(forever))
    async with desk.chat() as chat:
        happened: list[events.Event] = []
        async for event in chat.send("go"):
            happened.append(event)
            if isinstance(event, events.ToolFinished) and event.outcome == "ok":
                await chat.cancel()
        assert cancelled.is_set()
        assert {event.outcome for event in only(events.ToolFinished, happened)} == {"ok", "cancelled"}
        assert [result_text(result) for result in await results(chat)] == ["1", CUT_SHORT]
        assert await chat.answer("and now?") == "Fine."


class Hesitant(Nobody):
    """A person who never decides."""

    def __init__(self) -> None:
        self.asked = anyio.Event()

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        self.asked.set()
        await anyio.sleep_forever()
        return await super().approve(requests)


async def test_cancelling_while_the_person_is_asked_counts_as_no() -> None:
    person = Hesitant()
    desk = Desk(asks_for("write"), Step(text="Fine."))
    desk.human = person
    desk.servers.add("write", giving("written"), hints=WRITES)
    async with desk.chat() as chat, anyio.create_task_group() as group:

        async def cancel_when_asked() -> None:
            await person.asked.wait()
            await chat.cancel()

        group.start_soon(cancel_when_asked)
        happened = [event async for event in chat.send("go")]
        assert last(events.ToolFinished, happened).outcome == "cancelled"
        assert [result_text(result) for result in await results(chat)] == [NOT_MADE]
    assert desk.servers.calls == []


async def test_leaving_the_loop_cancels_the_turn() -> None:
    desk = Desk(Step(text="word " * 100, times=None))
    async with desk.chat() as chat:
        async with aclosing(chat.send("go")) as happening:
            async for event in happening:
                if isinstance(event, events.TextDelta):
                    break
        kept = (await chat.conversation.messages())[-1]
        assert kept.metadata.interrupted
        assert len(await chat.answer("again")) == 500


async def test_cancelling_the_task_that_follows_cancels_the_turn() -> None:
    running = anyio.Event()

    async def forever() -> str:
        running.set()
        await anyio.sleep_forever()
        return ""

    desk = Desk(asks_for("slow"), Step(text="Fine."))
    desk.servers.add("slow", doing(forever))
    async with desk.chat() as chat:
        async with anyio.create_task_group() as group:

            async def follow() -> None:
                async for _ in chat.send("go"):
                    pass

            group.start_soon(follow)
            await running.wait()
            group.cancel_scope.cancel()
        assert [result_text(result) for result in await results(chat)] == [CUT_SHORT]
        assert await chat.answer("again") == "Fine."


async def test_closing_the_chat_ends_the_turn_in_order() -> None:
    running = anyio.Event()

    async def forever() -> str:
        running.set()
        await anyio.sleep_forever()
        return ""

    desk = Desk(asks_for("slow"))
    desk.servers.add("slow", doing(forever))
    happened: list[events.Event] = []
    async with anyio.create_task_group() as group:
        async with desk.chat() as chat:

            async def follow() -> None:
                happened.extend([event async for event in chat.send("go")])

            group.start_soon(follow)
            await running.wait()
        assert [result_text(result) for result in await results(chat)] == [CUT_SHORT]
    assert last(events.TurnFinished, happened).outcome == "cancelled"


async def test_one_turn_at_a_time() -> None:
    running, go_on = anyio.Event(), anyio.Event()

    async def work() -> str:
        running.set()
        await go_on.wait()
        return "done"

    desk = Desk(asks_for("slow"), Step(text="Fine."))
    desk.servers.add("slow", doing(work))
    async with desk.chat() as chat, anyio.create_task_group() as group:
        group.start_soon(chat.answer, "go")
        await running.wait()
        with pytest.raises(Conflict, match="A turn is running"):
            await chat.answer("me too")
        go_on.set()


async def test_cancelling_nothing_is_no_error() -> None:
    async with Desk().chat() as chat:
        await chat.cancel()


async def test_after_a_crash_between_a_call_and_its_result_the_conversation_goes_on() -> None:
    desk = Desk(Step(text="Fine."))
    left = Conversation(desk.database, "local")
    await left.append(user("go"))
    await left.append(Message(role="assistant", content=(ToolCall(id="1", name="slow", arguments={}),)))
    desk.conversation = left.id[:6]
    async with desk.chat() as chat:
        assert await chat.answer("still there?") == "Fine."
        assert [result_text(result) for result in await results(chat)] == [INTERRUPTED]
    roles = [message.role for message in desk.model.requests[-1].messages]
    assert roles == ["system", "user", "assistant", "tool", "user"]


async def test_cancelling_before_the_model_is_asked_keeps_what_was_said() -> None:
    desk = Desk(Step(text="Fine."))
    async with desk.chat() as chat:
        happened: list[events.Event] = []

        async def ready() -> None:
            await anyio.sleep_forever()

        async with anyio.create_task_group() as tasks:
            async for event in chat.send("tell", ready=ready):
                happened.append(event)
                if isinstance(event, events.TurnStarted):
                    tasks.start_soon(chat.cancel)
        assert last(events.TurnFinished, happened).outcome == "cancelled"
        assert [message.text for message in await chat.conversation.messages()] == ["tell"]
        assert not desk.model.requests
        assert await chat.answer("go on") == "Fine."


async def test_the_model_is_asked_when_what_is_waited_for_is_there() -> None:
    desk = Desk(Step(text="Fine."))
    async with desk.chat() as chat:
        kept: list[str] = []

        async def ready() -> None:
            kept.extend(message.text for message in await chat.conversation.messages())
            assert not desk.model.requests

        happened = [event async for event in chat.send("tell", ready=ready)]
        assert kept == ["tell"]
        assert last(events.TurnFinished, happened).text == "Fine."
