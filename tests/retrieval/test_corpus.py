"""A corpus that changed is the corpus of what is in it, whatever came before."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskhand.retrieval.analysis import index_terms, query_terms
from deskhand.retrieval.corpus import Corpus
from deskhand.retrieval.entry import Entry
from deskhand.retrieval.search import Query, search

WORDS = ("tea", "coffee", "Rome", "train", "guitar", "Haus", "книга")
KEYS = st.sampled_from("abcdefgh")


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    text = " ".join(draw(st.lists(st.sampled_from(WORDS), max_size=6)))
    vector = draw(st.none() | st.lists(st.integers(-3, 3), min_size=4, max_size=4))
    row = None if vector is None else np.array(vector, "<f2").tobytes()
    return Entry(draw(KEYS), index_terms(text), row, draw(st.sampled_from(("", "s", "t"))), draw(st.integers(0, 4)))


CHANGES = st.lists(st.tuples(st.lists(entries(), max_size=4), st.sets(KEYS, max_size=2)), max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.lists(entries(), max_size=8), CHANGES)
def test_a_changed_corpus_equals_one_built_anew(
    first: list[Entry], changes: list[tuple[list[Entry], set[str]]]
) -> None:
    corpus, held = Corpus.of(first), {entry.key: entry for entry in first}
    for added, removed in changes:
        corpus = corpus.changed(added, removed)
        held = {key: entry for key, entry in held.items() if key not in removed}
        held |= {entry.key: entry for entry in added}
    anew = Corpus.of(list(held.values()))
    assert set(corpus.keys) == set(anew.keys)
    assert len(corpus) == len(anew)
    for question in ("tea in Rome", "coffee train guitar", "Häuser"):
        query = Query(query_terms(question), np.array([1, 0, 0.5, 0], np.float32), 0.9)
        assert search(corpus, query) == search(anew, query)


def test_what_is_removed_leaves_the_statistics() -> None:
    both = Corpus.of([Entry("a", index_terms("tea in Rome")), Entry("b", index_terms("tea in Paris"))])
    query = Query(query_terms("tea Rome"))
    assert search(both.changed([], ["b"]), query) == search(Corpus.of([Entry("a", index_terms("tea in Rome"))]), query)


def test_an_old_corpus_does_not_notice_what_is_made_of_it() -> None:
    corpus = Corpus.of([Entry("a", index_terms("tea"))])
    query = Query(query_terms("tea"))
    before = search(corpus, query)
    corpus.changed([Entry("a", index_terms("coffee"))]).changed([], ["a"])
    assert search(corpus, query) == before


def test_many_changes_become_one_block() -> None:
    corpus = Corpus.of([Entry(f"{number}", index_terms(f"tea {number}")) for number in range(20)])
    for number in range(600):
        corpus = corpus.changed([Entry(f"{number % 300}", index_terms(f"coffee {number}"))])
    assert len(corpus) == 300
    assert len(corpus.alive) <= 300 + 2 * 256
    assert [hit.key for hit in search(corpus, Query(query_terms("577")))] == ["277"]


def test_of_two_entries_with_one_key_the_later_counts() -> None:
    corpus = Corpus.of([Entry("a", index_terms("tea")), Entry("a", index_terms("coffee"))])
    assert corpus.keys == ("a",)
    assert search(corpus, Query(query_terms("tea"))) == []


def test_an_entry_in_both_lists_is_added() -> None:
    corpus = Corpus.of([Entry("a", index_terms("tea"))]).changed([Entry("a", index_terms("coffee"))], ["a"])
    assert [hit.key for hit in search(corpus, Query(query_terms("coffee")))] == ["a"]


def test_memory_grows_with_what_is_held() -> None:
    vector = np.ones(384, "<f2").tobytes()
    small = Corpus.of([Entry("a", index_terms("tea"))])
    assert small.bytes + 384 * 4 <= small.changed([Entry("b", index_terms("tea"), vector)]).bytes < small.bytes + 4_000


def test_vectors_of_two_models_are_refused() -> None:
    three, four = (np.ones(size, "<f2").tobytes() for size in (3, 4))
    with pytest.raises(ValueError, match="one length"):
        Corpus.of([Entry("a", b"", three), Entry("b", b"", four)])
    with pytest.raises(ValueError, match="one length"):
        Corpus.of([Entry("a", b"", three)]).changed([Entry("b", b"", four)])
    with pytest.raises(ValueError, match="the query of 4"):
        search(Corpus.of([Entry("a", b"", three)]), Query(query_terms("tea"), np.ones(4, np.float32)))
