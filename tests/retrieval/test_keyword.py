"""How much of a question stands in an entry, going by the words."""

import numpy as np

from deskhand.retrieval.analysis import index_terms, query_terms
from deskhand.retrieval.corpus import Corpus
from deskhand.retrieval.entry import Entry
from deskhand.retrieval.keyword import keyword_shares


def shares(question: str, *texts: str) -> list[float]:
    corpus = Corpus.of([Entry(str(number), index_terms(text)) for number, text in enumerate(texts)])
    return keyword_shares(corpus, query_terms(question)).tolist()


def test_all_words_are_about_everything_and_none_is_nothing() -> None:
    all_of_it, none = shares("green tea", "tea green", "black coffee")
    assert 0.8 < all_of_it < 1.2
    assert none == 0


def test_a_rare_word_counts_more_than_a_frequent_one() -> None:
    often, rarely, *_ = shares("Anna guitar", "Anna sang", "guitar song", "Anna ate", "Anna ran", "Anna slept")
    assert rarely > 2 * often


def test_little_of_a_question_is_little_even_when_it_is_the_best_there_is() -> None:
    (best, *_) = shares("Where did Anna buy the violet curtains?", "Anna sang", "Anna ate", "Anna ran", "Ben slept")
    assert 0 < best < 0.25


def test_words_side_by_side_count_more_than_words_apart() -> None:
    together, apart, reversed_ = shares("ice cream", "cold ice cream now", "cream on cold ice", "cream ice cold now")
    assert together > apart
    assert together > reversed_


def test_two_texts_make_no_pair() -> None:
    split = Corpus.of([Entry("a", index_terms("cold ice")), Entry("b", index_terms("cream cake"))])
    swapped = Corpus.of([Entry("a", index_terms("ice cold")), Entry("b", index_terms("cake cream"))])
    terms = query_terms("ice cream")
    assert np.array_equal(keyword_shares(split, terms), keyword_shares(swapped, terms))


def test_a_pair_is_found_from_whichever_of_its_words_is_rarer() -> None:
    filler = ["ice rink", "ice cold", "ice tea"]
    assert shares("ice cream", "ice cream", "cream ice", *filler)[0] > shares("ice cream", "cream ice", "ice cream")[0]
    first, second, *_ = shares("cream ice", "cream ice", "ice cream", *filler)
    assert first > second


def test_a_short_text_beats_a_long_one_with_the_same_words() -> None:
    short, long = shares("guitar", "guitar lesson", "guitar lesson with many other things that went on all afternoon")
    assert short > long
