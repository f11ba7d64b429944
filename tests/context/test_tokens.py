"""Token estimates are near what tokenizers count, and learn from what the provider reports."""

import pytest

from deskhand.context.message import Image, Message, Text, ToolCall, ToolResult, user
from deskhand.context.tokens import IMAGE_TOKENS, TokenMeter, estimate


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("The quick brown fox jumps over the lazy dog. " * 10, 113),  # 450 characters / 4
        ('{"id": 17, "x": [1, 2, 3]}' * 10, 93),  # 260 / 2.8: digits and symbols
        ("Съешь же ещё этих мягких булок" * 10, 96),  # 250 letters / 3, 50 spaces / 4
        ("天気予報は晴れです" * 10, 73),  # 90 x 0.8
        ("날씨" * 10, 17),
    ],
)
def test_a_text_is_estimated_by_its_script(text: str, tokens: int) -> None:
    assert estimate(text) == tokens


def test_every_kind_of_block_counts() -> None:
    meter = TokenMeter()
    call = ToolCall(id="1", name="find", arguments={"text": "a word"})
    result = ToolResult(call_id="1", name="find", content=(Text(text="word " * 100), Image(data="", mime_type="x/y")))
    assert meter.count(user("four")) == 4 + 2
    assert meter.count(Message(role="assistant", content=(call,))) > 12
    assert meter.count(Message(role="tool", content=(result,))) > 125 + IMAGE_TOKENS


def test_the_total_is_the_sum() -> None:
    meter = TokenMeter()
    messages = [user("one " * 50), user("two " * 70)]
    assert meter.total(messages) == sum(map(meter.count, messages))


def test_a_count_is_remembered_by_message_id_until_forgotten() -> None:
    meter = TokenMeter()
    message = user("word " * 100)
    count = meter.count(message)
    same_id = message.model_copy(update={"content": ()})
    assert meter.count(same_id) == count
    meter.forget([message])
    assert meter.count(same_id) == 4


def test_counts_move_towards_the_bill() -> None:
    meter = TokenMeter()
    message = user("word " * 1_000)
    billed = round(meter.count(message) * 1.4)
    for _ in range(8):
        meter.calibrate(meter.count(message), billed)
    assert meter.count(message) == pytest.approx(billed, rel=0.02)
    assert meter.text("word " * 1_000) == pytest.approx(billed, rel=0.02)


@pytest.mark.parametrize("reported", [0, 1, 10**9])
def test_an_odd_bill_does_no_lasting_harm(reported: int) -> None:
    meter = TokenMeter()
    message = user("word " * 1_000)
    before = meter.count(message)
    meter.calibrate(before, reported)
    assert before / 2 <= meter.count(message) <= before * 2
