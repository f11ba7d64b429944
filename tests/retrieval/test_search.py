"""One search, from the question to the ranking."""

from collections.abc import Sequence

import numpy as np
import pytest

from deskhand.retrieval.analysis import index_terms, query_terms
from deskhand.retrieval.corpus import Corpus
from deskhand.retrieval.entry import Entry
from deskhand.retrieval.search import Query, search

SENTENCES = {
    "rome": "Anna: I went to Rome with my sister",
    "tea": "Ben: green tea is what I drink in the morning",
    "haus": "Herr Müller hat sich ein Haus gekauft",
    "книга": "Маша читает новую книгу о море",
    "猫": "うちの猫の名前はタマです",
    "cancion": "Compraron las canciones en el mercado",
}


def corpus_of(texts: dict[str, str], stream: str = "") -> Corpus:
    return Corpus.of([Entry(key, index_terms(text), None, stream, at) for at, (key, text) in enumerate(texts.items())])


def row(*numbers: float) -> bytes:
    vector = np.array(numbers, np.float32)
    return (vector / np.linalg.norm(vector)).astype("<f2").tobytes()


def keys(corpus: Corpus, question: str, vector: Sequence[float] | None = None, confidence: float = 1.0) -> list[str]:
    near = None if vector is None else np.array(vector, np.float32)
    return [hit.key for hit in search(corpus, Query(query_terms(question), near, confidence))]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Who travelled to Rome?", "rome"),
        ("Welche Häuser kaufte Mueller?", "haus"),
        ("какие книги про море", "книга"),
        ("猫の名前は何ですか？", "猫"),
        ("¿Quién compró una canción?", "cancion"),
    ],
)
def test_a_question_finds_its_answer_in_five_languages(question: str, found: str) -> None:
    assert keys(corpus_of(SENTENCES), question)[0] == found


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert keys(Corpus.of(()), "Rome") == []
    assert keys(corpus_of(SENTENCES), "") == []
    assert keys(corpus_of(SENTENCES), "what was it and who are they?") == []
    assert keys(corpus_of(SENTENCES), "volcano") == []
    assert keys(corpus_of({"empty": ""}), "tea") == []


def test_no_other_corpus_changes_a_score() -> None:
    mine, theirs = corpus_of(SENTENCES), corpus_of({"x": "Rome"})
    query = Query(query_terms("Rome sister"))
    before = search(mine, query)
    theirs = theirs.changed([Entry(f"{number}", index_terms("Rome with a sister")) for number in range(100)])
    assert len(search(theirs, query, limit=200)) == 101
    assert search(mine, query) == before


def test_a_neighbour_of_a_hit_is_a_lesser_hit_in_its_stream_only() -> None:
    texts = {"question": "Where did you buy the curtains?", "answer": "At the mill", "later": "Nice"}
    query = Query(query_terms("curtains"))
    first, second = search(corpus_of(texts, "talk"), query)
    assert (first.key, second.key) == ("question", "answer")
    assert second.keyword == 0 < second.score < first.score
    assert keys(corpus_of(texts), "curtains") == ["question"]


def test_what_was_meant_is_found_without_its_words() -> None:
    near = Corpus.of([Entry("dog", index_terms("a dog"), row(1, 0.2)), Entry("tax", index_terms("taxes"), row(0, 1))])
    assert keys(near, "pets", [1, 0]) == ["dog"]


def test_a_model_that_does_not_know_the_words_has_no_say() -> None:
    texts = {"a": "tea", "b": "coffee"}
    corpus = Corpus.of([Entry("a", index_terms(texts["a"]), row(0, 1)), Entry("b", index_terms(texts["b"]), row(1, 0))])
    assert keys(corpus, "tea", [1, 0], confidence=0) == ["a"]
    assert keys(corpus, "tea", [1, 0], confidence=0.3) == ["a", "b"]


def test_an_entry_without_a_vector_still_competes() -> None:
    corpus = Corpus.of([Entry("old", index_terms("coffee"), row(1, 0)), Entry("new", index_terms("green tea"))])
    assert keys(corpus, "green tea", [0, 1])[0] == "new"


def test_only_those_among_are_hits_while_all_count() -> None:
    corpus = corpus_of(SENTENCES)
    query = Query(query_terms("Rome tea"))
    wanted = np.array([key == "tea" for key in corpus.keys])
    (only,) = search(corpus, query, among=wanted)
    assert only in search(corpus, query)


def test_among_follows_the_keys_of_a_changed_corpus() -> None:
    corpus = corpus_of(SENTENCES).changed([Entry("new", index_terms("Rome again"))], ["tea"])
    wanted = np.array([key == "new" for key in corpus.keys])
    assert [hit.key for hit in search(corpus, Query(query_terms("Rome")), among=wanted)] == ["new"]


def test_of_equal_hits_the_newest_is_first_and_the_limit_keeps_it() -> None:
    corpus = corpus_of({f"{number}": "tea" for number in range(30)})
    assert keys(corpus, "tea")[:3] == ["29", "28", "27"]
    assert [hit.key for hit in search(corpus, Query(query_terms("tea")), limit=2)] == ["29", "28"]
    assert search(corpus, Query(query_terms("tea")), limit=0) == []


def test_the_order_of_entries_does_not_matter() -> None:
    entries = [Entry(f"{n}", index_terms("tea with milk" if n % 2 else "tea"), None, "s", n % 5) for n in range(40)]
    query = Query(query_terms("milk tea"))
    assert search(Corpus.of(entries), query) == search(Corpus.of(entries[::-1]), query)


def test_a_huge_text_does_not_drown_the_others() -> None:
    huge = " ".join(f"word{number}" for number in range(100_000)) + " tea"
    corpus = corpus_of({"huge": huge, "short": "green tea"})
    assert keys(corpus, "tea") == ["short", "huge"]
