"""Short-term memory: what the model sees of a conversation, kept within its window, and what comes back for a turn."""

import logging
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import anyio
from anyio import to_thread

from deskhand.context.compaction import Compaction
from deskhand.context.keeping import last_request
from deskhand.context.log import Log
from deskhand.context.message import Message
from deskhand.context.message_index import MessageHit
from deskhand.context.recall import Recalled, near, recall, wanted, weighed
from deskhand.context.receipt import Receipt, Trigger, digest_message
from deskhand.context.summarising import try_summary
from deskhand.context.summary import Summarizer
from deskhand.context.window import Window, placed
from deskhand.errors import DeskhandError, NotFound
from deskhand.host.conversation import Conversation, said
from deskhand.host.events import ContextCompacted, ContextRecalled, ContextRestored, Event, MessagePinned

RECALLED_MOST = 4_000
"""Tokens that come back for a turn at most, however large the window is: what is looked up, not all there is."""
_HITS = 60
_GROWTH = 1.05
"""How much a view that cannot be compacted any further has to grow before it is tried again."""
_RETRY_SECONDS = 30.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Searching:
    """How the log of moved-out messages is searched, and by whom."""

    log: Log
    owner: str
    summarizer: Summarizer | None = None
    """Writes digests in place of excerpts, where it loses nothing."""


