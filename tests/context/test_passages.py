"""The pieces of a message: whole lines where they fit, everything that was said, in time that grows with it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskhand.context.message import Image, Message, Text, ToolCall, ToolResult, system, user
from deskhand.context.passages import MOST_OF_MESSAGE, MOST_PIECES, PIECE_CHARACTERS, passage_text, passages

LINES = [f"{number}: the quick brown fox jumps over the lazy dog" for number in range(100)]
CALL = ToolCall(id="1", name="get_weather", arguments={"city": "Zürich", "days": 2})


def result(text: str, name: str = "read_file") -> Message:
    return Message(role="tool", content=(ToolResult(call_id="1", name=name, content=(Text(text=text),)),))


def test_a_short_text_and_the_rules_of_the_house_have_no_pieces() -> None:
    assert passages(user("x" * 1_000)) == []
    assert passages(system("long " * 1_000)) == []


def test_a_long_text_is_cut_between_lines() -> None:
    pieces = passages(user("\n".join(LINES)))
    assert [line for piece in pieces for line in piece.split("\n")] == LINES
    assert all(PIECE_CHARACTERS - 50 < len(piece) <= PIECE_CHARACTERS for piece in pieces[:-1])


def test_a_long_line_is_cut_between_sentences_and_a_long_sentence_between_words() -> None:
    sentence = "This is one sentence of a long paragraph."
    assert all(piece.endswith(".") for piece in passages(user(" ".join([sentence] * 60))))
    words = " ".join(["word"] * 500)
    pieces = passages(user(words))
    assert " ".join(pieces) == words
    assert "".join(passages(user("日本語。" * 400))) == "日本語。" * 400
    assert "".join(passages(user("x" * 5_000))) == "x" * 5_000


def test_a_call_has_its_name_and_arguments_of_any_length() -> None:
    message = Message(role="assistant", content=(Text(text="Let me see."), CALL))
    assert passages(message) == ['get_weather {"city": "Zürich", "days": 2}']
    broken = CALL.model_copy(update={"arguments": None, "raw": '{"city": '})
    assert passages(Message(role="assistant", content=(broken,))) == ['get_weather {"city":']


def test_each_piece_of_a_result_has_the_name_of_the_tool() -> None:
    assert passages(result("ok")) == ["read_file: ok"]
    pieces = passages(result("\n".join(LINES)))
    assert len(pieces) > 5
    assert all(piece.startswith("read_file: ") for piece in pieces)


def test_what_has_no_words_has_no_pieces() -> None:
    picture = Image(data="", mime_type="image/png")
    message = Message(role="tool", content=(ToolResult(call_id="1", name="draw", content=(picture,)),))
    assert passages(message) == passages(result(" \n ")) == []


def test_a_piece_is_named_by_its_number_from_1() -> None:
    message = Message(role="assistant", content=(Text(text="\n".join(LINES)), CALL))
    pieces = passages(message)
    assert [passage_text(message, number) for number in range(1, len(pieces) + 1)] == pieces
    assert pieces[-1].startswith("get_weather {")
    assert passage_text(message, len(pieces) + 1) == ""


@pytest.mark.parametrize("unit", ["word ", "One. ", ".", " ", "x", "\n", ". \n", "日本。", '"a": 1, '])
def test_a_million_characters_take_a_moment_and_have_few_pieces(unit: str) -> None:
    message = result(unit * (1_000_000 // len(unit)))
    began = time.process_time()
    pieces = passages(message)
    assert time.process_time() - began < 3
    assert len(pieces) <= MOST_PIECES
    assert sum(map(len, pieces)) < 1_100_000


def test_a_message_of_endless_calls_has_an_end() -> None:
    message = Message(role="assistant", content=(CALL,) * 10_000)
    assert len(passages(message)) == MOST_OF_MESSAGE


@given(st.text(st.sampled_from("ab.! \n。…\u2028\t"), min_size=1_001, max_size=4_000))
def test_nothing_is_lost_and_nothing_said_twice(text: str) -> None:
    pieces = passages(user(text))
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(piece and len(piece) <= PIECE_CHARACTERS for piece in pieces)
