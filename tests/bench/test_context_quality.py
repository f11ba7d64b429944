"""The scores of the context bench count what they say, and the baselines are what they are called."""

from dataclasses import replace
from datetime import UTC, datetime
from math import isnan

import numpy as np
import pytest
from bench.context_baselines import Answer, Returned, last_messages, lexrank, lexrank_messages, random_messages
from bench.context_data import Dialogue, Evidence, Question, dialogues
from bench.context_quality import missed, parts, tables
from bench.context_scores import evaluate, together

from deskhand.context.message import Message, Metadata, Role, Text, ToolResult
from deskhand.context.tokens import TokenMeter

WHEN = Metadata(timestamp=datetime(2026, 2, 3, tzinfo=UTC))


def said(number: int, text: str, role: Role = "user") -> Message:
    """A message of the small dialogue; of the role tool a result."""
    block = Text(text=text)
    whole = ToolResult(call_id="c1", name="look", content=(block,)) if role == "tool" else block
    return Message(role=role, content=(whole,), id=f"m{number}", metadata=WHEN)


MESSAGES = (
    said(1, "Never book\nbefore nine."),
    said(2, "The flight leaves at 07:40 from gate 12.", "assistant"),
    said(3, "gate list\n12 to Lisbon\n14 to Rome", "tool"),
    said(4, "Thank you, that is all."),
)
QUESTIONS = (
    Question("Where to?", (Evidence(2, "12  to Lisbon"), Evidence(1, MESSAGES[1].text))),
    Question("When not?", (Evidence(0, MESSAGES[0].text),)),
)
SMALL = Dialogue("agent-02", "Flights", "en", MESSAGES, QUESTIONS, (0,))


def echo(dialogue: Dialogue, _budget: int) -> Answer:
    """One line: for the first question from the result, without naming its message, else the rule."""

    def answer(query: str) -> Returned:
        text = "12 to Lisbon" if query == "Where to?" else "Never book before nine."
        return Returned((said(9, text),), frozenset({"m1"}))

    return answer


def test_evidence_counts_by_its_text_or_by_its_message_whatever_the_white_space() -> None:
    scores = evaluate([SMALL], echo, shares=(0.5,))
    assert scores.recall(0.5) == 75  # half of the first, all of the second
    assert scores.recall(0.5, by_id=True) == 50
    assert (scores.recall(0.5, kind="tool result"), scores.recall(0.5, kind="talk")) == (100, 50)
    assert scores.instructions(0.5) == 100  # of what is returned without a query
    assert isnan(scores.recall(0.5, lambda dialogue: not dialogue.held_out))


def test_without_a_query_each_question_gets_the_same() -> None:
    scores = evaluate([SMALL], echo, with_query=False, shares=(0.5,))
    assert [one.texts for one in scores.found] == [(False, False), (True,)]


def test_runs_together_have_the_mean_of_their_scores() -> None:
    runs = [evaluate([SMALL], echo, with_query=asks, shares=(0.5,)) for asks in (True, False)]
    assert together(runs).recall(0.5) == sum(run.recall(0.5) for run in runs) / 2


def test_more_than_the_budget_is_an_error() -> None:
    def all_of_it(dialogue: Dialogue, _budget: int) -> Answer:
        return lambda _query: Returned(dialogue.messages, frozenset())

    with pytest.raises(AssertionError, match=r"\d+ tokens are more than \d+"):
        evaluate([SMALL], all_of_it)


def test_the_last_messages_are_a_row_that_ends_with_the_dialogue() -> None:
    meter = TokenMeter()
    assert last_messages(SMALL, meter.total(MESSAGES[2:]))("").messages == MESSAGES[2:]
    assert last_messages(SMALL, meter.total(MESSAGES[2:]) - 1)("").messages == MESSAGES[3:]


def test_messages_are_drawn_by_the_seed() -> None:
    draws = {random_messages(seed)(SMALL, 20)("").ids for seed in range(20)}
    assert len(draws) > 1
    assert random_messages(3)(SMALL, 20)("").ids == random_messages(3)(SMALL, 20)("").ids


def test_lexrank_ranks_what_others_share_words_with_first() -> None:
    texts = ["cats purr", "cats purr and dogs bark", "dogs bark", "trains whistle"]
    ranks = lexrank(texts)
    assert np.argmax(ranks) == 1
    np.testing.assert_allclose((ranks.sum(), ranks[3]), (1, 1 / 4), atol=1e-5)  # who is alone keeps its own


def test_the_tables_tell_each_method_on_each_half_of_the_set() -> None:
    some = dialogues()[:2]
    found = [("LexRank", evaluate(some, lexrank_messages, with_query=False))]
    head, _, line = tables(found)
    assert len(head.split("|")) == len(line.split("|"))
    assert "17.9 / 7.0 / 2.5" in line
    assert len(list(parts(found))) == 3


def test_what_is_missed_is_told_of_the_dialogues_to_tune_with_only() -> None:
    to_tune = replace(SMALL, name="agent-01")
    told = list(missed(evaluate([SMALL, to_tune], echo, shares=(0.5,)), 0.5))
    assert told == ["agent-01: Where to?", f"    m2 {MESSAGES[1].text!r}"]
