"""The whole way: dialogues stored with the backend of `append_messages`, and compacted for each question with that of
`compact_context`. It must tell the same as `bench.context_quality` does of the engine.

    python -m bench.context_product
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from bench.context_baselines import Answer, Returned
from bench.context_data import Dialogue, dialogues
from bench.context_scores import SHARES, Scores, evaluate
from bench.context_vectors import KeptVectors, kept_vectors
from bench.server import Row

from deskhand.principal import Principal
from deskhand.retrieval.embedder import Vectors
from deskhand.retrieval.index import Index
from deskhand.store.database import Database
from deskhand.toolsets.conversations.backend import ConversationsBackend
from deskhand.toolsets.conversations.dialect import read_messages, show
from deskhand.toolsets.conversations.metadata import show_metadata
from deskhand.toolsets.conversations.wire import Raw

_ANN = Principal("ann", "bench")
_NOW = datetime(2026, 12, 1, tzinfo=UTC)


class KeptEmbedder:
    """The embedder whose vectors are in a file already."""

    model, dimension, is_local = "kept", 384, True

    def __init__(self, kept: KeptVectors) -> None:
        self._kept = kept

    async def embed(self, texts: Sequence[str]) -> Vectors:
        made = await asyncio.to_thread(self._kept.stored, texts)
        none = np.zeros(self.dimension, "<f2").tobytes()
        return np.array([np.frombuffer(each or none, "<f2") for each in made], np.float32)

    def covers(self, text: str) -> float:
        return self._kept.covers(text)

    async def aclose(self) -> None: ...


class Product:
    """Compacts as the tool does."""

    def __init__(self, database: Database, vectors: KeptVectors) -> None:
        self._backend = ConversationsBackend(database, Index(KeptEmbedder(vectors)), lambda: _NOW)
        self._stored: dict[str, str] = {}

    def __call__(self, dialogue: Dialogue, budget: int) -> Answer:
        """Store it, if that was not done for another budget."""
        if dialogue.name not in self._stored:
            raws: list[Raw] = [
                {**show(message), "metadata": show_metadata(message.metadata)} for message in dialogue.messages
            ]
            appended = asyncio.run(self._backend.append(_ANN, None, raws))
            self._stored[dialogue.name] = appended.conversation
        return lambda query: asyncio.run(self._answer(self._stored[dialogue.name], budget, query))

    async def _answer(self, conversation: str, budget: int, query: str) -> Returned:
        answer = await self._backend.compact(_ANN, conversation, budget, query, _silently)
        receipt = answer.result.receipt
        shown = [message for group in read_messages(answer.result.messages, _NOW) for message in group]
        return Returned(tuple(shown), frozenset((*receipt.recalled, *receipt.digested)))


async def _silently(_done: float, _every: float) -> None:
    """Nobody waits."""


def measured(among: Sequence[Dialogue], vectors: KeptVectors) -> Scores:
    """What the tools make of the dialogues."""
    with TemporaryDirectory() as folder, Database.in_folder(Path(folder)) as database:
        return evaluate(among, Product(database, vectors))


def rows() -> Iterator[Row]:
    """The tools on the dialogues that were held out; nothing without the model."""
    if vectors := kept_vectors():
        scores = measured([dialogue for dialogue in dialogues() if dialogue.held_out], vectors)
        value = " / ".join(f"{scores.recall(share):.1f}" for share in SHARES)
        yield Row("context at 25 / 10 / 5 %, append_messages and compact_context, held out", value)


if __name__ == "__main__":
    for row in rows():
        print(f"| {row.what} | {row.value} | {row.goal} |", flush=True)
