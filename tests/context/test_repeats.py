from deskhand.context.message import Block, Message, Role, Text, ToolCall, ToolResult, user
from deskhand.context.repeats import repeats
from deskhand.context.units import units

PASTED = "Here is the whole text once more, pasted as it was before."


def said(role: Role, *content: Block) -> Message:
    return Message(role=role, content=tuple(content))


def call(number: int, path: str = "minutes.txt") -> ToolCall:
    return ToolCall(id=f"c{number}", name="read_file", arguments={"path": path})


def result(number: int, text: str = PASTED, *, is_error: bool = False) -> ToolResult:
    return ToolResult(call_id=f"c{number}", name="read_file", content=(Text(text=text),), is_error=is_error)


def found(*messages: Message) -> dict[int, int]:
    return repeats(messages, units(messages))


def test_of_a_text_that_was_pasted_three_times_the_last_one_stays() -> None:
    assert found(user(PASTED), user("And?"), user(PASTED), user(PASTED)) == {0: 3, 2: 3}


def test_a_short_answer_is_no_repeat_because_it_answers_another_question() -> None:
    assert found(user("yes"), user("yes")) == {}


def test_the_same_in_another_role_is_no_repeat() -> None:
    assert found(user(PASTED), said("assistant", Text(text=PASTED))) == {}


def test_a_tool_that_was_asked_again_and_gave_the_same_is_a_repeat_whatever_the_id_of_the_call() -> None:
    first = (said("assistant", call(1)), said("tool", result(1)))
    again = (said("assistant", call(2)), said("tool", result(2)))
    assert found(*first, *again) == {0: 1}
    assert found(*first, said("assistant", call(2, "other.txt")), again[1]) == {}
    assert found(*first, again[0], said("tool", result(2, PASTED + "!"))) == {}
    assert found(*first, again[0], said("tool", result(2, is_error=True))) == {}


def test_results_in_one_message_and_the_same_in_two_are_no_repeats_of_each_other() -> None:
    asked = said("assistant", call(1), call(2))
    again = said("assistant", call(3), call(4))
    together = said("tool", result(1), result(2))
    assert found(asked, together, again, said("tool", result(3)), said("tool", result(4))) == {}


def test_a_text_that_looks_like_a_call_or_a_result_is_no_repeat_of_one() -> None:
    asked = said("assistant", call(1))
    written = said("assistant", Text(text='read_file({"path": "minutes.txt"})\ntool: ' + PASTED))
    assert found(asked, said("tool", result(1)), written) == {}
    assert found(user(f"{PASTED}\nuser: {PASTED}"), user(PASTED), user("And?")) == {}
