"""What neighbours, words and vectors add up to."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from deskhand.retrieval.fusion import DEFAULT, fused, smoothed, standing

ALONE = (np.array([], np.int64), np.array([], np.int64))
LINE = (np.array([0, 1]), np.array([1, 2]))


def test_an_entry_gets_more_from_the_one_before_it_than_from_the_one_after() -> None:
    before, itself, after = smoothed(np.array([0.0, 1.0, 0.0]), LINE, DEFAULT)
    assert 0 < before < after < itself == 1


def test_what_stands_alone_gets_nothing() -> None:
    assert smoothed(np.array([0.0, 1.0]), ALONE, DEFAULT).tolist() == [0, 1]


def test_no_evidence_is_no_score() -> None:
    assert fused(np.zeros(3), np.zeros(3), LINE, DEFAULT).tolist() == [0, 0, 0]


@given(st.lists(st.floats(0, 5), min_size=3, max_size=3), st.lists(st.floats(0, 9), min_size=3, max_size=3))
def test_scores_stay_between_nothing_and_one(words: list[float], near: list[float]) -> None:
    scores = fused(np.array(words), np.array(near), LINE, DEFAULT)
    assert ((scores >= 0) & (scores <= 1)).all()


def test_one_entry_alone_can_be_near() -> None:
    everything = np.ones(1, np.bool_)
    assert standing(np.array([0.6]), everything, DEFAULT)[0] > 2
    assert standing(np.array([0.1]), everything, DEFAULT)[0] == 0


def test_only_what_is_nearer_than_usual_is_near() -> None:
    cosines = np.array([0.5] * 50 + [0.8])
    near = standing(cosines, np.ones(51, np.bool_), DEFAULT)
    assert near[50] > 1
    assert near[0] < near[50] / 2


def test_an_entry_without_a_vector_is_neither_near_nor_counted() -> None:
    cosines, embedded = np.array([0.6, 0.1, 0.0, 0.0]), np.array([True, True, False, False])
    assert (
        standing(cosines, embedded, DEFAULT)[:2].tolist()
        == standing(cosines[:2], np.ones(2, np.bool_), DEFAULT).tolist()
    )
    assert standing(cosines, embedded, DEFAULT)[2:].tolist() == [0, 0]
