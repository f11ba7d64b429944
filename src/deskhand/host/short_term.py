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
from deskhand.context.recall import Recalled, beside, near, recall, weighed
from deskhand.context.receipt import Receipt, Trigger, digest_message
from deskhand.context.summarising import try_summary
from deskhand.context.summary import Summarizer
from deskhand.context.window import Window, placed
from deskhand.errors import Conflict, DeskhandError, NotFound, Unavailable
from deskhand.host.conversation import Conversation, said
from deskhand.host.events import ContextCompacted, ContextRecalled, ContextRestored, Event, MessagePinned
from deskhand.host.message_lookup import newest_with

RECALLED_MOST = 4_000
"""Tokens that come back for a turn at most, however large the window is: what is looked up, not all there is."""
_HITS = 40
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
        self._moved = anyio.Event()
        self.busy = False
        """Whether a turn is running."""

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
        return self.window.is_due(budget)

    async def within(self, budget: int) -> list[Message]:
        """What the model sees now: compacted when the budget is nearly used, with what bears on the last request.

        What cannot be brought below the budget is given as it is; see `tokens`.

        Raises:
            LimitExceeded: what must stay alone exceeds the budget.
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

        What another process did to the conversation meanwhile is heeded. When the database cannot be written nothing
        is compacted, and the turn goes on as long as it fits.

        Raises:
            LimitExceeded: what must stay alone exceeds the budget.
        """
        try:
            try:
                return await self._compact(budget, trigger)
            except Conflict:
                await self._conversation.refresh()
                return await self._compact(budget, trigger)
        except (Conflict, Unavailable) as error:
            _log.warning("The conversation was not compacted: %s", error.message)
            return False

    async def _compact(self, budget: int, trigger: Trigger) -> bool:
        before = self.window.receipt
        messages = await self._conversation.in_view()
        digested = await self._conversation.by_ids(before.digested) if before else []
        number = await self._conversation.next_receipt()
        whole = self.window.with_messages(messages, self.window.receipts)

        def work() -> Compaction:
            return whole.compact(budget, number=number, now=_now(), trigger=trigger, digested=digested)

        done = await to_thread.run_sync(work)
        if not done.helps:
            self.window.gave_up()
            return False
        if self._summarizer is not None:
            done = await try_summary(self._summarizer, done, self.window.meter)
        await self._conversation.keep(done.receipt, messages)
        self._recalled = self._recalled_for = None
        self._moved.set()
        self._emit(_compacted(done.receipt))
        return True

    async def undo(self, number: int | None = None) -> ContextRestored:
        """Take back the last compaction, or the one of this number and those after it.

        The next one then waits until the budget is used up.

        Raises:
            NotFound: nothing was compacted, or not as often.
            Conflict: a turn is running.
        """
        self._between_turns()
        in_force = [receipt.number for receipt in self.receipts]
        if not in_force:
            raise NotFound("Nothing of this conversation was compacted: the model sees all of it.")
        wanted = in_force[-1] if number is None else number
        if wanted not in in_force:
            raise NotFound(f"There is no compaction {wanted} in force; there are {', '.join(map(str, in_force))}.")
        undone = await self._conversation.restore(wanted)
        self._recalled = self._recalled_for = None
        restored = ContextRestored(receipts=tuple(undone), tokens=self.window.tokens())
        self._emit(restored)
        return restored

    async def pin(self, words: str = "") -> Message:
        """Keep a message in view from now on: the newest with these words in it, or the last of the person.

        Raises:
            NotFound: there is none.
            Conflict: a turn is running.
        """
        self._between_turns()
        wanted = ("user", "assistant") if words.strip() else ("user",)
        found = await newest_with(self._conversation.newest_first(), words, lambda message: message.role in wanted)
        if found is None:
            what = f"No message of this conversation says {words!r}." if words else "Nothing was said yet."
            raise NotFound(f"{what} `/pin WORDS` keeps the newest message with these words in it.")
        pinned = await self._conversation.mark(found, "pinned")
        self._emit(MessagePinned(message=pinned.id, text=said(pinned)))
        return pinned

    async def unpin(self, words: str = "") -> Message:
        """Let a pinned message go when its time comes: the newest with these words in it.

        Raises:
            NotFound: none is pinned, or none with these words.
            Conflict: a turn is running.
        """
        self._between_turns()
        found = await newest_with(
            self._conversation.newest_first(), words, lambda message: message.metadata.priority == "pinned"
        )
        if found is None:
            raise NotFound(f"No pinned message says {words!r}." if words else "No message is pinned.")
        return await self._conversation.mark(found, "normal")

    async def whole_receipt(self, number: int) -> Receipt | None:
        """A receipt with its digest, in force or taken back; None when there is none of this number."""
        return await self._conversation.receipt(number)

    def _between_turns(self) -> None:
        if self.busy:
            raise Conflict("A turn is running. Wait until it has finished, or cancel it.")

    async def search(self, query: str, limit: int) -> list[tuple[Message, MessageHit]]:
        """The messages that moved out and answer a question, best first."""
        hits = await self._hits(query, self._conversation.positions_in_full())
        found = await self._conversation.at([hit.position for hit in hits])
        return [(found[hit.position], hit) for hit in weighed(hits, found)[:limit]]

    async def run(self, pause: float = _RETRY_SECONDS) -> None:
        """Embed in the background what moves out, until cancelled; what failed again after a `pause`, in seconds."""
        if self._conversation.moved_out:
            self._moved.set()
        while True:
            await self._moved.wait()
            self._moved = anyio.Event()
            if not await self._embedded():
                await anyio.sleep(pause)
                self._moved.set()

    async def _embedded(self) -> bool:
        """Embed what waits; whether nothing waits any more. Whatever goes wrong here must not end a chat."""
        try:
            return not await self._log.ready(self._owner, self._conversation.id, seconds=math.inf)
        except Exception as error:
            _log.warning("What moved out is found by its words only, for now: %s", error, exc_info=_odd(error))
            return False

    async def _recall(self, budget: int) -> None:
        """Bring back what bears on the last request: once, and again when there is less room for it."""
        if not self.receipts and not self._conversation.moved_out:
            self._recalled = self._recalled_for = None
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
        try:
            hits = near(await self._hits(asked, in_full))
            messages = await self._conversation.at([hit.position for hit in hits])
            hits = weighed(hits, messages)
            messages |= await self._conversation.at([at for at in beside(hits) if at not in in_full])
        except Exception as error:  # a turn must not fail for what would only help it
            _log.warning("What moved out cannot be searched: %s", error, exc_info=_odd(error))
            return None
        return recall(hits, messages, room, self.window.meter, shown=self.window.shown())

    async def _hits(self, query: str, skip: Collection[int]) -> list[MessageHit]:
        await self._log.catch_up(self._owner, self._conversation.id)
        return await self._log.search(self._owner, self._conversation.id, query, limit=_HITS, skip=skip)


def _odd(error: Exception) -> bool:
    """Whether an error is worth its traceback: none of those that are foreseen."""
    return not isinstance(error, DeskhandError)


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
