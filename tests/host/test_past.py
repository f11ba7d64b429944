"""A reload equals a replay: what happened is kept in short, and looks the same when it is shown again."""

from collections.abc import Callable, Iterable
from contextlib import aclosing

import mcp_types
import pytest
from desk import PIXEL, Desk, asks_for, doing, failing, giving
from pydantic import JsonValue
from tests.terminal.showing import text_of

from deskhand.context.message import Message, ToolResult, user
from deskhand.errors import Unavailable
from deskhand.host import events
from deskhand.host.attachments import Spoken
from deskhand.host.chat import Chat
from deskhand.host.human import Decision
from deskhand.host.past import past_events
from deskhand.host.scripted import WRITES, ScriptedHuman
from deskhand.host.tools import ProgressCallback
from deskhand.models.script import ScriptedCall, ScriptedError, Step
from deskhand.models.scripted import StepSource

pytestmark = pytest.mark.anyio

LONG = "# Findings\n\nThe *first* paragraph.\n\n- one\n- two\n\n```python\nprint(1)\n```\n\nThe end."
LEFT_OUT = (events.ToolProgress, events.Frame)
CUT = ScriptedError(kind="cut")
BUSY = ScriptedError(kind="overloaded", retry_after=0.1)
AGAIN = Step(calls=(ScriptedCall(name="read", id="call_0"), ScriptedCall(name="read", id="call_1")))

TURNS: dict[str, list[StepSource]] = {
    "an answer in pieces": [Step(text=LONG, chunk=7)],
    "reasoning, then an answer": [Step(reasoning="Let me think about it.", text=LONG)],
    "reasoning and no answer": [Step(reasoning="Nothing to say to that.")],
    "several steps with tools": [
        Step(text="First this.", calls=asks_for("read").calls),
        Step(reasoning="And now?", calls=asks_for("read", "write").calls),
        Step(text=LONG),
    ],
    "a call without a word": [asks_for("read"), Step(text="Done.")],
    "a tool that moves and fails": [asks_for("slow", "broken"), Step(text="It did not work.")],
    "ids of calls that begin anew": [AGAIN, AGAIN, Step(text="Twice.")],
    "a picture": [asks_for("picture"), Step(text="A pixel.")],
    "a tool there is none of": [asks_for("nothing"), Step(text="Sorry.")],
    "a call that is denied": [asks_for("write"), asks_for("write"), Step(text="Then not.")],
    "an answer that is cut and begins again": [
        Step(reasoning="Hm.", text="It was a dark and", error=CUT),
        Step(text="It was a bright day.", calls=asks_for("read").calls),
        Step(text="So it was."),
    ],
    "a busy model": [Step(error=BUSY), Step(text="Here I am.")],
    "a model that fails half way": [Step(text="I will", error=ScriptedError(kind="failed"))],
    "an answer that is cut off": [Step(text="It was a dark and", finish="length")],
}


async def reports(_arguments: dict[str, JsonValue], progress: ProgressCallback) -> str:
    progress(1, 2, "half way")
    return "slowly"


def arranged(*steps: StepSource) -> Desk:
    desk = Desk(*steps)
    desk.human = ScriptedHuman([Decision(allow=True, arguments={"to": "bob"})])
    picture = mcp_types.ImageContent(data=PIXEL, mime_type="image/png")
    desk.servers.add("read", giving("Grüße\n" * 40))
    desk.servers.add("write", giving("written"), hints=WRITES)
    desk.servers.add("slow", reports)
    desk.servers.add("broken", failing(Unavailable("It is down.")))
    desk.servers.add("picture", giving(mcp_types.CallToolResult(content=[picture])))
    return desk


async def replayed(chat: Chat) -> list[events.Event]:
    conversation = chat.conversation
    return list(past_events(conversation.id, await conversation.messages(), await conversation.turn_records()))


def merged(happened: Iterable[events.Event]) -> list[events.Event]:
    """Without what is left out, and deltas that came one after another as one."""
    found: list[events.Event] = []
    for event in happened:
        before = found[-1] if found else None
        if isinstance(event, events.TextDelta | events.ReasoningDelta) and isinstance(before, type(event)):
            found[-1] = before.model_copy(update={"text": before.text + event.text})
        elif not isinstance(event, LEFT_OUT):
            found.append(event)
    return found


@pytest.mark.parametrize("steps", TURNS.values(), ids=TURNS)
async def test_a_replay_tells_what_happened(steps: list[StepSource]) -> None:
    desk = arranged(*steps)
    async with desk.chat() as chat:
        happened = [event async for event in chat.send("Look into it")]
        again = await replayed(chat)
    assert again == merged(happened)
    assert text_of(again, echo=True) == text_of(happened, echo=True)


@pytest.mark.parametrize("steps", TURNS.values(), ids=TURNS)
async def test_what_is_kept_of_a_turn_holds_no_text_twice(steps: list[StepSource]) -> None:
    desk = arranged(*steps)
    async with desk.chat() as chat:
        async with aclosing(chat.send("Look into it")) as happening:
            async for _ in happening:
                pass
        (record,) = (await chat.conversation.turn_records()).values()
    assert "Grüße" not in record
    assert PIXEL not in record
    assert record.count("The end.") <= 1  # in the event that ends the turn


async def test_a_turn_that_is_cancelled_is_replayed_as_it_was() -> None:
    desk = arranged(Step(text="It was a dark and stormy night", chunk=5))
    happened: list[events.Event] = []
    async with desk.chat() as chat:
        async for event in chat.send("tell"):
            happened.append(event)
            if isinstance(event, events.TextDelta):
                await chat.cancel()
        again = await replayed(chat)
    assert again == merged(happened)
    assert isinstance(again[-1], events.TurnFinished)
    assert again[-1].outcome == "cancelled"


