"""The tools give a question what the engine gives it, so what is measured of the one holds for the other."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from bench.context_data import dialogues
from bench.context_methods import Ours
from bench.context_product import measured
from bench.context_scores import evaluate
from bench.context_vectors import KeptVectors

from deskhand.retrieval.embedder import Vectors


class Letters:
    """An embedder without a model: how often each letter is in a text."""

    model, dimension, is_local = "letters", 384, True

    async def embed(self, texts: Sequence[str]) -> Vectors:
        counts = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            np.add.at(counts[row], [ord(letter) % 384 for letter in text], 1)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)

    def covers(self, text: str) -> float:
        return 1.0

    async def aclose(self) -> None: ...


def test_what_is_stored_and_compacted_by_the_tools_scores_as_the_engine_does(tmp_path: Path) -> None:
    vectors = KeptVectors(Letters(), tmp_path / "v.db")
    (dialogue,) = [each for each in dialogues() if each.name == "agent-01"]
    some = [replace(dialogue, questions=dialogue.questions[:6])]
    tools, engine = measured(some, vectors), evaluate(some, Ours(vectors))
    for share in (0.25, 0.10):
        assert tools.recall(share) > 0
        assert abs(tools.recall(share) - engine.recall(share)) < 20  # one piece of evidence at most
