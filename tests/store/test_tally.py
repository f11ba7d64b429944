"""A table's digest is the same whatever the order and the engine, and another when anything in a row is another."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskhand.store.tally import Tally

VALUES = st.none() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.binary(max_size=5)
ROWS = st.lists(st.fixed_dictionaries({"a": VALUES, "b": VALUES}), max_size=5)


def digest(rows: list[dict[str, object]]) -> str:
    tally = Tally()
    tally.add(rows)
    assert tally.rows == len(rows)
    return tally.digest


@given(ROWS, st.randoms())
def test_order_does_not_matter(rows: list[dict[str, object]], random: Random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert digest(shuffled) == digest(rows)


@pytest.mark.parametrize(("one", "same"), [(True, 1), (False, 0), (-0.0, 0.0)])
def test_what_an_engine_cannot_tell_apart_is_the_same(one: object, same: object) -> None:
    assert digest([{"a": one}]) == digest([{"a": same}])


@pytest.mark.parametrize(
    "changed",
    [
        [],
        [{"a": "x", "b": None}] * 2,
        [{"a": "x", "b": ""}],
        [{"a": b"x", "b": None}],
        [{"a": "x", "c": None}],
        [{"a": None, "b": "x"}],
        [{"a": "y", "b": None}],
    ],
)
def test_any_change_shows(changed: list[dict[str, object]]) -> None:
    assert digest(changed) != digest([{"a": "x", "b": None}])


def test_numbers_are_not_the_text_of_them() -> None:
    assert len({digest([{"a": value}]) for value in (1, 1.0, "1", b"1")}) == 4


def test_what_no_column_holds_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="list"):
        digest([{"a": []}])
