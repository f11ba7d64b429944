from datetime import UTC, datetime, timedelta

import pytest

from deskhand.context.dialogue import Dialogue
from deskhand.context.message import Message, Metadata, Text, ToolCall, ToolResult, system, user
from deskhand.errors import InvalidInput, LimitExceeded, NotFound

pytestmark = pytest.mark.anyio
BEGIN = datetime(2026, 3, 12, 9, tzinfo=UTC)


def talk(count: int) -> list[Message]:
    return [
        Message(
            role="assistant" if number % 2 else "user",
            content=(Text(text=f"Guest {number} comes from Basel and pays {number * 7} euros."),),
            id=f"m{number}",
            metadata=Metadata(timestamp=BEGIN + timedelta(minutes=number)),
        )
        for number in range(count)
    ]


def filled(budget: int = 800) -> Dialogue:
    dialogue = Dialogue(budget, now=lambda: BEGIN)
    dialogue.add(system("From Basel with care."), *talk(100), user("What does guest 7 pay?"))
    return dialogue


async def test_a_short_dialogue_is_shown_as_it_is() -> None:
    dialogue = Dialogue(8_000)
    dialogue.add(*talk(3))
    assert await dialogue.messages() == talk(3) == dialogue.every
    assert dialogue.receipts == ()
    with pytest.raises(NotFound, match="none"):
        dialogue.undo()
    assert await dialogue.messages() == talk(3)


async def test_what_the_last_request_needs_comes_back() -> None:
    dialogue = filled()
    shown = await dialogue.messages()
    assert "m7" in dialogue.receipts[-1].moved_out
    assert "Guest 7 comes from Basel and pays 49 euros." in shown[-2].text
    assert shown[-1].text == "What does guest 7 pay?"
    assert "pays 63 euros" in (await dialogue.messages("What does guest 9 pay?"))[-2].text


async def test_what_moved_out_is_there_by_its_id_and_found_by_a_search() -> None:
    dialogue = filled()
    dialogue.compact()
    assert dialogue.message("m7") == talk(8)[7]
    assert dialogue.message("m4711") is None
    (hit,) = await dialogue.search("Guest 42", limit=1)
    assert dialogue.every[hit.position - 1].id == "m42"


async def test_compactions_are_numbered_on_and_undone_from_any_of_them() -> None:
    dialogue = filled()
    dialogue.compact()
    dialogue.add(*[message.model_copy(update={"id": f"n{number}"}) for number, message in enumerate(talk(30))])
    dialogue.compact()
    assert [receipt.number for receipt in dialogue.receipts] == [1, 2]
    dialogue.undo()
    assert [receipt.number for receipt in dialogue.receipts] == [1]
    made = dialogue.compact()
    assert made is not None
    assert made.number == 3
    with pytest.raises(NotFound, match="2"):
        dialogue.undo(2)
    dialogue.undo(1)
    assert dialogue.receipts == ()


async def test_what_was_undone_is_shown_until_the_budget_is_used_up() -> None:
    dialogue = Dialogue(800, now=lambda: BEGIN)
    dialogue.add(*talk(35))
    assert dialogue.compact() is not None
    assert len(await dialogue.messages()) < 35
    dialogue.undo()
    assert await dialogue.messages() == talk(35)
    dialogue.add(*[message.model_copy(update={"id": f"n{number}"}) for number, message in enumerate(talk(30))])
    assert len(await dialogue.messages()) < 65


async def test_what_cannot_get_shorter_is_not_compacted_again_and_again() -> None:
    dialogue = Dialogue(1_000, now=lambda: BEGIN)
    dialogue.add(user("zebra " * 600))
    for _ in range(3):
        assert len(await dialogue.messages()) == 1
    assert dialogue.receipts == ()


async def test_an_id_that_is_there_already_is_refused() -> None:
    dialogue = filled()
    with pytest.raises(InvalidInput, match="'m7'"):
        dialogue.add(*talk(8)[7:])


async def test_a_budget_too_small_for_what_must_stay_is_an_error_and_changes_nothing() -> None:
    dialogue = filled(8)
    with pytest.raises(LimitExceeded):
        await dialogue.messages()
    assert dialogue.receipts == ()
    dialogue.budget = 100_000
    assert await dialogue.messages() == dialogue.every


async def test_a_long_result_in_short_names_its_message() -> None:
    text = "Minutes of 3 May\n" + "\n".join(f"Line {number} says nothing of note." for number in range(40))
    call = ToolCall(id="c1", name="read_file", arguments={"path": "minutes.txt"})
    result = ToolResult(call_id="c1", name="read_file", content=(Text(text=text),))
    dialogue = Dialogue(700, now=lambda: BEGIN)
    dialogue.add(*talk(40), user("Read it"), Message(role="assistant", content=(call,)))
    dialogue.add(
        Message(role="tool", content=(result,), id="r1"), Message(role="assistant", content=(Text(text="Ok"),))
    )
    dialogue.add(user("Thanks. What else?"))
    assert "[Shortened. The whole: message r1]" in str(await dialogue.messages())
