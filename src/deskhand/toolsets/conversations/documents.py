"""What the resources show: a conversation, a page of its messages, one message, a receipt."""

from collections.abc import Callable, Sequence
from datetime import datetime

from deskhand.context.receipt import Receipt
from deskhand.context.tokens import estimate
from deskhand.errors import NotFound
from deskhand.principal import Principal
from deskhand.store.conversations import ConversationRow
from deskhand.store.database import Database
from deskhand.store.receipts import Receipts, StoredReceipt
from deskhand.toolsets.conversations.archive import Archive, Read
from deskhand.toolsets.conversations.dialect import show
from deskhand.toolsets.conversations.metadata import show_metadata
from deskhand.toolsets.conversations.results import Overview, Page, ReceiptLine, Shown, page_uri, receipt_uri

LAST_TOKENS = 20_000
"""Of the last messages in an overview."""
PAGE, PAGE_TOKENS = 200, 50_000
"""Most messages of a page, and most tokens after which no more are added."""


class Documents:
    """Conversations to be read; each method for the one person who calls."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._receipts = Receipts(database)
        self._now = now

    async def overview(self, caller: Principal, conversation: str) -> Overview:
        """What a conversation is, and its last messages.

        Raises:
            NotFound: there is no such conversation.
        """
        archive = self._archive(caller)
        row = await archive.find(conversation)
        every = await archive.all(row.id)
        receipts = await self._receipts.all(caller.subject, row.id, taken_back=True)
        last = _within(every[::-1], LAST_TOKENS)[::-1]
        return Overview(
            id=row.id,
            title=row.title,
            created=row.created,
            updated=row.updated,
            count=len(every),
            moved_out=sum(read.moved_out for read in every),
            receipts=tuple(_line(row, stored) for stored in receipts),
            messages=tuple(map(shown, last)),
            earlier=page_uri(row.id, every[0].message.id) if len(last) < len(every) else None,
        )

    async def state(self, caller: Principal, conversation: str) -> tuple[datetime, int]:
        """What differs when a conversation reads differently: when it was written to, and its last compaction.

        Raises:
            NotFound: there is no such conversation.
        """
        row = await self._archive(caller).find(conversation)
        receipts = await self._receipts.all(caller.subject, row.id)
        return row.updated, receipts[-1].number if receipts else 0

    async def page(self, caller: Principal, conversation: str, message: str) -> Page:
        """Messages from one on.

        Raises:
            NotFound: there is no such conversation, or message.
        """
        archive = self._archive(caller)
        row = await archive.find(conversation)
        first = await archive.one(row.id, message)
        found = await archive.after(row.id, first.position - 1, PAGE + 1)
        page = _within(found[:PAGE], PAGE_TOKENS)
        rest = found[len(page) :]
        following = page_uri(row.id, rest[0].message.id) if rest else None
        return Page(conversation=row.id, messages=tuple(map(shown, page)), next=following)

    async def message(self, caller: Principal, conversation: str, message: str) -> Shown:
        """One message, whole.

        Raises:
            NotFound: there is no such conversation, or message.
        """
        archive = self._archive(caller)
        row = await archive.find(conversation)
        return shown(await archive.one(row.id, message))

    async def receipt(self, caller: Principal, conversation: str, number: str) -> Receipt:
        """A whole receipt.

        Raises:
            NotFound: there is no such conversation, or receipt.
        """
        row = await self._archive(caller).find(conversation)
        numbered = int(number) if number.isdecimal() and len(number) < 9 else 0
        stored = await self._receipts.one(caller.subject, row.id, numbered)
        if stored is None:
            raise NotFound(f"The conversation has no receipt {number[:80]!r}.")
        return Receipt.model_validate_json(stored.body)

    def _archive(self, caller: Principal) -> Archive:
        return Archive(self._database, caller.subject, self._now)


def shown(read: Read) -> Shown:
    """A message as resources show it."""
    message = read.message
    return Shown(id=message.id, message={**show(message), "metadata": show_metadata(message.metadata)})


def _within(reads: Sequence[Read], tokens: int) -> list[Read]:
    """The first messages up to so many tokens, at least one."""
    taken: list[Read] = []
    for read in reads:
        tokens -= estimate(shown(read).model_dump_json())
        if taken and tokens < 0:
            break
        taken.append(read)
    return taken


def _line(row: ConversationRow, stored: StoredReceipt) -> ReceiptLine:
    made = Receipt.model_validate_json(stored.body)
    return ReceiptLine(
        number=made.number,
        uri=receipt_uri(row.id, made.number),
        at=made.at,
        budget=made.budget,
        tokens_before=made.tokens_before,
        tokens_after=made.tokens_after,
        taken_back=stored.taken_back,
    )
