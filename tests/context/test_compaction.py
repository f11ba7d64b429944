from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from deskhand.context.compaction import Compaction, compact, summarised, view
from deskhand.context.digest import HEADER
from deskhand.context.message import Block, Message, Metadata, Priority, Role, Text, ToolCall, ToolResult
from deskhand.context.picking import Task
from deskhand.context.tokens import TokenMeter
from deskhand.errors import LimitExceeded

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def where(message: Message, _result: ToolResult) -> str:
    return f"read_output({message.id})"


def conversation(*said: tuple[Role, str | Block] | tuple[Role, str | Block, Priority]) -> list[Message]:
    messages: list[Message] = []
    for number, (role, content, *priority) in enumerate(said, 1):
        block = Text(text=content) if isinstance(content, str) else content
        at = NOW - timedelta(days=40) + timedelta(hours=number)
        metadata = Metadata(timestamp=at, priority=priority[0] if priority else "normal")
        messages.append(Message(role=role, content=(block,), id=f"m{number}", metadata=metadata))
    return messages


def chatter(count: int) -> list[tuple[Role, str]]:
    return [
        ("assistant" if at % 2 else "user", f"Guest {at} of Basel is here, and all is well.") for at in range(count)
    ]


def done(messages: Sequence[Message], budget: int) -> Compaction:
    return compact(messages, Task(budget, NOW, where), TokenMeter())


def ids(compaction: Compaction) -> list[str]:
    return [message.id for message in compaction.messages if not message.id.startswith("digest-")]


def why(compaction: Compaction) -> dict[str, str]:
    return {kept.id: kept.why for kept in compaction.receipt.kept}


def test_rules_pins_questions_and_the_last_turns_stay_and_the_rest_becomes_a_digest() -> None:
    messages = conversation(
        ("system", "You are careful."),
        ("user", "From now on, always answer in German."),
        *chatter(20),
        ("assistant", "I found two hotels. Shall I book the cheap one?"),
        ("user", "Wait, I need to ask my sister first."),
        *chatter(20),
        ("assistant", "The code of the door is 4711.", "pinned"),
        *chatter(30),
        ("user", "What is the code?"),
    )
    compaction = done(messages, 900)
    reasons = why(compaction)
    assert reasons["m1"] == "system"
    assert reasons["m2"] == "instruction"
    assert reasons["m23"] == "open"
    assert reasons["m45"] == "pinned"
    assert reasons["m76"] == "request"
    assert [number for number in range(68, 76) if reasons.get(f"m{number}") == "recent"] == list(range(68, 76))
    assert compaction.messages[0].id == "m1"
    assert compaction.messages[1].text.startswith(HEADER)
    assert compaction.receipt.tokens_after <= 0.6 * 900 < compaction.receipt.tokens_before
    assert compaction.receipt.note == ""


def test_an_old_tool_result_is_shown_in_short_and_that_of_the_turn_at_hand_whole() -> None:
    text = "Minutes of 3 May\n" + "Nobody said anything of note. " * 12
    call, result = (
        ToolCall(id="c1", name="read_file", arguments={"path": "a.txt"}),
        ToolResult(call_id="c1", name="read_file", content=(Text(text=text),)),
    )
    again, new = call.model_copy(update={"id": "c2", "arguments": {}}), result.model_copy(update={"call_id": "c2"})
    messages = conversation(
        *chatter(30), ("user", "Read it"), ("assistant", call), ("tool", result), ("assistant", "It says little."),
        ("user", "Once more"), ("assistant", again), ("tool", new),
    )  # fmt: skip
    compaction = done(messages, 800)
    assert compaction.receipt.shortened == ("m33",)
    shown = {message.id: message for message in compaction.messages}
    assert "[Shortened. The whole: read_output(m33)]" in str(shown["m33~short"])
    assert shown["m37"] == messages[36]


