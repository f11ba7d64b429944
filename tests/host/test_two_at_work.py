"""A conversation at work in one process is opened in another: no call ever has two results, nor none."""

from collections.abc import Sequence

import anyio
import anyio.lowlevel
import pytest
from desk import Desk, asks_for, doing, giving, last, only

from deskhand.context.message import Message, ToolResult
from deskhand.host import events
from deskhand.host.chat import Chat
from deskhand.host.conversation import Conversation, result_text
from deskhand.host.human import ApprovalRequest, Decision
from deskhand.host.open_calls import INTERRUPTED
from deskhand.host.scripted import WRITES, ScriptedHuman
from deskhand.models.script import Step

pytestmark = pytest.mark.anyio


class Gate:
    """Work that waits until it may end."""

    def __init__(self) -> None:
        self.reached, self.opened = anyio.Event(), anyio.Event()

    async def wait(self) -> str:
        self.reached.set()
        await self.opened.wait()
        return "done"


class Slow(ScriptedHuman):
    """Someone who takes their time, and then allows it."""

    def __init__(self, gate: Gate) -> None:
        super().__init__([Decision(allow=True)])
        self._gate = gate

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        await self._gate.wait()
        return await super().approve(requests)


def beside(desk: Desk, chat: Chat, *steps: Step) -> Desk:
    """Another process with the same conversation."""
    other = Desk(*steps)
    other.database, other.conversation = desk.database, chat.conversation.id
    return other


def results(messages: Sequence[Message]) -> list[tuple[str, str]]:
    blocks = [block for message in messages for block in message.content if isinstance(block, ToolResult)]
    return [(block.name, result_text(block)) for block in blocks]


async def follow(chat: Chat, happened: list[events.Event]) -> None:
    happened += [event async for event in chat.send("go")]


async def test_opening_a_conversation_at_work_writes_nothing() -> None:
    gate, happened = Gate(), list[events.Event]()
    desk = Desk(asks_for("slow"), Step(text="Fine."))
    desk.servers.add("slow", doing(gate.wait))
    async with desk.chat() as chat, anyio.create_task_group() as group:
        group.start_soon(follow, chat, happened)
        await gate.reached.wait()
        read = await Conversation.resume(desk.database, "local", chat.conversation.id)
        async with beside(desk, chat).chat() as other:
            assert len(await other.conversation.messages()) == len(read.view) == 2
        gate.opened.set()
    assert results(await chat.conversation.messages()) == [("slow", "done")]
    assert last(events.TurnFinished, happened).text == "Fine."


async def test_who_speaks_while_a_call_runs_elsewhere_goes_on_and_the_late_result_is_dropped() -> None:
    gate, happened = Gate(), list[events.Event]()
    desk = Desk(asks_for("quick", "slow"), Step(text="never"), Step(text="Both know."))
    desk.servers.add("slow", doing(gate.wait))
    desk.servers.add("quick", giving("1"))
    async with desk.chat() as chat:
        async with anyio.create_task_group() as group:
            group.start_soon(follow, chat, happened)
            await gate.reached.wait()
            while ("quick", "1") not in results(await chat.conversation.messages()):
                await anyio.lowlevel.checkpoint()
            async with beside(desk, chat, Step(text="Here.")).chat() as other:
                assert await other.answer("are you there?") == "Here."
            gate.opened.set()
        told = [event.text for event in only(events.Notice, happened)]
        assert told == ["The conversation went on elsewhere before slow was answered. What it gave was dropped."]
        finished = last(events.TurnFinished, happened)
        assert (finished.outcome, "went on with this conversation" in finished.error) == ("failed", True)
        assert sorted(results(await chat.conversation.messages())) == [("quick", "1"), ("slow", INTERRUPTED)]
        assert await chat.answer("and now?") == "never"
    roles = [message.role for message in desk.model.requests[-1].messages]
    assert roles == ["system", "user", "assistant", "tool", "tool", "user", "assistant", "user"]


async def test_what_was_passed_over_elsewhere_is_not_made_when_it_is_allowed_late() -> None:
    gate, happened = Gate(), list[events.Event]()
    desk = Desk(asks_for("write"), Step(text="never"))
    desk.servers.add("write", giving("written"), hints=WRITES)
    desk.human = Slow(gate)
    async with desk.chat() as chat:
        async with anyio.create_task_group() as group:
            group.start_soon(follow, chat, happened)
            await gate.reached.wait()
            async with beside(desk, chat, Step(text="Here.")).chat() as other:
                await other.answer("never mind")
            gate.opened.set()
        assert desk.servers.calls == []
        assert only(events.Notice, happened)[0].text.endswith("It was not made.")
        assert results(await chat.conversation.messages()) == [("write", INTERRUPTED)]


async def test_a_call_that_was_asked_for_elsewhere_after_opening_is_answered_before_the_next_word() -> None:
    gate, happened = Gate(), list[events.Event]()
    desk = Desk(asks_for("slow"), Step(text="never"))
    desk.servers.add("slow", doing(gate.wait))
    async with desk.chat() as chat, anyio.create_task_group() as group:
        await chat.conversation.append(Message(role="user", content=()))
        async with beside(desk, chat, Step(text="Here.")).chat() as other:
            group.start_soon(follow, chat, happened)
            await gate.reached.wait()
            assert await other.answer("hello?") == "Here."
            assert results(await other.conversation.messages()) == [("slow", INTERRUPTED)]
        gate.opened.set()


async def test_a_call_with_half_a_character_is_answered_as_bad_arguments() -> None:
    desk = Desk(asks_for("note", text="a \ud83d b"), Step(text="Sorry."))
    desk.servers.add("note", giving("kept"))
    happened = await desk.say()
    assert last(events.ToolFinished, happened).outcome == "bad_arguments"
    assert "half a character" in result_text(last(events.ToolFinished, happened).result)
    assert last(events.TurnFinished, happened).text == "Sorry."
    assert desk.servers.calls == []


async def test_two_calls_of_one_id_are_both_answered() -> None:
    call = asks_for("get").calls[0].model_copy(update={"id": "c"})
    desk = Desk(Step(calls=(call, call)), Step(text="Done."))
    desk.servers.add("get", giving("1"))
    finished = only(events.ToolFinished, await desk.say())
    assert len({event.call_id for event in finished}) == 2
