"""The benchmark of the memory still runs, and what it boasts of still holds; the numbers are for docs to show."""

from bench.memory_data import Question
from bench.memory_quality import Quality, answered, mean, quality


def test_keyword_search_alone_finds_more_than_fts5_in_every_language() -> None:
    results = answered(None)
    assert len(results) >= 200
    for language in {result.question.language for result in results}:
        part = [result for result in results if result.question.language == language]
        ours, plain = (mean(result.ways[way] for result in part) for way in ("keyword", "FTS5"))
        assert ours.reciprocal_rank > plain.reciprocal_rank
    held = [result.ways for result in results if not result.question.tuned]
    assert mean(ways["keyword"] for ways in held).recall_5 > mean(ways["FTS5"] for ways in held).recall_5 + 0.05


def test_quality_counts_evidence_by_rank_and_by_tokens() -> None:
    question = Question("q", "?", "en", "direct", frozenset({"b", "z"}))
    tokens = dict.fromkeys("abcdefz", 400)
    assert quality(["a", "b", "c", "d", "e", "z"], question, tokens) == Quality(0.5, 1, 0.5, 0.5)
    assert quality([], question, tokens) == Quality(0, 0, 0, 0)
