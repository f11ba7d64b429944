"""Taking compactions back, pinning and unpinning."""

from collections.abc import Awaitable, Callable

import pytest
from desk import Desk, asks_for, giving, only
from small_window import beside, ids, orphans, recalled, small, talk, talk_until_compacted, turn

from deskhand.context.receipt import is_digest
from deskhand.errors import Conflict, NotFound
from deskhand.host import events
from deskhand.host.chat import Chat
from deskhand.models.script import Step

pytestmark = pytest.mark.anyio


async def test_after_an_undo_nothing_comes_back_because_all_is_in_view() -> None:
    desk = small()
    async with desk.chat() as chat:
        await turn(chat, "The vault code of Zanzibar is 8841-K.")
        await talk_until_compacted(chat)
        await turn(chat, "What is the vault code of Zanzibar?")
        assert chat.memory.recalled_tokens() > 0
        await chat.memory.undo(1)
        assert (chat.memory.moved_out, chat.memory.recalled_tokens(), chat.memory.receipts) == (0, 0, ())
        view = await chat.memory.within(100_000)
        assert view == chat.conversation.view
        assert ids(view) == ids(await chat.conversation.messages())


async def test_after_an_undo_the_next_compaction_waits_until_the_budget_is_used_up() -> None:
    desk = small()
    async with desk.chat() as chat:
        happened = await talk_until_compacted(chat)
        first = only(events.ContextCompacted, happened)[-1]
        assert first.tokens_before < first.budget
        await chat.memory.undo()
        happened = await talk_until_compacted(chat, "more")
        again = only(events.ContextCompacted, happened)[-1]
        assert again.receipt == 2
        assert again.tokens_before > again.budget
        assert {event.outcome for event in only(events.TurnFinished, happened)} == {"done"}


async def test_an_undo_takes_back_the_later_compactions_too_and_tells() -> None:
    desk = small()
    async with desk.chat() as chat:
        await talk_until_compacted(chat, times=3)
        before = chat.memory.receipts[0]
        restored = await chat.memory.undo(2)
        assert restored.receipts == (2, 3)
        assert desk.outside[-1] == restored
        assert [one.number for one in chat.memory.receipts] == [before.number]
        whole = await chat.memory.whole_receipt(1)
        assert whole is not None
        assert [one.text for one in chat.conversation.view if is_digest(one)] == [whole.digest]
        assert set(ids(await chat.conversation.messages())) - set(ids(chat.conversation.view)) == set(whole.moved_out)


@pytest.mark.parametrize("number", [0, -1, 4, 99])
async def test_an_undo_of_an_unknown_compaction_names_those_in_force(number: int) -> None:
    desk = small()
    async with desk.chat() as chat:
        await talk_until_compacted(chat, times=2)
        before = ids(chat.conversation.view)
        with pytest.raises(NotFound, match=f"no compaction {number} in force; there are 1, 2"):
            await chat.memory.undo(number)
        assert ids(chat.conversation.view) == before


async def test_an_undo_when_nothing_was_compacted_says_so() -> None:
    async with small().chat() as chat:
        with pytest.raises(NotFound, match="Nothing of this conversation was compacted"):
            await chat.memory.undo()


