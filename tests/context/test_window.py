from datetime import UTC, datetime

from deskhand.context.message import Message, Metadata, Text, ToolResult, system, user
from deskhand.context.recall import Recalled
from deskhand.context.receipt import is_digest
from deskhand.context.window import Window, placed

NOW = datetime(2026, 3, 12, 9, tzinfo=UTC)
FOUND = Recalled(user("[Earlier messages]"), ("m1",))


def where(message: Message, _result: ToolResult) -> str:
    return message.id


def said(role: str, text: str) -> Message:
    return Message.model_validate({"role": role, "content": [{"type": "text", "text": text}]})


def filled() -> Window:
    lines = [
        said("assistant" if number % 2 else "user", f"Guest {number} from Basel pays {number * 7} euros.")
        for number in range(60)
    ]
    return Window([system("Be careful."), *lines, user("Who pays most?")], (), where)


def test_what_came_back_stands_right_before_the_last_request() -> None:
    shown = [system("x"), user("a"), said("assistant", "b"), user("c"), user("d"), said("assistant", "e")]
    assert placed(shown, FOUND) == [*shown[:3], FOUND.message, *shown[3:]]
    assert placed(shown, None) == shown
    assert placed(shown[:1], FOUND) == [shown[0], FOUND.message]


def test_what_came_back_stands_after_the_digest_also_when_the_request_follows_it_at_once() -> None:
    """The digest is the same in every turn, and what is before it stays in the provider's cache with it."""
    window = filled()
    request = window.messages[-1]
    window.compact(600, number=1, now=NOW)
    window.messages = [one for one in window.messages if one.role == "system" or one is request]
    shown = placed(window.shown(), FOUND)
    assert [is_digest(message) for message in shown] == [False, True, False, False]
    assert shown[2:] == [FOUND.message, request]


def test_compacting_is_due_above_four_fifths_of_the_budget() -> None:
    window = filled()
    assert window.is_due(round(window.tokens() / 0.81))
    assert not window.is_due(round(window.tokens() / 0.79))


def test_a_compaction_comes_down_to_about_half_and_the_next_goes_on_from_it() -> None:
    window = filled()
    budget = window.tokens()
    first = window.compact(budget, number=1, now=NOW)
    assert first.receipt.tokens_after == window.tokens() <= 0.55 * budget
    assert (first.receipt.base, first.receipt.number, window.receipt) == (0, 1, first.receipt)
    window.messages += filled().messages[1:]
    second = window.compact(budget, number=2, now=NOW)
    assert (second.receipt.base, window.receipts) == (1, [first.receipt, second.receipt])


def test_what_may_come_back_is_a_half_of_what_is_free() -> None:
    window = filled()
    assert window.room(window.tokens() + 300) == 150
    assert window.room(300, used=100) == 100
    assert window.room(window.tokens() - 1) == 0


def test_taking_back_the_second_compaction_leaves_the_first() -> None:
    window = filled()
    every = list(window.messages)
    window.compact(600, number=1, now=NOW)
    before = window.shown()
    more = Message(role="user", content=(Text(text="And then?"),), metadata=Metadata(timestamp=NOW))
    window.messages.append(more)
    window.compact(400, number=2, now=NOW)
    undone = window.before(2, [*every, more])
    assert undone.shown() == [*before, more]
    assert [receipt.number for receipt in undone.receipts] == [1]
    assert window.before(1, [*every, more]).shown() == [*every, more]


def test_an_approval_stays_open_through_many_compactions() -> None:
    asked = said("assistant", "Shall I delete the bucket 'archive-2019' for good? Please confirm.")
    put_off = said("user", "Hold on, first another thing: how is the weather in Oslo?")
    window = Window([said("user", "Please clean up."), asked, put_off, said("assistant", "Rain.")], (), where)
    for fact in range(200):
        window.messages += [said("user", f"Tell me fact {fact} about herons."), said("assistant", "They stand. " * 9)]
        if window.is_due(1_500):
            window.compact(1_500, number=len(window.receipts) + 1, now=NOW)
    assert len(window.receipts) > 5
    assert asked in window.shown()