def test_low_priority_leaves_before_the_rest_and_high_priority_stays() -> None:
    messages = conversation(
        ("user", "Carla pays 300 euros for the tent on Monday.", "high"),
        *chatter(30),
        ("user", "Anna pays 500 euros for the bike on Friday."),
        ("assistant", "Jonas pays 400 euros for the boat on Tuesday.", "low"),
        *chatter(8),
        ("user", "Go on"),
    )
    compaction = done(messages, 600)
    assert why(compaction)["m1"] == "priority"
    assert "m32" in ids(compaction)
    assert "m33" in compaction.receipt.moved_out


def test_the_last_of_two_that_say_the_same_stays() -> None:
    pasted = "Here is the whole text once more, pasted as it was before, word for word."
    messages = conversation(
        ("user", pasted), *chatter(30), ("user", pasted), ("assistant", "Thanks"), ("user", "Well?")
    )
    (repeat,) = [one for one in done(messages, 500).receipt.repeats if one.id == "m1"]
    assert repeat.of == "m32"


def test_a_long_text_with_a_rule_in_it_does_not_cost_the_short_rules_before_it() -> None:
    rule = "Never book anything without asking me."
    messages = conversation(
        ("user", rule), *chatter(10), ("user", "From now on, always answer in German. " + "x y z " * 900),
        *chatter(10), ("user", "Well?"),
    )  # fmt: skip
    compaction = done(messages, 600)
    assert (why(compaction)["m1"], "m12" in ids(compaction)) == ("instruction", False)
    assert compaction.receipt.note == "Not all standing instructions had room."


def test_of_several_requests_in_a_row_one_too_long_to_be_answered_makes_way() -> None:
    messages = conversation(*chatter(4), ("user", "word " * 900), ("user", "Sorry, forget that. Hello?"))
    compaction = done(messages, 700)
    assert ids(compaction)[-1] == "m6"
    assert "m5" in compaction.receipt.moved_out
    assert compaction.receipt.note == "Of several requests in a row, not all had room."


def test_calls_that_wait_for_results_stay_even_when_they_are_long() -> None:
    call = ToolCall(id="c1", name="write_file", arguments={"text": "x" * 1_500})
    compaction = done(conversation(*chatter(40), ("user", "Write it"), ("assistant", call)), 450)
    assert why(compaction)["m42"] == "open"
    with pytest.raises(LimitExceeded):
        done(conversation(("user", "Write it"), ("assistant", call)), 200)


def test_what_must_stay_and_has_no_room_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(LimitExceeded, match=r"alone take 1,0\d\d tokens, and the budget is 300"):
        done(conversation(("system", "word " * 800), ("user", "Hello")), 300)


def test_a_digest_tells_again_what_the_one_before_it_told() -> None:
    messages = conversation(("user", "Carla pays 300 euros for the tent on Monday, 4 May."), *chatter(40))
    first = done(messages, 600)
    assert "m1" in first.receipt.digested
    left = [message for message in messages if message.id not in first.receipt.moved_out]
    told = [message for message in messages if message.id in first.receipt.digested]
    task = Task(500, NOW, where, number=2, base=1)
    second = compact(left, task, TokenMeter(), digested=told, before=first.receipt)
    assert "Carla pays 300 euros for the tent" in second.receipt.digest
    assert second.receipt.tokens_before == first.receipt.tokens_after
    assert list(second.receipt.digested) == sorted(second.receipt.digested, key=lambda one: int(one[1:]))


def test_a_summary_takes_the_place_of_the_digest() -> None:
    compaction = done(conversation(*chatter(60)), 600)
    short = summarised(compaction, "- Guests are here. [m1]", TokenMeter())
    assert short.messages[0].text == f"{HEADER}\n- Guests are here. [m1]"
    assert short.messages[1:] == compaction.messages[1:]
    assert (short.receipt.by, short.receipt.tokens_after) == ("summary", TokenMeter().total(short.messages))
    without = done(conversation(*chatter(2)), 600)
    assert summarised(without, "- Guests are here. [m1]", TokenMeter()) is without


def test_a_view_without_a_compaction_is_the_conversation() -> None:
    messages = conversation(*chatter(3))
    assert view(messages, None, where) == messages
