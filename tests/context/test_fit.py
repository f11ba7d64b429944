"""What the model sees fits its window, and no tool call is ever without its results."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskhand.context.fit import Fitted, fit, output_handle
from deskhand.context.message import Message, Metadata, Text, ToolCall, ToolResult, system, user
from deskhand.context.tokens import TokenMeter

LONG = "word " * 2_000


def answer(text: str) -> Message:
    return Message(role="assistant", content=(Text(text=text),))


def step(number: int, text: str = LONG, *, handle: str | None = None) -> list[Message]:
    call = ToolCall(id=f"call{number}", name="read", arguments={})
    result = ToolResult(call_id=call.id, name="read", content=(Text(text=text),), source="files/read", handle=handle)
    return [Message(role="assistant", content=(call,)), Message(role="tool", content=(result,))]


def turn(number: int, text: str = LONG) -> list[Message]:
    return [user(f"question {number}"), *step(number, text), answer(f"answer {number}")]


def fitted(messages: list[Message], budget: int) -> Fitted:
    result = fit(messages, budget, TokenMeter())
    assert_calls_are_paired(result.messages)
    return result


def assert_calls_are_paired(messages: list[Message]) -> None:
    calls = [call.id for message in messages for call in message.tool_calls]
    results = [block.call_id for message in messages for block in message.content if isinstance(block, ToolResult)]
    assert calls == results


def test_what_fits_is_left_alone() -> None:
    messages = turn(1)
    result = fitted(messages, 100_000)
    assert result.messages == messages
    assert not result.changed
    assert result.tokens == result.tokens_before


def test_old_tool_results_are_shortened_first_oldest_first() -> None:
    messages = [*turn(1), *turn(2), *turn(3)]
    result = fitted(messages, 7_000)
    assert (result.results_shortened, result.moved_out) == (1, ())
    assert [len(message.content) for message in result.messages] == [len(message.content) for message in messages]
    first, second = result.messages[2], messages[2]
    assert first.content != second.content
    assert result.messages[6] == messages[6]
    assert result.tokens <= 7_000 * 0.75 + 100


def test_a_shortened_result_says_where_the_rest_is() -> None:
    messages = [*turn(1), *turn(2)]
    result = fitted(messages, 4_000)
    block = result.messages[2].content[0]
    assert isinstance(block, ToolResult)
    assert block.handle == output_handle(messages[2].id)
    (text,) = block.content
    assert isinstance(text, Text)
    assert text.text.startswith("word word")
    assert f"read_output(handle='{block.handle}')" in text.text
    assert len(text.text) < 600
    assert block.source == "files/read"


def test_an_output_that_has_a_handle_keeps_it() -> None:
    messages = [user("go"), *step(1, handle="abc"), *turn(2)]
    block = fitted(messages, 4_000).messages[2].content[0]
    assert isinstance(block, ToolResult)
    assert block.handle == "abc"


def test_then_the_oldest_turns_move_out_whole() -> None:
    messages = [message for number in range(20) for message in turn(number, "short")]
    result = fitted(messages, 600)
    assert result.results_shortened == 0
    assert result.moved_out == tuple(message.id for message in messages[: len(result.moved_out)])
    assert result.messages == messages[len(result.moved_out) :]
    assert result.messages[0].role == "user"
    assert 0 < result.tokens <= 450


def test_a_message_that_was_shortened_moves_out_under_its_own_id() -> None:
    messages = [*turn(1), *turn(2), *turn(3), *turn(4, "short")]
    result = fitted(messages, 300)
    assert messages[2].id in result.moved_out


def test_within_one_long_turn_the_oldest_steps_move_out_and_the_question_stays() -> None:
    messages = [user("do it all"), *(message for number in range(40) for message in step(number, "short"))]
    result = fitted(messages, 600)
    assert result.messages[0] == messages[0]
    assert result.messages[-2:] == messages[-2:]
    assert result.tokens <= 450


def test_the_last_result_is_shortened_only_when_nothing_else_helps() -> None:
    messages = [user("read it"), *step(1)]
    assert fitted(messages, 3_000).results_shortened == 0
    result = fitted(messages, 1_000)
    assert result.results_shortened == 1
    assert result.tokens <= 1_000


def test_what_is_pinned_or_from_the_system_stays() -> None:
    pinned = user("always answer in French").model_copy(update={"metadata": Metadata(priority="pinned")})
    messages = [system("be kind"), pinned, answer("oui"), *(m for n in range(20) for m in turn(n, "short"))]
    result = fitted(messages, 600)
    assert result.messages[:3] == messages[:3]
    assert result.moved_out


def test_when_nothing_can_give_way_the_result_says_so() -> None:
    result = fitted([user(LONG)], 1_000)
    assert result.tokens > 1_000
    assert not result.changed


def test_fitting_again_changes_nothing() -> None:
    once = fitted([message for number in range(20) for message in turn(number)], 5_000)
    assert not fitted(once.messages, 5_000).changed


@pytest.mark.parametrize("budget", [50, 200, 800, 3_000, 10_000])
def test_calls_and_results_stay_paired_at_any_budget(budget: int) -> None:
    messages = [message for number in range(8) for message in [*turn(number), *turn(number, "short")]]
    fitted([*messages, user("last"), *step(99), *step(100)], budget)


TURNS = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(1, 3_000)), min_size=1, max_size=12)


@settings(deadline=None)  # the machine may be busy
@given(turns=TURNS, budget=st.integers(1, 20_000))
def test_whatever_the_conversation_nothing_is_lost_split_or_reordered(
    turns: list[tuple[int, bool, int]], budget: int
) -> None:
    messages: list[Message] = []
    for number, (calls, answered, length) in enumerate(turns):
        messages.append(user(f"question {number}"))
        messages += [message for call in range(calls) for message in step(10 * number + call, "x " * length)]
        messages += [answer("done")] if answered else []
    result = fitted(messages, budget)
    left = [message.id.removesuffix("~short") for message in result.messages]
    assert sorted([*left, *result.moved_out]) == sorted(message.id for message in messages)
    assert left == [message.id for message in messages if message.id in set(left)]
    last_user = next(message for message in reversed(messages) if message.role == "user")
    assert last_user.id in left
    assert TokenMeter().total(result.messages) == pytest.approx(result.tokens, abs=len(messages))
