"""The vectors of the dialogues and questions, made once and kept in a file, because making them takes minutes."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import numpy as np

from deskhand.retrieval.analysis import query_terms
from deskhand.retrieval.embedder import Embedder
from deskhand.retrieval.find import find_embedder
from deskhand.retrieval.index import COVERED, packed
from deskhand.retrieval.search import Query
from deskhand.settings import Settings

FILE = Path.home() / ".cache" / "deskhand" / "bench-vectors.db"
_AT_ONCE = 256
"""Texts after which what was made is kept, so that breaking off costs little."""


class KeptVectors:
    """An embedder, and what it made before: by its name and the hash of the text.

    Not for several processes that embed the same at once: each would make what the other makes.
    """

    def __init__(self, embedder: Embedder, file: Path = FILE) -> None:
        self._embedder = embedder
        self._file = file
        self._known: dict[bytes, bytes] = {}
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._open()) as kept:
            kept.execute("CREATE TABLE IF NOT EXISTS vector (hash BLOB PRIMARY KEY, vector BLOB NOT NULL)")
            self._known.update(kept.execute("SELECT hash, vector FROM vector"))

    def stored(self, texts: Sequence[str]) -> list[bytes]:
        """As the store keeps them: float16; b"" for a text the model does not know."""
        missing = list(dict.fromkeys(text for text in texts if self._hash(text) not in self._known))
        for start in range(0, len(missing), _AT_ONCE):
            self._make(missing[start : start + _AT_ONCE])
        return [self._known[self._hash(text)] for text in texts]

    def of_messages(self, texts: dict[str, str]) -> dict[str, bytes]:
        """The vectors `MessageIndex.of` takes, by the keys of `texts_of`."""
        return dict(zip(texts, self.stored(list(texts.values())), strict=True))

    def query(self, text: str) -> Query:
        """A question, as the product asks it."""
        (vector,) = self.stored([text])
        near = np.frombuffer(vector, "<f2").astype(np.float32) if vector else None
        return Query(query_terms(text), near, self.covers(text))

    def covers(self, text: str) -> float:
        """How far the model knows a text."""
        return self._embedder.covers(text)

    def _make(self, texts: Sequence[str]) -> None:
        known = [text for text in texts if self._embedder.covers(text) >= COVERED]
        made = dict.fromkeys(texts, b"") | dict(
            zip(known, map(packed, asyncio.run(self._embedder.embed(known))), strict=True)
        )
        rows = [(self._hash(text), vector) for text, vector in made.items()]
        self._known.update(rows)
        with closing(self._open()) as kept:
            kept.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, isolation_level=None, timeout=60)

    def _hash(self, text: str) -> bytes:
        return sha256(f"{self._embedder.model}\n{text}".encode()).digest()


def kept_vectors() -> KeptVectors | None:
    """Those of the local model; None when it is not installed."""
    embedder = find_embedder(Settings()).embedder
    return KeptVectors(embedder) if embedder else None
