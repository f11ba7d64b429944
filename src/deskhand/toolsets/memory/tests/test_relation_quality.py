"""Precision and recall on the labelled pairs that may be looked at must not fall, tuned on or set aside."""

import json
from pathlib import Path

from deskhand.toolsets.memory.relation import relation

PAIRS = Path(__file__).parents[5] / "bench" / "data" / "memory" / "contradictions.jsonl"
EXPECTED = {
    "update": "contradiction",
    "negation": "contradiction",
    "near_duplicate": "duplicate",
    "unrelated": "separate",
}
GIVEN = {"conflict": "contradiction", "supersedes": "contradiction", "duplicate": "duplicate", "separate": "separate"}


def answers(*, aside: bool = False) -> list[tuple[str, str]]:
    """(expected, given) of every pair that was tuned on, or of those set aside when they were written."""
    rows = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    return [
        (EXPECTED[row["relation"]], GIVEN[relation(row["old"], row["new"])])
        for row in rows
        if row["split"] == "dev" and row.get("aside", False) == aside
    ]


def precision_and_recall(what: str) -> tuple[float, float]:
    """Of one kind of answer."""
    marks = [(expected == what, given == what) for expected, given in answers()]
    right = sum(expected and given for expected, given in marks)
    return right / sum(given for _, given in marks), right / sum(expected for expected, _ in marks)


def test_contradictions_are_found_and_few_are_made_up():
    precision, recall = precision_and_recall("contradiction")
    assert precision >= 0.95
    assert recall >= 0.9


def test_duplicates_are_found_and_none_is_made_up():
    precision, recall = precision_and_recall("duplicate")
    assert precision >= 0.97
    assert recall >= 0.9


def test_most_duplicates_that_nothing_was_tuned_on_are_found():
    given = [given for _, given in answers(aside=True)]
    assert given.count("duplicate") / len(given) >= 0.6


def test_nothing_unrelated_is_called_a_duplicate():
    assert not [pair for pair in answers() if pair == ("separate", "duplicate")]
