"""The measurement of a host's memory runs as a process of its own, turn by turn."""

from itertools import islice

from bench.context_data import dialogues
from bench.context_memory import in_child, said


def test_each_turn_has_its_number_of_bytes() -> None:
    held = in_child(12)
    assert len(held) == 12
    assert all(10_000_000 < each < 1_000_000_000 for each in held)


def test_what_is_said_goes_on_and_on_in_other_words() -> None:
    some = list(islice(said(dialogues()[:1]), 300))
    long = [text for text in some if len(text) > 60]
    assert len(set(long)) == len(long) > 50
