"""What moved out is embedded in the background; an embedder that breaks, in whatever way, disturbs nobody."""

from collections.abc import Sequence

import anyio
import numpy as np
import pytest
from desk import only
from small_window import small, talk, talk_until_compacted

from deskhand.context.log import Log
from deskhand.host import events
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.short_term import Searching, ShortTermMemory
from deskhand.retrieval.embedder import Vectors
from deskhand.retrieval.index import Index
from deskhand.settings import Settings
from deskhand.settings_sections import ModelSettings
from deskhand.store.personal import People

pytestmark = pytest.mark.anyio

FIRST = "The ferry leaves at noon."


class BrokenEmbedder:
    """Raises what no embedder should, in `embed` for so many times, and in `covers` if it is told to."""

    model = "broken/1"
    dimension = 4
    is_local = True

    def __init__(self, failures: float = float("inf"), *, covers: bool = True) -> None:
        self._failures = failures
        self._covers = covers
        self.asked = anyio.Event()
        self.embedded: list[str] = []
        self.has_first = anyio.Event()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked.set()
        self._failures -= 1
        if self._failures >= 0:
            raise RuntimeError("The tensor is on fire.")
        self.embedded += texts
        if any(FIRST in text for text in texts):
            self.has_first.set()
        return np.full((len(texts), self.dimension), 0.5, np.float32)

    def covers(self, text: str) -> float:
        if not self._covers:
            self.asked.set()
            raise RuntimeError(f"No vocabulary for {text!r}.")
        return 1.0

    async def aclose(self) -> None: ...


@pytest.mark.parametrize("embedder", [BrokenEmbedder(), BrokenEmbedder(0, covers=False)], ids=["embed", "covers"])
async def test_turns_go_on_and_the_chat_can_be_left_whatever_the_embedder_raises(embedder: BrokenEmbedder) -> None:
    desk, settings = small(), Settings(model=ModelSettings(max_output_tokens=100))
    options = ChatOptions(database=desk.database, embedder=embedder)
    async with Chat(desk.model, connections=desk.servers, settings=settings, options=options) as chat:
        happened = await talk_until_compacted(chat)
        with anyio.fail_after(10):
            await embedder.asked.wait()
        happened += await talk(chat, ["topic 1", "topic 2", "topic 3"])
    assert {event.outcome for event in only(events.TurnFinished, happened)} == {"done"}


async def test_an_embedder_that_works_again_gets_what_waits() -> None:
    desk, embedder = small(), BrokenEmbedder(3)
    async with desk.chat() as chat:
        await chat.answer(FIRST)
        await talk_until_compacted(chat)
        searching = Searching(Log(People(desk.database), Index(embedder)), "local")
        memory = ShortTermMemory(chat.conversation, searching, desk.outside.append)
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                group.start_soon(memory.run, 0)
                await embedder.has_first.wait()
                group.cancel_scope.cancel()
        texts = [message.text.strip() for message in await chat.conversation.messages()]
    assert len(embedder.embedded) >= len(texts)
    assert all(any(text in embedded for embedded in embedder.embedded) for text in texts)
