"""Two processes have one conversation open: what one does to it, the other heeds, and nothing is lost or doubled."""

import pytest
from desk import Desk, only
from small_window import beside, ids, small, talk, talk_until_compacted, turn

from deskhand.context.receipt import moved_out
from deskhand.errors import Conflict
from deskhand.host import events
from deskhand.host.chat import Chat
from deskhand.host.conversation import Conversation

pytestmark = pytest.mark.anyio


async def assert_as_on_disk(desk: Desk, chat: Chat) -> None:
    """What a chat sees is what a third process would see, and each message is in view or moved out, once."""
    read = await Conversation.resume(desk.database, "local", chat.conversation.id)
    assert [(one.id, one.content) for one in read.view] == [(one.id, one.content) for one in chat.conversation.view]
    assert [(one.number, one.base) for one in read.window.receipts] == [
        (one.number, one.base) for one in chat.memory.receipts
    ]
    every, gone = ids(await read.messages()), moved_out(chat.memory.receipts)
    assert len(every) == len(set(every))
    assert sorted([*ids(chat.conversation.window.messages), *gone]) == sorted(every)
    assert chat.memory.moved_out == read.moved_out == len(gone)


def outcomes(happened: list[events.Event]) -> set[str]:
    return {event.outcome for event in only(events.TurnFinished, happened)}


async def test_what_another_process_compacted_is_not_compacted_again_from_an_old_view() -> None:
    desk = small()
    async with desk.chat() as ours:
        await talk(ours, ["ours 1", "ours 2"])
        async with beside(desk, ours).chat() as theirs:
            await talk_until_compacted(theirs, "theirs", times=2)
        happened = await talk_until_compacted(ours, "later")
        assert outcomes(happened) == {"done"}
        assert [receipt.number for receipt in ours.memory.receipts] == [1, 2, 3]
        assert [receipt.base for receipt in ours.memory.receipts] == [0, 1, 2]
        await assert_as_on_disk(desk, ours)
        assert outcomes(await talk(ours, ["on 1", "on 2"])) == {"done"}
        await assert_as_on_disk(desk, ours)


async def test_two_processes_that_compact_by_turns_see_the_same_in_the_end() -> None:
    desk = small()
    async with desk.chat() as ours:
        await talk(ours, ["first"])
        async with beside(desk, ours).chat() as theirs:
            happened: list[events.Event] = []
            for number in range(12):
                happened += await talk(ours, [f"ours {number}"]) + await talk(theirs, [f"theirs {number}"])
            assert outcomes(happened) == {"done"}
            await theirs.memory.compact(1_500, "asked")
            await assert_as_on_disk(desk, theirs)
        await ours.memory.compact(1_200, "asked")
        await assert_as_on_disk(desk, ours)
        assert len(await ours.conversation.messages()) == 50


async def test_what_another_process_took_back_is_in_view_again() -> None:
    desk = small()
    async with desk.chat() as ours:
        await talk_until_compacted(ours)
        async with beside(desk, ours).chat() as theirs:
            await theirs.memory.undo()
        await ours.memory.compact(2_000, "asked")
        (receipt,) = ours.memory.receipts
        assert (receipt.number, receipt.base) == (2, 0)
        await assert_as_on_disk(desk, ours)
        assert outcomes(await talk(ours, ["on"])) == {"done"}


async def test_what_another_process_said_is_seen_after_the_next_compaction() -> None:
    desk = small()
    async with desk.chat() as ours:
        await talk(ours, ["first"])
        async with beside(desk, ours).chat() as theirs:
            await turn(theirs, "The gate opens with 8841.")
            (said,) = [one for one in theirs.conversation.view if one.text == "The gate opens with 8841."]
        assert said.id not in ids(ours.conversation.view)
        await talk(ours, [f"ours {number}" for number in range(3)])
        await ours.memory.compact(2_800, "asked")
        (receipt,) = ours.memory.receipts
        assert said.id in {*(kept.id for kept in receipt.kept), *receipt.moved_out}
        assert any("8841" in message.text for message in ours.conversation.view)
        await assert_as_on_disk(desk, ours)


async def test_a_compaction_that_was_taken_back_elsewhere_is_not_taken_back_again() -> None:
    desk = small()
    async with desk.chat() as ours:
        await talk_until_compacted(ours)
        async with beside(desk, ours).chat() as theirs:
            await theirs.memory.undo()
        with pytest.raises(Conflict, match="taken back already"):
            await ours.memory.undo()
        await assert_as_on_disk(desk, ours)


async def test_what_another_process_made_much_shorter_is_seen_though_nothing_more_can_be_gained() -> None:
    desk = small()
    async with desk.chat() as ours:
        await talk_until_compacted(ours)
        async with beside(desk, ours).chat() as theirs:
            await theirs.memory.compact(1_200, "asked")
        assert not await ours.memory.compact(100_000, "asked")
        await assert_as_on_disk(desk, ours)
        assert outcomes(await talk(ours, ["on"])) == {"done"}