CHANGES: dict[str, Callable[[Chat], Awaitable[object]]] = {
    "undo": lambda chat: chat.memory.undo(),
    "pin": lambda chat: chat.memory.pin(),
    "unpin": lambda chat: chat.memory.unpin(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_while_a_turn_runs_nothing_is_taken_back_or_pinned(change: Callable[[Chat], Awaitable[object]]) -> None:
    async with small().chat() as chat:
        await talk_until_compacted(chat)
        await chat.memory.pin()
        refused = 0
        async for _ in chat.send("hello"):
            if chat.memory.busy:
                with pytest.raises(Conflict, match="A turn is running"):
                    await change(chat)
                refused += 1
        assert refused > 0
        await change(chat)


def with_a_call() -> Desk:
    """The model first looks something up."""
    look = Step(text="I look for the quokka file.", calls=asks_for("get", which="a").calls + asks_for("get").calls)
    desk = small(look, Step(text="found"))
    desk.servers.add("get", giving("result " * 30))
    return desk


async def test_a_pinned_call_comes_back_with_its_results_and_stays() -> None:
    desk = with_a_call()
    async with desk.chat() as chat:
        await turn(chat, "first")
        await talk(chat, [f"topic {number}" for number in range(14)])
        calls = [one for one in await chat.conversation.messages() if one.tool_calls or one.role == "tool"]
        assert len(calls) == 3
        assert not set(ids(calls)) & set(ids(chat.conversation.view))
        pinned = await chat.memory.pin("the QUOKKA")
        assert pinned.id == calls[0].id
        assert set(ids(calls)) <= set(ids(chat.conversation.view))
        await turn(chat, "go on")
        assert not orphans(desk.model.requests[-1].messages)
        await talk(chat, [f"subject {number}" for number in range(14)])
        assert set(ids(calls)) <= set(ids(chat.conversation.view))
        assert not orphans(desk.model.requests[-1].messages)
        await chat.memory.unpin("quokka")
        await talk(chat, [f"matter {number}" for number in range(14)])
        assert not set(ids(calls)) & set(ids(chat.conversation.view))


async def test_a_pin_survives_compactions_and_another_process() -> None:
    desk = small()
    async with desk.chat() as chat:
        await turn(chat, "Answer in French, my name is Ann.")
        pinned = await chat.memory.pin("my name")
        assert pinned.metadata.priority == "pinned"
        await talk_until_compacted(chat)
        async with beside(desk, chat).chat() as other:
            await talk_until_compacted(other, "more", times=3)
            kept = {one.id: one.why for one in other.memory.receipts[-1].kept}
            assert kept[pinned.id] == "pinned"
            assert pinned.id in ids(other.conversation.view)
            await other.memory.unpin()
            with pytest.raises(NotFound, match="No message is pinned"):
                await other.memory.unpin()


async def test_without_words_the_last_thing_the_person_said_is_pinned() -> None:
    async with small().chat() as chat:
        with pytest.raises(NotFound, match="Nothing was said yet"):
            await chat.memory.pin()
        await turn(chat, "one")
        await turn(chat, "two")
        assert (await chat.memory.pin()).text == "two"


async def test_words_that_stand_nowhere_pin_nothing() -> None:
    desk = small()
    async with desk.chat() as chat:
        await talk_until_compacted(chat)
        with pytest.raises(NotFound, match="No message of this conversation says 'wombat'"):
            await chat.memory.pin("wombat")
        with pytest.raises(NotFound, match="No pinned message says 'topic'"):
            await chat.memory.unpin("topic")
        assert {one.metadata.priority for one in await chat.conversation.messages()} == {"normal"}


async def test_what_is_pinned_does_not_come_back_beside_itself() -> None:
    desk = small(Step(text="Noted."))
    async with desk.chat() as chat:
        await turn(chat, "The vault code of Zanzibar is 8841-K.")
        await talk_until_compacted(chat)
        await chat.memory.pin("The vault code")
        await turn(chat, "What is the vault code of Zanzibar?")
    request = desk.model.requests[-1]
    assert sum(one.text == "The vault code of Zanzibar is 8841-K." for one in request.messages) == 1
    assert "8841-K" not in recalled(request)


async def test_words_in_a_row_name_a_message_before_words_that_are_scattered() -> None:
    desk = small()
    async with desk.chat() as chat:
        for said in (
            "The ferry leaves at 7:15, from berth 13.",
            "At 7:15 there is no other ferry, is there?",
            "Thanks.",
        ):
            await turn(chat, said)
        assert "The ferry leaves at 7:15" in (await chat.memory.pin("ferry LEAVES at")).text
        assert "no other ferry" in (await chat.memory.pin("ferry 7:15 other")).text
        with pytest.raises(NotFound):
            await chat.memory.pin("ferry 7:16")
