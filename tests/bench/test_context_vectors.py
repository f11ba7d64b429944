"""Vectors of the context bench are made once, kept in a file, and read from there the next time."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from bench.context_vectors import KeptVectors

from deskhand.retrieval.embedder import Vectors


class Lengths:
    """An embedder whose vectors tell the length of a text; it does not know texts without letters."""

    is_local, dimension = True, 2

    def __init__(self, model: str = "lengths") -> None:
        self.model = model
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([(len(text), 1) for text in texts], np.float32).reshape(len(texts), 2)

    def covers(self, text: str) -> float:
        return float(any(letter.isalpha() for letter in text))

    async def aclose(self) -> None: ...


def test_a_text_is_embedded_once_by_each_model(tmp_path: Path) -> None:
    file, first, again, other = tmp_path / "kept" / "v.db", Lengths(), Lengths(), Lengths("other")
    made = KeptVectors(first, file).stored(["abc", "12:30", "abc"])
    assert made == [made[0], b"", made[0]]
    assert np.frombuffer(made[0], "<f2").tolist() == [3, 1]
    assert KeptVectors(again, file).stored(["12:30", "abc"]) == [b"", made[0]]
    assert KeptVectors(other, file).stored(["abc"]) == [made[0]]
    assert (first.asked, again.asked, other.asked) == (["abc"], [], ["abc"])


def test_a_question_has_its_words_its_vector_and_how_far_they_are_known(tmp_path: Path) -> None:
    kept = KeptVectors(Lengths(), tmp_path / "v.db")
    asked, unknown = kept.query("Which gate?"), kept.query("12:30")
    assert asked.vector is not None
    assert asked.vector.tolist() == [11, 1]
    assert asked.terms.groups
    assert (unknown.vector, unknown.confidence) == (None, 0)
