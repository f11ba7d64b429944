"""What the search of the memory finds, on `bench/data/memory`: by words, by vectors, by both, and by plain FTS5.

    python -m bench.memory_quality

Every set is one user's whole memory. The weights were chosen on half of the questions ("tuned"); the other half was
only looked at for the report ("held out"). Recall is the share of a question's evidence that was found, MRR one
divided by the rank of the first of it, "1,000 tokens" the recall in as many hits as fit into that.
"""

import asyncio
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from bench.memory_data import Question, Remembered, UserSet, user_sets
from bench.server import Row

from deskhand.context.tokens import estimate
from deskhand.retrieval.analysis import QueryTerms, index_terms, query_terms
from deskhand.retrieval.corpus import Corpus
from deskhand.retrieval.embedder import Embedder, Vectors
from deskhand.retrieval.entry import Entry
from deskhand.retrieval.find import find_embedder
from deskhand.retrieval.index import COVERED
from deskhand.retrieval.passage import passage, spoken
from deskhand.retrieval.search import Query, search
from deskhand.settings import Settings

TOKENS = 1_000
DEPTH = 50
Ranking: TypeAlias = Callable[[Question], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Quality:
    """What one question got, or the mean of what many got; all in 0..1."""

    recall_5: float
    recall_10: float
    reciprocal_rank: float
    recall_tokens: float

    def __str__(self) -> str:
        five, ten, tokens = (100 * part for part in (self.recall_5, self.recall_10, self.recall_tokens))
        return f"R@5 {five:.1f}, R@10 {ten:.1f}, MRR {self.reciprocal_rank:.3f}, in 1,000 tokens {tokens:.1f}"


@dataclass(frozen=True, slots=True)
class Answered:
    """A question of a set with the quality of each way to search."""

    question: Question
    shares_no_word: bool
    ways: dict[str, Quality]


class Semantic:
    """A set in the product's index, with the vectors of its entries and questions when there is a model."""

    def __init__(self, owned: UserSet, embedder: Embedder | None) -> None:
        texts = [spoken(entry.text, entry.speaker) for entry in owned.entries]
        vectors = None if embedder is None else asyncio.run(embedder.embed(texts)).astype("<f2")
        rows = [
            vectors[row].tobytes()
            if embedder and vectors is not None and embedder.covers(entry.text) >= COVERED
            else None
            for row, entry in enumerate(owned.entries)
        ]
        self.corpus = Corpus.of([_entry(entry, row) for entry, row in zip(owned.entries, rows, strict=True)])
        self._embedder = embedder
        asked = [question.text for question in owned.questions]
        near = None if embedder is None else asyncio.run(embedder.embed(asked))
        self._near: dict[str, Vectors] = {} if near is None else dict(zip(asked, near, strict=True))

    def keyword(self, question: Question) -> list[str]:
        """By words and neighbours."""
        return self._keys(Query(query_terms(question.text)))

    def dense(self, question: Question) -> list[str]:
        """By vectors and neighbours."""
        return self._keys(Query(QueryTerms(), self._near[question.text]))

    def fused(self, question: Question) -> list[str]:
        """As the product does."""
        assert self._embedder is not None
        confidence = self._embedder.covers(question.text)
        return self._keys(Query(query_terms(question.text), self._near[question.text], confidence))

    def by_ranks(self, question: Question) -> list[str]:
        """By reciprocal ranks, k = 20, of the two rankings: the usual way, for comparison."""
        scores: defaultdict[str, float] = defaultdict(float)
        for ranking in (self.keyword(question), self.dense(question)):
            for rank, key in enumerate(ranking, 1):
                scores[key] += 1 / (20 + rank)
        return sorted(scores, key=lambda key: -scores[key])[:DEPTH]

    def _keys(self, query: Query) -> list[str]:
        return [hit.key for hit in search(self.corpus, query, limit=DEPTH)]


def fts5(owned: UserSet) -> Ranking:
    """SQLite's full-text search with the porter stemmer and its bm25(), over the same passages: any word may match."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE entries USING fts5(id UNINDEXED, text, tokenize = 'porter unicode61')")
    rows = [(entry.id, passage(entry.text, entry.speaker, entry.at)) for entry in owned.entries]
    base.executemany("INSERT INTO entries VALUES (?, ?)", rows)

    def ranked(question: Question) -> list[str]:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question.text))
        sql = "SELECT id FROM entries WHERE entries MATCH ? ORDER BY bm25(entries) LIMIT ?"
        with closing(base.execute(sql, (words, DEPTH))) as found:
            return [key for (key,) in found]

    return ranked


def quality(ranked: Sequence[str], question: Question, tokens: dict[str, int]) -> Quality:
    """How good a ranking is for a question."""
    wanted = question.evidence
    first = next((1 / rank for rank, key in enumerate(ranked, 1) if key in wanted), 0.0)
    fitting = int(np.searchsorted(np.cumsum([tokens[key] for key in ranked]), TOKENS, "right"))
    recall = [len(wanted.intersection(ranked[:depth])) / len(wanted) for depth in (5, 10, fitting)]
    return Quality(recall[0], recall[1], first, recall[2])


def shares_no_word(question: Question, owned: UserSet) -> bool:
    """Whether no content word of the question, names of speakers aside, stands in any of its evidence."""
    names = {word for entry in owned.entries for word in _hashes(entry.speaker)}
    asked = _hashes(question.text) - names
    evidence = [entry for entry in owned.entries if entry.id in question.evidence]
    return all(asked.isdisjoint(np.frombuffer(_terms(entry), "<u8").tolist()) for entry in evidence)


def answered(embedder: Embedder | None) -> tuple[Answered, ...]:
    """Every question of every set, asked in every way there is."""
    return tuple(result for owned in user_sets() for result in _of_set(owned, embedder))


def mean(qualities: Iterable[Quality]) -> Quality:
    """The mean of each number."""
    numbers = [(one.recall_5, one.recall_10, one.reciprocal_rank, one.recall_tokens) for one in qualities]
    return Quality(*np.mean(numbers, axis=0).tolist())


def rows() -> list[Row]:
    """Each way to search on the questions that were held out; then the product's by half, language and difficulty."""
    results = answered(find_embedder(Settings()).embedder)
    best = "fused" if "fused" in results[0].ways else "keyword"
    held = [result for result in results if not result.question.tuned]
    plain = str(mean(result.ways["FTS5"] for result in held))
    ways = [
        _row(f"memory, {way}, held out", held, way, "" if way == "FTS5" else f"FTS5: {plain}") for way in held[0].ways
    ]
    return [*ways, *(_row(f"memory, {best}, {name}", part, best) for name, part in _parts(results))]


def _parts(results: Sequence[Answered]) -> Iterable[tuple[str, list[Answered]]]:
    yield "tuned", [result for result in results if result.question.tuned]
    yield "all questions", list(results)
    yield "no word shared with the evidence", [result for result in results if result.shares_no_word]
    for category in sorted({result.question.category for result in results}):
        yield category, [result for result in results if result.question.category == category]
    for language in sorted({result.question.language for result in results}):
        yield f"asked in {language}", [result for result in results if result.question.language == language]


def _row(what: str, part: Sequence[Answered], way: str, goal: str = "") -> Row:
    return Row(f"{what} ({len(part)})", str(mean(result.ways[way] for result in part)), goal)


def _of_set(owned: UserSet, embedder: Embedder | None) -> Iterable[Answered]:
    ours = Semantic(owned, embedder)
    ways: dict[str, Ranking] = {"FTS5": fts5(owned), "keyword": ours.keyword}
    if embedder is not None:
        ways |= {"dense": ours.dense, "fused by rank": ours.by_ranks, "fused": ours.fused}
    tokens = {entry.id: estimate(entry.text) for entry in owned.entries}
    for question in owned.questions:
        found = {way: quality(ranking(question), question, tokens) for way, ranking in ways.items()}
        yield Answered(question, shares_no_word(question, owned), found)


def _entry(entry: Remembered, vector: bytes | None) -> Entry:
    return Entry(entry.id, _terms(entry), vector, entry.stream, entry.at.timestamp())


def _terms(entry: Remembered) -> bytes:
    return index_terms(passage(entry.text, entry.speaker, entry.at))


def _hashes(text: str) -> set[int]:
    return {number for group in query_terms(text).groups for number in group.hashes}


if __name__ == "__main__":
    for row in rows():
        print(f"| {row.what} | {row.value} | {row.goal} |", flush=True)
