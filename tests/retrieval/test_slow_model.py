"""A local model that is slow is no outage: questions go first, long texts wait, and nobody stops asking."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import get_ident

import anyio
import numpy as np
import pytest
from anyio.lowlevel import checkpoint

from deskhand.retrieval import reachable
from deskhand.retrieval.embedder import Vectors
from deskhand.retrieval.index import Index
from deskhand.retrieval.reachable import AT_ONCE_CHARACTERS

pytestmark = pytest.mark.anyio


@dataclass
class Slow:
    """Answers questions at once, and whatever is saved when it may."""

    is_local: bool = True
    model: str = "slow"
    dimension: int = 2
    may: anyio.Event = field(default_factory=anyio.Event)
    running: int = 0
    most: int = 0

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if any("save" in text for text in texts):
                await self.may.wait()
        finally:
            self.running -= 1
        return np.ones((len(texts), 2), np.float32)

    def covers(self, text: str) -> float:
        return 1.0

    async def aclose(self) -> None: ...


async def settled() -> None:
    for _ in range(200):
        await checkpoint()


async def test_questions_do_not_wait_for_what_others_save() -> None:
    slow = Slow()
    index = Index(slow)
    async with anyio.create_task_group() as tasks:
        for number in range(12):
            tasks.start_soon(index.stored, [f"save {number}"])
        with anyio.fail_after(2):
            assert (await index.query("where is the key")).vector is not None
        await settled()
        slow.may.set()
    assert slow.most <= 2, "one save at a time, and a question"


async def test_after_it_was_too_slow_for_somebody_it_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachable.ReachableEmbedder.vectors, "__defaults__", (0.05,))
    slow = Slow()
    index = Index(slow)
    assert (await index.query("save this", question=False)).vector is None
    assert index.trouble == ""
    assert (await index.query("where is the key")).vector is not None


async def test_an_endpoint_that_is_too_slow_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachable.ReachableEmbedder.vectors, "__defaults__", (0.05,))
    index = Index(Slow(is_local=False))
    assert (await index.query("save this", question=False)).vector is None
    assert "did not answer" in index.trouble
    assert (await index.query("where is the key")).vector is None


async def test_a_long_text_is_left_to_the_background_at_once() -> None:
    slow = Slow()
    index, long = Index(slow), "save " * AT_ONCE_CHARACTERS
    assert (await index.query(long, question=False)).vector is None
    assert await index.stored([long]) == [None]
    assert slow.most == 0
    slow.may.set()
    assert (await index.stored([long], patience=None))[0]


async def test_the_vocabulary_is_not_read_on_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()

    def covers(self: Slow, text: str) -> float:
        threads.add(get_ident())
        return 1.0

    monkeypatch.setattr(Slow, "covers", covers)
    index = Index(Slow())
    await index.query("where is the key")
    await index.stored(["the shed"])
    assert threads
    assert get_ident() not in threads
