"""What saving and searching memories costs, beside a plain FTS5 table; and the first save of a fresh start.

    python -m bench.memory_speed            (also a part of `python -m bench`)
    python -m bench.memory_speed --large    a million rows of ten thousand people, and some minutes

Embedding is not counted: a bag of vectors made before stands for the model, since `bench.embedding` measures that.
"""

import asyncio
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from anyio import to_thread
from bench.memory_data import user_sets
from bench.server import META, Row
from tests.protocol.server_process import environment

from deskhand.principal import Principal
from deskhand.retrieval.analysis import index_terms
from deskhand.retrieval.embedder import Vectors
from deskhand.retrieval.find import Found
from deskhand.retrieval.index import packed
from deskhand.store.database import Database
from deskhand.toolsets.memory.backend import MemoryBackend, MemoryOptions
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.finding import Request

MEMORIES = 1_000
TIMES = 400
GOAL_SAVE, GOAL_SEARCH = 1, 5
"""Milliseconds; mem0 2.2.1 takes 3.7 and 61."""
GOAL_FIRST_SAVE = 2
PEOPLE, EACH = 10_000, 100
GOAL_LARGE = 3
COLD = 2_000
"""People who search once each in the large database: nothing of theirs was looked at before."""
_POOL = 4_000
_DIMENSION = 384

Save = Callable[[str], Awaitable[object]]
Search = Callable[[str], Awaitable[object]]


class ReadyVectors:
    """An embedder that costs nothing: unit vectors made before, one for each text in turn."""

    model, dimension, is_local = "ready", _DIMENSION, True

    def __init__(self) -> None:
        made = np.random.default_rng(1).standard_normal((_POOL, _DIMENSION)).astype(np.float32)
        self.vectors: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
        self._next = count()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return self.vectors[[next(self._next) % _POOL for _ in texts]]

    def covers(self, text: str) -> float:
        return 1.0

    async def aclose(self) -> None: ...


def backend_of(database: Database) -> MemoryBackend:
    """The memory as the server has it."""
    found = Found(embedder=ReadyVectors(), why="Measured without a model.")
    return MemoryBackend(database, found, MemoryOptions(UTC), lambda: datetime.now(UTC))


def sentences(seed: int) -> Iterator[str]:
    """Texts without end, of the words of the evaluation set: as long as memories are, no two the same."""
    chosen = random.Random(seed)
    words = [word for found in user_sets() for item in found.entries for word in item.text.split()]
    while True:
        yield " ".join(chosen.choices(words, k=12))


