"""Conversations of people, over the store and the context engine. No MCP here; the person comes from the caller."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from weakref import WeakValueDictionary

import anyio
from anyio import to_thread

from deskhand.context.message_index import MessageHit
from deskhand.context.recall import near
from deskhand.context.receipt import Receipt
from deskhand.errors import Conflict, InvalidInput, LimitExceeded
from deskhand.principal import Principal
from deskhand.retrieval.index import Index
from deskhand.store.database import Database
from deskhand.store.personal import People
from deskhand.store.receipts import Receipts, StoredReceipt
from deskhand.toolsets.conversations.archive import OVERTAKEN_SECONDS, Archive, pause
from deskhand.toolsets.conversations.documents import Documents
from deskhand.toolsets.conversations.finding import Finder, Report
from deskhand.toolsets.conversations.recalling import begun, recalled
from deskhand.toolsets.conversations.results import Appended, Compacted, Recalled
from deskhand.toolsets.conversations.viewing import Stored, View, compacted
from deskhand.toolsets.conversations.wire import Raw, check_text

QUERY_CHARACTERS = 4_000
COMPACT_SECONDS, RECALL_SECONDS = 20.0, 5.0
"""How long a call waits for vectors."""
CONTINUED_TOKENS = (8_000, 32_000, 128_000)
"""Of the messages that the prompt gives: the first that is enough for what must stay."""


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
        self._finder = Finder(People(database), index)
        self.documents = Documents(database, now)
        self._turns = WeakValueDictionary[tuple[str, str], anyio.Lock]()

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
        row = await archive.named(conversation)
        view = await self._compacted(caller, row.id, budget)
        note = await self._recall_into(caller, view, query, report)
        result = await to_thread.run_sync(compacted, view, note, abandon_on_cancel=True)
        return Answer(row.id, result, is_new=view.made is not None)

    async def _compacted(self, caller: Principal, conversation: str, budget: int) -> View:
        """The view, whose compaction, if one was due, is kept. Here one at a time, for two would do the work twice;
        whoever is overtaken by another process begins again with what that kept.

        Raises:
            Conflict: others kept compacting it.
        """
        latest = monotonic() + OVERTAKEN_SECONDS
        async with self._turns.setdefault((caller.subject, conversation), anyio.Lock()):
            while True:
                view = await self._view(caller, conversation, budget)
                if view.made is None or await self._keep(caller, view, view.made):
                    return view
                if monotonic() > latest:
                    raise Conflict("Others kept compacting this conversation. Call again.")
                await pause()

    async def continued(self, caller: Principal, conversation: str, about: str) -> View:
        """What a model needs to go on with a conversation, about something if that is said; nothing is kept of it.

        Raises:
            InvalidInput, NotFound: `about` cannot be searched for, or there is no such conversation.
            LimitExceeded: what must stay is more than a prompt can hold.
        """
        if about:
            checked_query(about)
        row = await self.archive(caller).find(conversation)
        view = await self._briefly(caller, row.id)
        await self._recall_into(caller, view, about, _silently)
        return view

    async def _briefly(self, caller: Principal, conversation: str) -> View:
        """The view in few tokens; in more, when what must stay takes more."""
        for budget in CONTINUED_TOKENS[:-1]:
            try:
                return await self._view(caller, conversation, budget, brief=True)
            except LimitExceeded:
                continue
        return await self._view(caller, conversation, CONTINUED_TOKENS[-1], brief=True)

    async def _view(self, caller: Principal, conversation: str, budget: int, *, brief: bool = False) -> View:
        """The view, compacted when that is due; `brief`: long messages without calls only by their beginning."""
        newest = await self._receipts.newest(caller.subject, conversation)
        number = await self._receipts.next_number(caller.subject, conversation)
        reads = await self.archive(caller).all(conversation)

        def work() -> View:
            receipt = Receipt.model_validate_json(newest.body) if newest else None
            shown = [begun(conversation, read) for read in reads] if brief else reads
            view = View(Stored(conversation, shown, receipt, number), budget)
            view.compact(self._now())
            return view

        return await to_thread.run_sync(work, abandon_on_cancel=True)

    async def _keep(self, caller: Principal, view: View, made: Receipt) -> bool:
        """Keep a receipt; whether nobody else compacted, or took a compaction back, meanwhile."""
        stored = StoredReceipt(made.number, made.model_dump_json(), supersedes=made.base == 0)
        id, back, known = view.stored.id, view.back_in_view(), view.stored.receipt
        after = known.number if known else 0
        try:
            await self._receipts.add(caller.subject, id, stored, made.moved_out, back, after=after)
        except Conflict:
            return False
        return True

    async def _recall_into(self, caller: Principal, view: View, query: str, report: Report) -> str:
        """Bring back what bears on the query, or on the last request; what to say of the search."""
        if view.window.receipt is None:
            return ""
        asked, note, hits = (query or view.question())[:QUERY_CHARACTERS], "", list[MessageHit]()
        if asked.strip():
            whose = (caller.subject, view.stored.id)
            found = await self._finder.find(whose, asked, seconds=COMPACT_SECONDS, report=report, skip=view.in_full())
            hits, note = list(found.hits), found.note
        await to_thread.run_sync(view.recall, hits if query else near(hits), abandon_on_cancel=True)
        return note

    async def recall(
        self, caller: Principal, conversation: str, query: str, max_tokens: int, limit: int, report: Report
    ) -> Recalled:
        """What was said about something in one conversation, best first.

        Raises:
            InvalidInput, NotFound: the query is empty, or there is no such conversation.
        """
        checked_query(query)
        row = await self.archive(caller).find(conversation)
        found = await self._finder.find((caller.subject, row.id), query, seconds=RECALL_SECONDS, report=report)
        reads = await self.archive(caller).at(row.id, [hit.position for hit in found.hits])
        messages = {read.position: read.message for read in reads}
        return recalled(row.id, found, messages, max_tokens, limit)


def checked_query(query: str) -> None:
    """See that a query can be searched for.

    Raises:
        InvalidInput: it is empty, too long, or no text.
    """
    check_text(query, "query")
    if not query.strip() or len(query) > QUERY_CHARACTERS:
        raise InvalidInput(f"query must be a question or words, of 1 to {QUERY_CHARACTERS} characters.")


async def _silently(done: float, total: float) -> None:
    """Report to nobody."""
