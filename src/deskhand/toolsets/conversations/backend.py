"""Conversations of people, over the store and the context engine. No MCP here; the person comes from the caller."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import anyio
from anyio import to_thread

from deskhand.context.log import Log
from deskhand.context.message_index import MessageHit
from deskhand.context.recall import near
from deskhand.context.receipt import Receipt
from deskhand.errors import Conflict, DeskhandError, InvalidInput
from deskhand.principal import Principal
from deskhand.retrieval.index import Index
from deskhand.store.database import Database
from deskhand.store.personal import People
from deskhand.store.receipts import Receipts, StoredReceipt
from deskhand.toolsets.conversations.archive import Archive
from deskhand.toolsets.conversations.documents import Documents
from deskhand.toolsets.conversations.recalling import recalled
from deskhand.toolsets.conversations.results import Appended, Compacted, Recalled
from deskhand.toolsets.conversations.viewing import Stored, View, compacted
from deskhand.toolsets.conversations.wire import Raw, check_text

QUERY_CHARACTERS = 4_000
COMPACT_SECONDS, RECALL_SECONDS = 20.0, 5.0
"""How long a call waits for vectors."""
CONTINUED_TOKENS = 8_000
"""Of the messages that the prompt gives."""
_HITS = 200
_TRIES = 5
_REPORT_SECONDS = 0.2
Report = Callable[[float, float], Awaitable[None]]
"""Hears how much of the waiting is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What compacting gives; `is_new`: a receipt was kept."""

    conversation: str
    result: Compacted
    is_new: bool


class ConversationsBackend:
    """Keeps, compacts and searches conversations; each method for the one person who calls."""

    def __init__(self, database: Database, index: Index, now: Callable[[], datetime]) -> None:
        self._database = database
        self._receipts = Receipts(database)
        self._now = now
        self.index = index
        self.log = Log(People(database), index)
        self.documents = Documents(database, now)

    def archive(self, caller: Principal) -> Archive:
        """The conversations of this person."""
        return Archive(self._database, caller.subject, self._now)

    async def append(self, caller: Principal, conversation: str | None, raws: Sequence[Raw]) -> Appended:
        """Store messages, all or none.

        Raises:
            InvalidInput, NotFound, Denied, Conflict: see `Archive.append`.
        """
        row, ids = await self.archive(caller).append(conversation, raws)
        return Appended(conversation=row.id, message_ids=tuple(ids))

    async def compact(self, caller: Principal, conversation: str, budget: int, query: str, report: Report) -> Answer:
        """The messages for a model, within `budget` tokens; compacted, and the receipt kept, when that is due.

        Raises:
            InvalidInput, NotFound, Denied: the query cannot be searched for, or the conversation not compacted.
            LimitExceeded: what must stay exceeds the budget.
            Conflict: others kept compacting it.
        """
        if query:
            checked_query(query)
        archive = self.archive(caller)
        row = await archive.find(conversation)
        await archive.writable(row)
        for _ in range(_TRIES):
            view = await self._view(caller, row.id, budget)
            if view.made is None or await self._keep(caller, view, view.made):
                waiting = await self._recall_into(caller, view, query, report)
                result = await to_thread.run_sync(compacted, view, still(waiting), abandon_on_cancel=True)
                return Answer(row.id, result, is_new=view.made is not None)
        raise Conflict("Others kept compacting this conversation. Call again.")

    async def continued(self, caller: Principal, conversation: str, about: str) -> View:
        """What a model needs to go on with a conversation, about something if that is said; nothing is kept of it.

        Raises:
            InvalidInput, NotFound: `about` cannot be searched for, or there is no such conversation.
        """
        if about:
            checked_query(about)
        row = await self.archive(caller).find(conversation)
        view = await self._view(caller, row.id, CONTINUED_TOKENS)
        await self._recall_into(caller, view, about, _silently)
        return view

    async def _view(self, caller: Principal, conversation: str, budget: int) -> View:
        receipts = await self._receipts.all(caller.subject, conversation, taken_back=True)
        reads = await self.archive(caller).all(conversation)

        def work() -> View:
            counting = [Receipt.model_validate_json(one.body) for one in receipts if not one.taken_back]
            number = receipts[-1].number + 1 if receipts else 1
            view = View(Stored(conversation, reads, counting, number), budget)
            view.compact(self._now())
            return view

        return await to_thread.run_sync(work, abandon_on_cancel=True)

    async def _keep(self, caller: Principal, view: View, made: Receipt) -> bool:
        """Keep a receipt; whether nobody else compacted, or took a compaction back, meanwhile."""
        stored = StoredReceipt(made.number, made.model_dump_json())
        id, back, known = view.stored.id, view.back_in_view(), view.stored.receipts
        after = known[-1].number if known else 0
        try:
            await self._receipts.add(caller.subject, id, stored, made.moved_out, back, after=after)
        except Conflict:
            return False
        return True

    async def _recall_into(self, caller: Principal, view: View, query: str, report: Report) -> int:
        """Bring back what bears on the query, or on what the user said last; how much is found by words only."""
        if view.window.receipt is None:
            return 0
        asked, waiting, hits = (query or view.question())[:QUERY_CHARACTERS], 0, list[MessageHit]()
        if asked.strip():
            waiting = await self.ready(caller, view.stored.id, COMPACT_SECONDS, report)
            hits = await self.log.search(caller.subject, view.stored.id, asked, limit=_HITS, skip=view.in_full())
            hits = hits if query else near(hits)
        await to_thread.run_sync(view.recall, hits, abandon_on_cancel=True)
        return waiting

    async def recall(
        self, caller: Principal, conversation: str, query: str, max_tokens: int, limit: int, report: Report
    ) -> Recalled:
        """What was said about something in one conversation, best first.

        Raises:
            InvalidInput, NotFound: the query is empty, or there is no such conversation.
        """
        checked_query(query)
        row = await self.archive(caller).find(conversation)
        waiting = await self.ready(caller, row.id, RECALL_SECONDS, report)
        hits = await self.log.search(caller.subject, row.id, query, limit=_HITS)
        reads = await self.archive(caller).at(row.id, [hit.position for hit in hits])
        messages = {read.position: read.message for read in reads}
        answer = recalled(row.id, hits, messages, max_tokens, limit)
        return answer.model_copy(update={"note": still(waiting)})

    async def ready(self, caller: Principal, conversation: str, seconds: float, report: Report) -> int:
        """Wait for the vectors of a conversation, at most so long; how many are still missing."""
        told: list[tuple[int, int]] = []

        async def tell() -> None:
            while True:
                if told:
                    await report(*told[-1])
                    told.clear()
                await anyio.sleep(_REPORT_SECONDS)

        def hear(done: int, every: int) -> None:
            told.append((done, every))

        waiting, failed = 0, None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tell)
            try:
                waiting = await self.log.ready(caller.subject, conversation, seconds=seconds, progress=hear)
            except DeskhandError as error:  # raised inside, it would leave as a group of errors
                failed = error
            tasks.cancel_scope.cancel()
        if failed is not None:
            raise failed
        if told:
            await report(*told[-1])
        return waiting


def checked_query(query: str) -> None:
    """See that a query can be searched for.

    Raises:
        InvalidInput: it is empty, too long, or no text.
    """
    check_text(query, "query")
    if not query.strip() or len(query) > QUERY_CHARACTERS:
        raise InvalidInput(f"query must be a question or words, of 1 to {QUERY_CHARACTERS} characters.")


def still(waiting: int) -> str:
    """What to say when meaning is not searched everywhere yet."""
    return f"{waiting} passages are found by words only so far; call again later." if waiting else ""


async def _silently(done: float, total: float) -> None:
    """Report to nobody."""