class ShortTermMemory:
    """Keeps one conversation within the model's window.

    Compacts when 80 % of the budget are used, brings back what a turn needs of what moved out, and can take it all
    back. `run` embeds in the background what moved out, so that it is found by meaning too.
    """

    def __init__(self, conversation: Conversation, searching: Searching, emit: Callable[[Event], None]) -> None:
        self._conversation = conversation
        self._log = searching.log
        self._owner = searching.owner
        self._summarizer = searching.summarizer
        self._emit = emit
        self._recalled: Recalled | None = None
        self._recalled_for: str | None = None
        self._futile = 0.0
        self._patient = False
        self._moved = anyio.Event()

    @property
    def window(self) -> Window:
        """The messages in view, and the receipts in force."""
        return self._conversation.window

    @property
    def moved_out(self) -> int:
        """How many messages the model no longer sees."""
        return self._conversation.moved_out

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """The compactions in force, in order."""
        return tuple(self.window.receipts)

    def is_due(self, budget: int) -> bool:
        """Whether so much of the budget is used that compacting is due."""
        tokens = self.window.tokens()
        if tokens <= self._futile:
            return False
        return tokens > budget if self._patient else self.window.is_due(budget)

    async def within(self, budget: int) -> list[Message]:
        """What the model sees now: compacted when the budget is nearly used, with what bears on the last request.

        What cannot be brought below the budget is given as it is; see `tokens`.
        """
        if self.is_due(budget):
            await self.compact(budget, "budget")
        await self._recall(budget)
        return placed(self.window.shown(), self._recalled)

    def tokens(self) -> int:
        """What the view takes, with what came back."""
        return self.window.tokens() + self.recalled_tokens()

    def recalled_tokens(self) -> int:
        """What came back takes."""
        return self.window.meter.total([self._recalled.message]) if self._recalled else 0

    def digest_tokens(self) -> int:
        """The digest takes."""
        digest = digest_message(self.window.receipt) if self.window.receipt else None
        return self.window.meter.total([digest]) if digest else 0

    async def compact(self, budget: int, trigger: Trigger) -> bool:
        """Compact now; whether the view is shorter than before.

        Raises:
            LimitExceeded: what must stay alone exceeds the budget.
        """
        window, before = self.window, self.window.receipt
        digested = await self._conversation.whole(before.digested) if before else []
        whole = Window(await self._conversation.whole(), window.receipts, window.where, meter=window.meter)
        number = await self._conversation.next_receipt()

        def work() -> Compaction:
            return whole.compact(budget, number=number, now=_now(), trigger=trigger, digested=digested)

        done = await to_thread.run_sync(work)
        if done.receipt.tokens_after >= done.receipt.tokens_before:
            self._futile = done.receipt.tokens_before * _GROWTH
            return False
        if self._summarizer is not None:
            done = await try_summary(self._summarizer, done, window.meter)
        await self._conversation.keep(done.receipt)
        self._recalled_for, self._futile, self._patient = None, 0.0, False
        self._moved.set()
        self._emit(_compacted(done.receipt))
        return True

    async def undo(self, number: int | None = None) -> ContextRestored:
        """Take back the last compaction, or the one of this number and those after it.

        The next one then waits until the budget is used up.

        Raises:
            NotFound: nothing was compacted, or not as often.
        """
        if not self.receipts:
            raise NotFound("Nothing of this conversation was compacted: the model sees all of it.")
        undone = await self._conversation.restore(number or self.receipts[-1].number)
        self._recalled_for, self._futile, self._patient = None, 0.0, True
        restored = ContextRestored(receipts=tuple(undone), tokens=self.window.tokens())
        self._emit(restored)
        return restored

    async def pin(self, words: str = "") -> Message:
        """Keep a message in view from now on: the newest with these words in it, or the last of the person.

        Raises:
            NotFound: there is none.
        """
        pinned = await self._conversation.pin(words)
        self._emit(MessagePinned(message=pinned.id, text=said(pinned)))
        return pinned

    async def search(self, query: str, limit: int) -> list[tuple[Message, MessageHit]]:
        """The messages that moved out and answer a question, best first."""
        hits = await self._hits(query, self._conversation.positions_in_full(), _HITS)
        found = await self._conversation.at([hit.position for hit in hits])
        return [(found[hit.position], hit) for hit in weighed(hits, found)[:limit]]

    async def run(self) -> None:
        """Embed in the background what moves out, until cancelled."""
        if self._conversation.moved_out:
            self._moved.set()
        while True:
            await self._moved.wait()
            self._moved = anyio.Event()
            try:
                await self._log.ready(self._owner, self._conversation.id, seconds=math.inf)
            except DeskhandError as error:
                _log.warning("What moved out is found by its words only, for now: %s", error.message)
                await anyio.sleep(_RETRY_SECONDS)
                self._moved.set()

    async def _recall(self, budget: int) -> None:
        """Bring back what bears on the last request: once, and again when there is less room for it."""
        if not self.receipts and not self._conversation.moved_out:
            return
        asked = _asked(self.window)
        if asked == self._recalled_for and self.tokens() <= budget:
            return
        room = min(self.window.room(budget), RECALLED_MOST)
        self._recalled, self._recalled_for = await self._found(asked, room), asked
        if self._recalled is not None:
            self._emit(ContextRecalled(messages=self._recalled.ids, tokens=self.recalled_tokens()))

    async def _found(self, asked: str, room: int) -> Recalled | None:
        in_full = self._conversation.positions_in_full()
        hits = await self._hits(asked, in_full, _HITS)
        hits = near(hits)
        messages = await self._conversation.at([at for at in wanted(hits) if at not in in_full])
        digest = self.window.receipt.digest if self.window.receipt else ""
        return recall(hits, messages, room, self.window.meter, known=digest)

    async def _hits(self, query: str, skip: Collection[int], limit: int) -> list[MessageHit]:
        """What a search of the log finds; nothing when it cannot be searched: a turn must not fail for that."""
        try:
            await self._log.catch_up(self._owner, self._conversation.id)
            return await self._log.search(self._owner, self._conversation.id, query, limit=limit, skip=skip)
        except DeskhandError as error:
            _log.warning("What moved out cannot be searched: %s", error.message)
            return []


def _asked(window: Window) -> str:
    """What the person said last."""
    return "\n".join(said(window.messages[at]) for at in last_request(window.messages)[-1:])


def _compacted(receipt: Receipt) -> ContextCompacted:
    return ContextCompacted(
        receipt=receipt.number,
        trigger=receipt.trigger,
        budget=receipt.budget,
        tokens_before=receipt.tokens_before,
        tokens_after=receipt.tokens_after,
        shortened=len(receipt.shortened),
        digested=len(receipt.digested),
        moved_out=len(receipt.moved_out),
        by=receipt.by,
        note=receipt.note,
    )


def _now() -> datetime:
    return datetime.now(UTC)
