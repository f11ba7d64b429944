"""When the view is compacted, and when not: seldom, never in vain, and not at the price of an answer."""

import pytest
from desk import Desk, last, only
from small_window import small, talk, talk_until_compacted, turn

from deskhand.context.message import user as said
from deskhand.errors import LimitExceeded
from deskhand.host import events
from deskhand.models.script import Step
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio


async def test_what_gained_nothing_is_not_tried_again_until_the_budget_is_used_up() -> None:
    desk = small()
    async with desk.chat() as chat:
        await turn(chat, "keep this " + "word " * 200)
        await chat.memory.pin("Of keep this")
        await chat.memory.pin("keep this")
        budget = round(chat.memory.tokens() / 0.85)
        assert chat.memory.is_due(budget)
        assert not await chat.memory.compact(budget, "asked")
        assert not chat.memory.is_due(budget)
        await chat.conversation.append(said("a little more"))
        assert chat.memory.tokens() > 0.8 * budget
        assert not chat.memory.is_due(budget)
        await chat.conversation.append(said("word " * 200))
        assert chat.memory.is_due(budget)
        assert chat.memory.receipts == ()


async def test_a_long_message_that_was_answered_does_not_keep_the_next_from_being_answered() -> None:
    first: set[str] = set()
    for words in range(1_600, 3_200, 160):
        desk = Desk(Step(text="ok", times=None), window=4_000)
        async with desk.chat() as chat:
            first.add(last(events.TurnFinished, await turn(chat, "word " * words)).outcome)
            for _ in range(2):
                finished = last(events.TurnFinished, await turn(chat, "word " * 100))
                assert (finished.outcome, finished.error) == ("done", ""), words
    assert first == {"done", "failed"}


@pytest.mark.parametrize("share", [0.6, 0.7])
async def test_what_is_pinned_does_not_make_every_second_turn_compact(share: float) -> None:
    desk = Desk(Step(text="ok", times=None), window=4_000)
    async with desk.chat() as chat:
        measured = last(events.ContextMeasured, await turn(chat, "keep this"))
        budget = measured.history + measured.free
        while chat.memory.tokens() < share * budget:
            await turn(chat, f"keep this {chat.memory.tokens()} " + "word " * 40)
            await chat.memory.pin()
        compactions: list[int] = []
        for number in range(20):
            happened = await talk(chat, [f"topic {number}"])
            assert last(events.TurnFinished, happened).outcome == "done"
            compactions.append(len(only(events.ContextCompacted, happened)))
    assert 0 < sum(compactions) <= 6


def break_receipts(database: Database) -> None:
    """From now on, writing a receipt fails as a broken disk fails: with an error of the database."""
    trigger = "CREATE TRIGGER broken BEFORE INSERT ON receipt BEGIN INSERT INTO nowhere VALUES (1); END"
    database.write(lambda connection: connection.exec_driver_sql(trigger))


def mend_receipts(database: Database) -> None:
    database.write(lambda connection: connection.exec_driver_sql("DROP TRIGGER broken"))


async def test_when_a_compaction_cannot_be_written_turns_go_on_as_long_as_they_fit() -> None:
    desk = small()
    break_receipts(desk.database)
    async with desk.chat() as chat:
        outcomes: list[events.TurnFinished] = []
        measured: list[events.ContextMeasured] = []
        while not outcomes or outcomes[-1].outcome == "done":
            happened = await talk(chat, [f"topic {len(outcomes)}"])
            outcomes += only(events.TurnFinished, happened)
            measured += only(events.ContextMeasured, happened)
        assert "does not fit" in outcomes[-1].error
        assert measured[-1].history > 0.8 * (measured[-1].history + measured[-1].free)
        assert (chat.memory.receipts, chat.memory.moved_out) == ((), 0)
        mend_receipts(desk.database)
        happened = await talk(chat, ["again"])
        assert last(events.TurnFinished, happened).outcome == "done"
        assert [one.receipt for one in only(events.ContextCompacted, happened)] == [1]


async def test_pins_that_exceed_the_budget_are_named_as_the_reason() -> None:
    desk = small()
    async with desk.chat() as chat:
        await talk_until_compacted(chat)
        await chat.memory.pin()
        with pytest.raises(LimitExceeded, match="pin less"):
            await chat.memory.compact(50, "asked")
        assert len(chat.memory.receipts) == 1
