"""What the resources show: a conversation, a page of its messages, one message, a receipt."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby

from anyio import to_thread

from deskhand.context.receipt import Kept, Receipt, Why
from deskhand.context.tokens import estimate
from deskhand.errors import NotFound
from deskhand.principal import Principal
from deskhand.store.conversations import ConversationRow
from deskhand.store.database import Database
from deskhand.store.receipts import Receipts, StoredReceipt
from deskhand.toolsets.conversations.archive import Archive, Read
from deskhand.toolsets.conversations.dialect import show
from deskhand.toolsets.conversations.metadata import show_metadata
from deskhand.toolsets.conversations.recalling import beginning
from deskhand.toolsets.conversations.results import Overview, Page, ReceiptLine, Shown, folded, page_uri, receipt_uri

OVERVIEW_TOKENS, RECEIPTS = 20_000, 20
"""Most tokens of an overview, and the newest receipts in it."""
LONG = 3_000
"""Tokens of a message that an overview shows only in short."""
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
        receipts = await self._receipts.last(caller.subject, row.id, RECEIPTS)
        first = await archive.after(row.id, 0, 1)
        last = await archive.before(row.id, None, PAGE)

        def made(shows: Sequence[Shown]) -> Overview:
            return Overview(
                id=row.id,
                title=row.title,
                created=row.created,
                updated=row.updated,
                count=row.messages,
                moved_out=row.moved_out,
                receipts=tuple(_line(row, stored) for stored in receipts),
                messages=tuple(reversed(shows)),
                earlier=page_uri(row.id, first[0].message.id) if len(shows) < row.messages else None,
            )

        def work() -> Overview:
            shows = _within([_in_short(row.id, read) for read in last], OVERVIEW_TOKENS)
            while _cost(overview := made(shows)) > OVERVIEW_TOKENS and len(shows) > 1:
                shows = shows[: len(shows) * 4 // 5]
            return overview

        return await to_thread.run_sync(work, abandon_on_cancel=True)

    async def state(self, caller: Principal, conversation: str) -> tuple[datetime, int]:
        """What differs when a conversation reads differently: when it was written to, and its last compaction.

        Raises:
            NotFound: there is no such conversation.
        """
        row = await self._archive(caller).find(conversation)
        return row.updated, await self._receipts.newest_number(caller.subject, row.id)

    async def page(self, caller: Principal, conversation: str, message: str) -> Page:
        """Messages from one on.

        Raises:
            NotFound: there is no such conversation, or message.
        """
        archive = self._archive(caller)
        row = await archive.find(conversation)
        first = await archive.one(row.id, message)
        found = await archive.after(row.id, first.position - 1, PAGE + 1)
        page = _within(list(map(shown, found[:PAGE])), PAGE_TOKENS)
        rest = found[len(page) :]
        following = page_uri(row.id, rest[0].message.id) if rest else None
        return Page(conversation=row.id, messages=tuple(page), next=following)

    async def message(self, caller: Principal, conversation: str, message: str) -> Shown:
        """One message, whole.

        Raises:
            NotFound: there is no such conversation, or message.
        """
        archive = self._archive(caller)
        row = await archive.find(conversation)
        return shown(await archive.one(row.id, message))

    async def receipt(self, caller: Principal, conversation: str, number: str) -> Receipt:
        """A whole receipt, its ids as ranges.

        Raises:
            NotFound: there is no such conversation, or receipt.
        """
        row = await self._archive(caller).find(conversation)
        numbered = int(number) if number.isdecimal() and len(number) < 9 else 0
        stored = await self._receipts.one(caller.subject, row.id, numbered)
        if stored is None:
            raise NotFound(f"The conversation has no receipt {number[:80]!r}.")
        return _folded(Receipt.model_validate_json(stored.body))

    def _archive(self, caller: Principal) -> Archive:
        return Archive(self._database, caller.subject, self._now)


def shown(read: Read) -> Shown:
    """A message as resources show it."""
    message = read.message
    return Shown(id=message.id, message={**show(message), "metadata": show_metadata(message.metadata)})


def _in_short(conversation: str, read: Read) -> Shown:
    """A message as an overview shows it."""
    whole = shown(read)
    if _cost(whole) <= LONG:
        return whole
    message = read.message
    return Shown(id=message.id, message={"role": message.role, "content": beginning(conversation, message)})


def _cost(one: Shown | Overview) -> int:
    return estimate(one.model_dump_json(indent=2))


def _within(shows: Sequence[Shown], tokens: int) -> list[Shown]:
    """The first messages up to so many tokens, at least one."""
    taken: list[Shown] = []
    for one in shows:
        tokens -= _cost(one)
        if taken and tokens < 0:
            break
        taken.append(one)
    return taken


def _why(kept: Kept) -> Why:
    return kept.why


def _folded(receipt: Receipt) -> Receipt:
    """A receipt in few words: ids that follow each other as a range, those kept for the same reason together."""
    kept = [
        Kept(id=ids, why=why)
        for why, group in groupby(receipt.kept, key=_why)
        for ids in folded([each.id for each in group])
    ]
    return receipt.model_copy(
        update={
            "kept": tuple(kept),
            "shortened": tuple(folded(receipt.shortened)),
            "moved_out": tuple(folded(receipt.moved_out)),
            "digested": tuple(folded(receipt.digested)),
            "next": tuple(folded(receipt.next)),
        }
    )


def _line(row: ConversationRow, stored: StoredReceipt) -> ReceiptLine:
    """A receipt in a list. Read as plain JSON: it may hold the ids of thousands of messages."""
    made = json.loads(stored.body)
    told = {key: made[key] for key in ("number", "at", "budget", "tokens_before", "tokens_after")}
    uri = receipt_uri(row.id, stored.number)
    return ReceiptLine.model_validate({**told, "uri": uri, "taken_back": stored.taken_back})