class PlainFts:
    """What most memory servers do: one FTS5 table for all, with a column that says whose a row is."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute("CREATE VIRTUAL TABLE memory USING fts5(text, user UNINDEXED)")

    async def save(self, text: str) -> None:
        insert = "INSERT INTO memory (text, user) VALUES (?, 'ann')"
        await to_thread.run_sync(lambda: self.connection.execute(insert, (text,)))

    async def search(self, text: str) -> None:
        words = " OR ".join(f'"{word}"' for word in text.replace('"', "").split())
        query = "SELECT text FROM memory WHERE memory MATCH ? AND user = 'ann' ORDER BY bm25(memory) LIMIT 8"
        await to_thread.run_sync(lambda: self.connection.execute(query, (words,)).fetchall())


async def _milliseconds(work: Callable[[str], Awaitable[object]], texts: Iterator[str], times: int) -> list[float]:
    spent: list[float] = []
    for _ in range(times):
        text = next(texts)
        started = time.perf_counter()
        await work(text)
        spent.append((time.perf_counter() - started) * 1_000)
    return spent


async def _p50s(save: Save, search: Search) -> tuple[float, float]:
    """Of saves and searches at a thousand memories; the better of two halves, because the machine has other work."""
    texts, asked = sentences(1), (" ".join(text.split()[:5]) for text in sentences(2))
    await _milliseconds(save, texts, MEMORIES)
    halves = [
        (await _milliseconds(save, texts, TIMES // 4), await _milliseconds(search, asked, TIMES // 2)) for _ in range(2)
    ]
    return min(statistics.median(half[0]) for half in halves), min(statistics.median(half[1]) for half in halves)


async def _one_person() -> tuple[tuple[float, float], tuple[float, float]]:
    """Our p50 of save and search, and those of the plain table."""
    ann = Principal("ann", "bench")
    with TemporaryDirectory() as folder, Database.in_folder(Path(folder)) as database:
        backend = backend_of(database)
        ours = await _p50s(
            lambda text: backend.save(ann, Draft(text)), lambda text: backend.search(ann, text, Request())
        )
        plain = PlainFts(Path(folder) / "plain.db")
        with closing(plain.connection):
            return ours, await _p50s(plain.save, plain.search)


def first_save() -> float:
    """Seconds from the start of `deskhand serve --stdio` in an empty folder to the answer of its first save."""
    arguments = {"text": "The boiler was serviced by Nadia in March."}
    request = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "save_memory", "arguments": arguments, "_meta": META},
    }
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        command = [sys.executable, "-m", "deskhand", "serve", "--stdio"]
        with subprocess.Popen(
            command,
            env=environment(Path(folder), '["memory"]'),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdin.write(json.dumps(request).encode() + b"\n")
            server.stdin.flush()
            answer = server.stdout.readline()
            spent = time.perf_counter() - started
            server.kill()
    assert json.loads(answer)["result"]["structuredContent"]["status"] == "saved", answer
    return spent


def fill(path: Path) -> None:
    """A million memories with their entries, as if everybody had saved one after the other, a hundred times."""
    with Database(path):  # makes the tables
        pass
    vectors = [packed(vector) for vector in ReadyVectors().vectors]
    texts = [text for text, _ in zip(sentences(3), range(_POOL), strict=False)]
    terms = [index_terms(text) for text in texts]
    at = "2026-01-01T00:00:00.000000+00:00"
    picks = random.Random(6).choices(range(_POOL), k=PEOPLE * EACH)
    rows = [(number % PEOPLE, number // PEOPLE, pick) for number, pick in enumerate(picks)]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("synchronous = OFF", "cache_size = -1000000", "journal_mode = OFF"):
            connection.execute(f"PRAGMA {pragma}")
        indexes = connection.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE 'entry_by%'").fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO entry VALUES (?, ?, 'fact', '', ?, 0, NULL, ?, ?, 'ready', ?)",
            ((f"p{who}", f"m{n:08}", n, terms[pick], vectors[pick], n + 1) for who, n, pick in rows),
        )
        connection.executemany(
            "INSERT INTO memory VALUES (?, ?, 1, ?, 'fact', NULL, NULL, NULL, NULL, 0, ?, ?, NULL, 'saved', 'bench')",
            ((f"p{who}", f"m{n:08}", texts[pick], at, at) for who, n, pick in rows),
        )
        connection.executemany(
            "INSERT INTO memory_owner VALUES (?, ?, 0, NULL)", ((f"p{who}", EACH + 1) for who in range(PEOPLE))
        )
        connection.execute("COMMIT")
        for _, statement in indexes:
            connection.execute(statement)
        connection.execute("PRAGMA journal_mode = WAL")


async def _cold(database: Database) -> list[float]:
    """Milliseconds of one search each by people of whom nothing was read before."""
    backend = backend_of(database)
    asked = (" ".join(text.split()[:5]) for text in sentences(4))
    people = random.Random(5).sample(range(PEOPLE), COLD + 1)
    await backend.search(Principal(f"p{people.pop()}", "bench"), next(asked), Request())  # opens the connections
    spent: list[float] = []
    answered = 0
    for who in people:
        caller, text = Principal(f"p{who}", "bench"), next(asked)
        started = time.perf_counter()
        found = await backend.search(caller, text, Request())
        spent.append((time.perf_counter() - started) * 1_000)
        answered += bool(found.hits)
    assert answered > COLD / 2
    return spent


def large_rows() -> Iterator[Row]:
    """The search of one among ten thousand people."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "deskhand.db"
        fill(path)
        with Database(path) as database:
            parts = statistics.quantiles(asyncio.run(_cold(database)), n=100)
        goal = f"goal: p99 of {GOAL_LARGE} ms; p50 {parts[49]:.1f}, p90 {parts[89]:.1f}"
        yield Row(f"a person's first search, {PEOPLE * EACH:,} rows", f"p99 {parts[98]:.1f} ms", goal)


def rows() -> Iterator[Row]:
    """All but the large database."""
    (save, search), (plain_save, plain_search) = asyncio.run(_one_person())
    yield Row("save into a plain FTS5 table of 1,000", f"{plain_save:.2f} ms", "p50, on disk")
    yield Row(
        "save a memory beside 1,000",
        f"{save:.2f} ms",
        f"{save / plain_save:.1f} x that; goal: {GOAL_SAVE} ms; mem0: 3.7",
    )
    yield Row("search the plain FTS5 table", f"{plain_search:.2f} ms", "p50")
    yield Row(
        "search 1,000 memories",
        f"{search:.2f} ms",
        f"{search / plain_search:.1f} x that; goal: {GOAL_SEARCH} ms; mem0: 61",
    )
    seconds = min(first_save() for _ in range(3))
    yield Row(
        "first save of a fresh start", f"{seconds:.2f} s", f"process, tables and model; goal: {GOAL_FIRST_SAVE} s"
    )


if __name__ == "__main__":
    for row in large_rows() if "--large" in sys.argv else rows():
        print(f"{row.what:<44} {row.value:>14}   {row.goal}")