async def test_each_call_of_a_conversation_has_an_id_of_its_own() -> None:
    desk = arranged(AGAIN, AGAIN, Step(text="Done."), AGAIN, Step(text="Again."))
    async with desk.chat() as chat:
        happened = [event async for event in chat.send("first")] + [event async for event in chat.send("second")]
        messages = await chat.conversation.messages()
    asked = [call.id for message in messages for call in message.tool_calls]
    assert len(asked) == len(set(asked)) == 6
    assert [event.call.id for event in happened if isinstance(event, events.ToolRequested)] == asked
    answered = [block.call_id for message in messages for block in message.content if isinstance(block, ToolResult)]
    assert sorted(answered) == sorted(asked)


async def test_several_turns_are_replayed_in_their_order() -> None:
    desk = arranged(asks_for("read"), Step(text="One."), Step(text="Two."))
    async with desk.chat() as chat:
        happened = [event async for event in chat.send("first")]
        happened += [event async for event in chat.send("second")]
        assert await replayed(chat) == merged(happened)


async def test_what_the_person_should_know_of_a_turn_is_kept_with_it_and_not_said_to_the_model() -> None:
    desk = arranged(Step(text="Done."))
    spoken = Spoken((user("go"),), notes=("plan.pdf is empty.", "It was left out."))
    async with desk.chat() as chat:
        happened = [event async for event in chat.send(spoken)]
        again = await replayed(chat)
    assert [event.type for event in happened[:3]] == ["turn_started", "notice", "notice"]
    notices = [event for event in again if isinstance(event, events.Notice)]
    assert [(each.level, each.text) for each in notices] == [
        ("warning", "plan.pdf is empty."),
        ("warning", "It was left out."),
    ]
    assert "plan.pdf" not in str(desk.model.requests[-1].messages)


async def test_a_copy_of_a_conversation_is_replayed_as_its_own() -> None:
    desk = arranged(Step(text="One."))
    async with desk.chat() as chat:
        await chat.answer("first")
        messages, records = await chat.conversation.messages(), await chat.conversation.turn_records()
    started = next(past_events("the copy", messages, records))
    assert isinstance(started, events.TurnStarted)
    assert started.conversation == "the copy"


async def test_a_prompt_of_several_messages_is_one_turn() -> None:
    answer = Message(role="assistant", content=user("I will.").content)
    desk = arranged(Step(text="Before."), Step(text="Done."), Step(text="After."))
    async with desk.chat() as chat:
        happened = [event async for event in chat.send("before")]
        happened += [event async for event in chat.send([user("Be brief."), answer, user("Go on.")])]
        happened += [event async for event in chat.send("after")]
        assert await replayed(chat) == merged(happened)


async def test_a_turn_is_named_by_the_message_of_the_person() -> None:
    desk = arranged(Step(text="Fine."))
    async with desk.chat() as chat:
        started = [event async for event in chat.send("hi") if isinstance(event, events.TurnStarted)]
        assert [event.turn for event in started] == [(await chat.conversation.messages())[0].id]


def damaged(_record: str) -> str:
    return '{"version": 2, "events": "of a newer Deskhand"}'


def lost(_record: str) -> None:
    return None


@pytest.mark.parametrize("happens", [damaged, lost])
async def test_without_a_record_the_messages_tell(happens: Callable[[str], str | None]) -> None:
    desk = arranged(asks_for("read"), Step(text="One."))
    async with desk.chat() as chat:
        await chat.answer("first")
        conversation = chat.conversation
        kept = await conversation.turn_records()
        records = {turn: changed for turn, record in kept.items() if (changed := happens(record)) is not None}
        messages = await conversation.messages()
        found = list(past_events(conversation.id, messages, records))
    kinds = ["turn_started", "text_delta", "model_finished", "tool_requested", "tool_finished"]
    assert [event.type for event in found] == [*kinds, "text_delta", "model_finished"]
    assert found == list(past_events(conversation.id, messages))


async def test_what_came_to_a_turn_after_its_record_is_told_too() -> None:
    desk = arranged(asks_for("read"), Step(text="One."))
    async with desk.chat() as chat:
        await chat.answer("first")
        messages, records = await chat.conversation.messages(), await chat.conversation.turn_records()
        later = Message(role="assistant", content=user("And this.").content)
        found = list(past_events(chat.conversation.id, [*messages, later], records))
        assert [event.type for event in found[-2:]] == ["text_delta", "model_finished"]
        assert found[:-2] == await replayed(chat)


async def test_a_message_that_could_not_be_kept_leaves_the_rest() -> None:
    desk = arranged(Step(text="One.", calls=asks_for("read").calls), Step(text="Two."))
    async with desk.chat() as chat:
        await chat.answer("first")
        messages, records = await chat.conversation.messages(), await chat.conversation.turn_records()
        found = list(past_events(chat.conversation.id, messages[:-1], records))
    assert [event.text for event in found if isinstance(event, events.TextDelta)] == ["One."]
    assert isinstance(found[-1], events.TurnFinished)


async def test_a_turn_goes_on_when_what_it_looked_like_cannot_be_kept() -> None:
    desk = arranged(asks_for("delete"), Step(text="Gone."))

    async def delete() -> str:
        desk.database.write(lambda connection: connection.exec_driver_sql("DROP TABLE turn_record"))
        return "dropped"

    desk.servers.add("delete", doing(delete))
    async with desk.chat() as chat:
        assert await chat.answer("do it") == "Gone."
