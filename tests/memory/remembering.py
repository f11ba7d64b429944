"""A memory to test: its clock and its embedder do as they are told, and its rows can be counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from random import Random
from zoneinfo import ZoneInfo

import anyio
import numpy as np
import sqlalchemy as sa

from deskhand.errors import Unavailable
from deskhand.principal import Principal
from deskhand.retrieval.embedder import Embedder, Vectors
from deskhand.retrieval.find import Found
from deskhand.store.database import Database, everyone
from deskhand.store.tables import entry, memory
from deskhand.toolsets.memory.backend import MemoryBackend, MemoryOptions

ANN, BOB = Principal("ann", "test"), Principal("bob", "test")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprst" for vowel in "aeiou"]


@dataclass
class Clock:
    """Tells the time it was set to, a microsecond later each time, so that nothing happens twice at once."""

    at: datetime = START

    def __call__(self) -> datetime:
        self.at += timedelta(microseconds=1)
        return self.at

    def pass_by(self, **much: float) -> None:
        """Let time go by."""
        self.at += timedelta(**much)


@dataclass
class ScriptedEmbedder:
    """Vectors of the words in a text. `fails` is why it does not work, `refuses` a word of texts it does not take."""

    model: str = "scripted"
    dimension: int = 64
    is_local: bool = False
    fails: str = ""
    refuses: str = ""
    hangs: bool = False
    known: float = 1.0
    asked: int = 0
    embedded: list[str] = field(default_factory=list[str])

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += 1
        if self.hangs:
            await anyio.sleep_forever()
        if self.fails or (self.refuses and any(self.refuses in text for text in texts)):
            raise Unavailable(self.fails or "400: too long")
        self.embedded += texts
        return np.array([self._vector(text) for text in texts], np.float32)

    def covers(self, text: str) -> float:
        return self.known

    async def aclose(self) -> None: ...

    def _vector(self, text: str) -> Vectors:
        rows = [_direction(word, self.model, self.dimension) for word in text.casefold().split()] or [
            _direction("", self.model, self.dimension)
        ]
        total = np.sum(rows, axis=0)
        return total / np.linalg.norm(total)


def _direction(word: str, model: str, dimension: int) -> Vectors:
    seed = int.from_bytes(blake2b(f"{model} {word}".encode(), digest_size=8).digest())
    return np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)


def real_time() -> datetime:
    """Now."""
    return datetime.now(UTC)


def remembering(
    database: Database,
    embedder: Embedder | None = None,
    *,
    clock: Callable[[], datetime] | None = None,
    zone: str = "UTC",
) -> MemoryBackend:
    """A memory in this database."""
    options = MemoryOptions(zone=ZoneInfo(zone))
    return MemoryBackend(database, Found(embedder, "As the test says."), options, clock or Clock())


def sentence(number: int) -> str:
    """A text of words that no other number's has: nothing about it repeats or contradicts another."""
    random = Random(number)
    return " ".join("".join(random.choices(_SYLLABLES, k=5)) for _ in range(4))


def stored(database: Database) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Whose and which memories there are, and whose and which entries of memories the index has."""

    def work(connection: sa.Connection) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        everyone(connection)
        memories = connection.execute(sa.select(memory.c.subject, memory.c.id).where(memory.c.replaced_at.is_(None)))
        entries = connection.execute(sa.select(entry.c.subject, entry.c.key).where(~entry.c.key.contains(".")))
        return {(row[0], row[1]) for row in memories}, {(row[0], row[1]) for row in entries}

    return database.read(work)
