"""A call the person is asked about outlasts the host: it is asked about again, and made at most once."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import anyio
import pytest
from desk import Desk, asks_for, doing, giving, last, only
from tests.terminal.showing import text_of

from deskhand.context.message import Message, ToolCall, ToolResult, user
from deskhand.errors import Conflict
from deskhand.host import events
from deskhand.host.calls import NOT_MADE
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.conversation import Conversation, result_text
from deskhand.host.human import ApprovalRequest, Decision, FormAnswer, FormRequest, Human
from deskhand.host.open_calls import INTERRUPTED, NOT_BEGUN, PASSED_OVER
from deskhand.host.past import past_events
from deskhand.host.scripted import WRITES, ScriptedHuman
from deskhand.models.script import Step
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio

CALLS = (ToolCall(id="l", name="look", arguments={}), ToolCall(id="w", name="write", arguments={}))


class Absent:
    """A person who never answers; `asked` is set when there is a question."""

    def __init__(self) -> None:
        self.asked = anyio.Event()
        self.calls: list[str] = []

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        self.calls = [request.call.id for request in requests]
        self.asked.set()
        await anyio.sleep_forever()
        return []

    async def fill(self, form: FormRequest) -> FormAnswer:
        return FormAnswer("cancel")


class Place:
    """A database in a file, and servers whose calls are counted, for one chat after another."""

    def __init__(self, path: Path, *steps: Step) -> None:
        self.path = path
        self.desk = Desk(*steps)
        self.desk.servers.add("look", giving("seen"))
        self.desk.servers.add("write", giving("written"), hints=WRITES)

    @asynccontextmanager
    async def chat(self, human: Human, waiting: Sequence[str] | None = ()) -> AsyncGenerator[Chat]:
        with Database(self.path) as database:
            kept = None if waiting is None else frozenset(waiting)
            options = ChatOptions(database=database, conversation=self.desk.conversation, waiting=kept)
            async with Chat(self.desk.model, connections=self.desk.servers, human=human, options=options) as chat:
                self.desk.conversation = chat.conversation.id
                yield chat

    @property
    def made(self) -> list[str]:
        """The calls that were made."""
        return [name for name, _ in self.desk.servers.calls]

    async def cut(self, text: str = "write it", *, waiting: Sequence[str] | None = ()) -> list[str]:
        """Say something, and close the chat while it asks; the ids of what it asked about."""
        human = Absent()
        async with self.chat(human, waiting) as chat, anyio.create_task_group() as group:
            group.start_soon(follow, chat, text)
            await human.asked.wait()
            group.cancel_scope.cancel()
        return human.calls


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "deskhand.db", Step(text="I will.", calls=asks_for("write").calls), Step(text="Done."))


async def follow(chat: Chat, text: str) -> list[events.Event]:
    return [event async for event in chat.send(text)]


async def results(chat: Chat) -> dict[str, str]:
    blocks = [block for message in await chat.conversation.messages() for block in message.content]
    return {block.name: result_text(block) for block in blocks if isinstance(block, ToolResult)}


async def replayed(chat: Chat) -> list[events.Event]:
    conversation = chat.conversation
    return list(past_events(conversation.id, await conversation.messages(), await conversation.turn_records()))


async def test_a_call_is_asked_about_again_and_made_once(place: Place) -> None:
    waiting = await place.cut()
    human = ScriptedHuman([Decision(allow=True)])
    async with place.chat(human, waiting) as chat:
        assert chat.conversation.waiting == frozenset(waiting)
        happened = [event async for event in chat.go_on()]
        assert [request.call.id for request in human.asked[0]] == waiting
        assert place.made == ["write"]
        assert await results(chat) == {"write": "written"}
        assert chat.conversation.waiting == frozenset()
    turn = (only(events.TurnStarted, happened)[0], last(events.TurnFinished, happened))
    assert (turn[0].text, turn[0].turn, turn[1].outcome) == ("write it", turn[1].turn, "done")
    assert (turn[1].text, turn[1].steps) == ("Done.", 2)


async def test_a_denied_call_is_answered_and_the_turn_goes_on(place: Place) -> None:
    waiting = await place.cut()
    async with place.chat(ScriptedHuman(), waiting) as chat:
        happened = [event async for event in chat.go_on()]
        assert "was not called" in (await results(chat))["write"]
    assert place.made == []
    assert last(events.TurnFinished, happened).text == "Done."


async def test_a_turn_that_was_cut_is_replayed_as_one(place: Place) -> None:
    waiting = await place.cut()
    async with place.chat(ScriptedHuman([Decision(allow=True)]), waiting) as chat:
        before = await replayed(chat)
        happened = [event async for event in chat.go_on()]
        again = await replayed(chat)
    assert isinstance(before[-1], events.ApprovalAsked)
    kinds = [event.type for event in again]
    assert [kinds.count(kind) for kind in ("turn_started", "tool_requested", "approval_asked")] == [1, 1, 1]
    assert kinds[-1] == "turn_finished"
    shown = text_of(again, echo=True)
    assert [word in shown for word in ("write it", "I will.", "written", "Done.")] == [True] * 4
    assert happened[-1] == again[-1]


async def test_only_what_was_asked_about_stays_open(place: Place) -> None:
    place.desk.model = Desk(asks_for("look", "write"), Step(text="Done.")).model
    waiting = await place.cut()
    async with place.chat(ScriptedHuman([Decision(allow=True)]), waiting) as chat:
        assert await results(chat) == {"look": NOT_BEGUN}
        assert [event async for event in chat.go_on()][-1].type == "turn_finished"
        assert (await results(chat))["write"] == "written"
    assert place.made == ["write"]


async def test_a_call_that_nothing_is_known_of_is_answered_when_somebody_speaks(place: Place) -> None:
    await place.cut()
    async with place.chat(ScriptedHuman(), ["another"]) as chat:
        with pytest.raises(Conflict, match="Nothing of this conversation waits"):
            await anext(chat.go_on())
        assert await results(chat) == {}
        await chat.answer("and?")
        assert await results(chat) == {"write": INTERRUPTED}


async def test_beside_a_call_that_waits_no_other_was_begun_when_the_host_was_killed(place: Place) -> None:
    with Database(place.path) as database:
        killed = Conversation(database, "local")
        await killed.append(user("both"))
        await killed.append(Message(role="assistant", content=CALLS))
        place.desk.conversation = killed.id
    place.desk.model = Desk(Step(text="Done.")).model
    async with place.chat(ScriptedHuman([Decision(allow=True)]), ["w"]) as chat:
        await drain(chat.go_on())
        assert await results(chat) == {"look": NOT_BEGUN, "write": "written"}


async def test_a_call_that_was_begun_is_never_left_open(place: Place) -> None:
    begun = anyio.Event()

    async def forever() -> str:
        begun.set()
        await anyio.sleep_forever()
        return ""

    place.desk.servers.add("write", doing(forever), hints=WRITES)
    human = ScriptedHuman([Decision(allow=True)])
    async with place.chat(human) as chat, anyio.create_task_group() as group:
        group.start_soon(follow, chat, "write it")
        await begun.wait()
        group.cancel_scope.cancel()
    asked = [request.call.id for request in human.asked[0]]
    async with place.chat(human, asked) as chat:
        assert chat.conversation.waiting == frozenset()
        assert "Whether it had an effect is not known" in (await results(chat))["write"]


async def test_saying_something_else_passes_over_what_waits(place: Place) -> None:
    waiting = await place.cut()
    async with place.chat(ScriptedHuman(), waiting) as chat:
        assert await chat.answer("never mind") == "Done."
        assert await results(chat) == {"write": PASSED_OVER}
        assert chat.conversation.waiting == frozenset()
        finished = only(events.ToolFinished, await replayed(chat))
        assert [result_text(event.result) for event in finished] == [PASSED_OVER]
    assert place.made == []


async def test_cancelling_is_an_answer(place: Place) -> None:
    human = Absent()
    async with place.chat(human) as chat, anyio.create_task_group() as group:
        group.start_soon(follow, chat, "write it")
        await human.asked.wait()
        await chat.cancel()
        assert await results(chat) == {"write": NOT_MADE}
        assert last(events.TurnFinished, await replayed(chat)).outcome == "cancelled"


async def test_going_on_can_be_cancelled(place: Place) -> None:
    waiting = await place.cut()
    human = Absent()
    async with place.chat(human, waiting) as chat:
        happened: list[events.Event] = []
        async for event in chat.go_on():
            happened.append(event)
            if isinstance(event, events.ApprovalAsked):
                await human.asked.wait()
                await chat.cancel()
        assert await results(chat) == {"write": NOT_MADE}
        assert last(events.TurnFinished, happened).outcome == "cancelled"
        assert await chat.answer("and now?") == "Done."
    assert place.made == []


async def test_it_waits_through_several_hosts_and_in_the_same_one(place: Place) -> None:
    waiting = await place.cut()
    human = Absent()
    async with place.chat(human, waiting) as chat:
        async with anyio.create_task_group() as group:
            going = chat.go_on()
            group.start_soon(drain, going)
            await human.asked.wait()
            group.cancel_scope.cancel()
        assert chat.conversation.waiting == frozenset(waiting)
    async with place.chat(ScriptedHuman([Decision(allow=True)]), waiting) as chat:
        await drain(chat.go_on())
        assert await results(chat) == {"write": "written"}
        (turn,) = only(events.TurnStarted, await replayed(chat))
        assert turn.text == "write it"


async def drain(happening: AsyncGenerator[events.Event]) -> None:
    async with aclosing(happening):
        async for _ in happening:
            """What happens is looked at later."""


async def test_without_being_told_to_wait_a_chat_leaves_nothing_open(place: Place) -> None:
    await place.cut(waiting=None)
    async with place.chat(ScriptedHuman(), None) as chat:
        assert await results(chat) == {"write": NOT_MADE}
