"""Searching the messages of one conversation: words, meaning, neighbours and pieces, as one ranking."""

import time

import numpy as np
import pytest

from deskhand.context.message import Message, Text, ToolCall, ToolResult, system, user
from deskhand.context.message_index import MessageHit, MessageIndex, entries_of, texts_of
from deskhand.retrieval.analysis import query_terms
from deskhand.retrieval.search import Query

FILLER = "\n".join(f"Line {number} of the minutes says nothing of note." for number in range(60))


def asked(text: str, vector: list[float] | None = None) -> Query:
    return Query(query_terms(text), None if vector is None else np.array(vector, np.float32))


def positions(index: MessageIndex, text: str, *, limit: int = 10, skip: tuple[int, ...] = ()) -> list[int]:
    return [hit.position for hit in index.search(asked(text), limit=limit, skip=skip)]


def said(text: str) -> Message:
    return Message(role="assistant", content=(Text(text=text),))


def result(text: str) -> Message:
    return Message(role="tool", content=(ToolResult(call_id="1", name="read_file", content=(Text(text=text),)),))


def test_the_message_that_says_it_comes_first_and_its_neighbours_after_it() -> None:
    texts = ["Good morning", "Hello", "The zebra lives in Basel", "I see", "And the weather?", "Sunny"]
    hits = MessageIndex.of([user(text) for text in texts]).search(asked("zebra"), limit=10)
    assert [hit.position for hit in hits] == [3, 4, 2]
    assert hits[0].score > hits[1].score > hits[2].score > 0
    assert {hit.passage for hit in hits} == {None}


def test_of_equal_messages_the_newest_is_first() -> None:
    index = MessageIndex.of([user("zebra"), user("x"), user("y"), user("zebra"), user("z"), user("w")])
    assert positions(index, "zebra", limit=2) == [4, 1]
    assert positions(index, "zebra", limit=1) == [4]


def test_messages_that_are_not_wanted_do_not_count_for_their_neighbours_either() -> None:
    index = MessageIndex.of([user("zebra"), user("okapi"), user("giraffe")])
    assert positions(index, "zebra") == [1, 2]
    assert positions(index, "zebra", skip=(1,)) == []


def test_a_tool_result_is_found_by_the_piece_that_answers() -> None:
    call = Message(role="assistant", content=(ToolCall(id="1", name="read_file", arguments={"path": "minutes.txt"}),))
    long = result(f"{FILLER}\nThe zebra costs 300.\n{FILLER}")
    index = MessageIndex.of([user("Read it"), call, long, said("Done")])
    (hit, *_) = index.search(asked("What does the zebra cost?"), limit=1)
    assert hit.position == 3
    assert "zebra costs 300" in texts_of(3, long)[f"3.{hit.passage}"]
    assert index.search(asked("minutes.txt"), limit=1)[0].position == 2


def test_a_long_message_counts_as_its_best_piece_and_is_one_hit() -> None:
    index = MessageIndex.of([user("hello"), said(f"{FILLER}\nThe zebra costs 300."), user("bye")])
    hits = index.search(asked("zebra costs"), limit=10)
    assert [hit.position for hit in hits] == [2, 3, 1]
    assert hits[0].passage == len(texts_of(2, said(f"{FILLER}\nThe zebra costs 300."))) - 1


def test_the_house_rules_and_what_has_no_words_are_no_hits() -> None:
    index = MessageIndex.of([system("zebra"), user(" "), user("okapi")])
    assert len(index) == 1
    assert positions(index, "zebra") == []
    assert positions(MessageIndex.of([]), "zebra") == []


def test_what_was_meant_is_found_without_its_words() -> None:
    vectors = {"1": [1.0, 0.0], "3": [0.0, 1.0], "5": [0.0, 1.0]}
    stored = {key: np.array(vector, "<f2").tobytes() for key, vector in vectors.items()} | {"2": b""}
    index = MessageIndex.of([user(f"word{number}") for number in range(1, 6)], stored)
    hits = index.search(asked("nothing", [1.0, 0.0]), limit=3)
    assert [hit.position for hit in hits] == [1, 2]
    with pytest.raises(ValueError, match="3"):
        index.search(asked("nothing", [1.0, 0.0, 0.0]), limit=3)


def test_an_index_that_grew_is_as_one_made_at_once() -> None:
    messages = [user(f"about animal {number}: {'zebra' if number % 7 == 0 else 'okapi'}") for number in range(600)]
    messages[350] = result(f"{FILLER}\nzebra\n{FILLER}")
    grown = MessageIndex.of([])
    for position, message in enumerate(messages, 1):
        grown = grown.with_entries(entries_of(position, message))
    assert grown.with_entries(()) is grown
    for query in ("zebra", "animal 350", "minutes of note"):
        assert grown.search(asked(query), limit=50) == MessageIndex.of(messages).search(asked(query), limit=50)


def test_an_entry_that_comes_again_takes_the_place_of_the_former() -> None:
    index = MessageIndex.of([user("zebra"), user("okapi")]).with_entries(entries_of(1, user("giraffe")))
    assert (len(index), positions(index, "zebra")) == (2, [])
    assert positions(index, "giraffe") == [1, 2]
    assert index.bytes > 0


def test_ten_thousand_messages_are_searched_in_a_moment() -> None:
    """Measured 5 ms of a core; with room for a slower one."""
    messages = [
        user(f"We spoke of number {number} and of the garden, of house {number % 97}") for number in range(10_000)
    ]
    noise = np.random.default_rng(1).standard_normal((10_000, 384)).astype("<f2")
    index = MessageIndex.of(messages, {str(row + 1): noise[row].tobytes() for row in range(10_000)})
    query = Query(query_terms("Which house did we speak of with number 4711?"), np.ones(384, np.float32) / 384**0.5)
    skip = range(9_900, 10_001)
    first = index.search(query, limit=20, skip=skip)
    seconds: list[float] = []
    for _ in range(11):
        began = time.process_time()
        assert index.search(query, limit=20, skip=skip) == first
        seconds.append(time.process_time() - began)
    assert sorted(seconds)[5] < 0.05
    assert isinstance(first[0], MessageHit)
