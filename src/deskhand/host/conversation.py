"""A conversation: ordered messages with an owner, on disk as they come, and the view of them that the model has."""

from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import Self

from anyio import CancelScope

from deskhand.context.message import Message, Priority, Text, ToolResult, new_id
from deskhand.context.receipt import Receipt, moved_out
from deskhand.context.window import Window
from deskhand.errors import Conflict
from deskhand.host.attachments import without_data
from deskhand.host.open_calls import open_calls, passed_over
from deskhand.host.seen import bare, marked, where
from deskhand.host.written import keepable, keepable_output, title_of
from deskhand.store.call_pairs import AlreadyAnswered, CallsOpen
from deskhand.store.conversations import ConversationRow, Conversations, StoredMessage, StoredOutput
from deskhand.store.database import Database
from deskhand.store.receipts import Receipts, StoredReceipt
from deskhand.store.turn_records import TurnRecords

_PAGE = 200
_OVERTAKEN = 5
"""How often another process may ask for calls before it is told to the person."""


class Conversation:
    """One conversation that can be continued.

    `window` is what the model sees: the messages that were not moved out, with tool output marked as data, and the
    digest of the others. It grows with `append` and shrinks with `keep`; the store keeps every message whole.
    """

    def __init__(self, database: Database, owner: str) -> None:
        now = datetime.now(UTC)
        self._store = Conversations(database)
        self._receipts = Receipts(database)
        self._turns = TurnRecords(database)
        self._row = ConversationRow(new_id(), owner, "", now, now)
        self._positions: dict[str, int] = {}
        self.window = Window((), (), where, seen=marked)
        self.moved_out = 0
        """How many messages the model no longer sees."""
        self.waiting: frozenset[str] = frozenset()
        """Ids of open calls that the person has yet to decide about; none of them was begun."""

    @classmethod
    async def resume(cls, database: Database, owner: str, reference: str, waiting: Collection[str] = ()) -> Self:
        """Continue the conversation with this id, unique beginning of an id, or `latest`.

        Nothing is written: a call that is open may be running in another process. It is answered when somebody
        speaks (`take`). `waiting` are those the person has yet to decide about, for `Chat.go_on`.

        Raises:
            NotFound, InvalidInput: no conversation, or several, match.
        """
        self = cls(database, owner)
        self._row = await self._store.find(owner, reference)
        await self.refresh()
        self.waiting = frozenset(waiting) & open_calls(self.window.messages).keys()
        return self

    @property
    def view(self) -> list[Message]:
        """What the model sees, the digest included."""
        return self.window.shown()

    @property
    def id(self) -> str:
        """32 hexadecimal digits; the first few are enough to name it."""
        return self._row.id

    @property
    def title(self) -> str:
        """The beginning of the first user message."""
        return self._row.title

    def called(self, title: str) -> None:
        """The person gave it another title, which is on disk already."""
        self._row = replace(self._row, title=title)

    async def append(self, message: Message, outputs: Sequence[StoredOutput] = ()) -> Message:
        """Add a message, with the whole of what it shows only in part; on disk, as given back, when this returns.

        Raises:
            NotFound: the conversation was deleted meanwhile.
            AlreadyAnswered, CallsOpen: another process went on with it meanwhile.
        """
        message = keepable(message)
        if not self._row.title and message.role == "user":
            self._row = replace(self._row, title=title_of(without_data(said(message))))
        stored = StoredMessage(message.id, message.model_dump_json())
        with CancelScope(shield=True):  # a cancelled turn must not leave the disk and the view apart
            self._positions[message.id] = await self._store.append(
                self._row, stored, [keepable_output(output) for output in outputs]
            )
            self._row = replace(self._row, messages=self._row.messages + 1)
        self.window.messages.append(bare(message))
        return message

    async def take(self, message: Message, outputs: Sequence[StoredOutput] = ()) -> None:
        """Add what the person says, as `append` does: calls that are open, whoever made them, are passed over."""
        for _ in range(_OVERTAKEN):
            await self.pass_over()
            try:
                await self.append(message, outputs)
            except CallsOpen:  # another process asked for them meanwhile
                await self.refresh()
            else:
                return
        raise CallsOpen()

    async def in_view(self) -> list[Message]:
        """The messages in view with all that is known of them, those included that another process added.

        Raises:
            Conflict: another process moved some of those out that the model sees.
        """
        stored = await self._store.messages_in_view(self._row.owner, self.id)
        positions = {message.id: message.position for message in stored}
        if any(message.id not in positions for message in self.window.messages):
            raise Conflict("The conversation was compacted by somebody else meanwhile. Read it again.")
        self._positions = positions
        return [_read(message) for message in stored]

    async def by_ids(self, ids: Sequence[str]) -> list[Message]:
        """Messages by their ids, in order."""
        return [_read(message) for message in await self._store.by_ids(self._row.owner, self.id, ids)]

    async def at(self, positions: Sequence[int]) -> dict[int, Message]:
        """Messages by their places in the conversation, as they are on disk now; what is not there is left out."""
        found = await self._store.by_positions(self._row.owner, self.id, positions)
        return {message.position: _read(message) for message in found}

    def positions_in_full(self) -> set[int]:
        """Where the messages stand that the model sees whole."""
        return {self._positions[name] for name in self.window.in_full()}

    async def next_receipt(self) -> int:
        """The number of the next compaction."""
        return await self._receipts.next_number(self._row.owner, self.id)

    async def receipt(self, number: int) -> Receipt | None:
        """One receipt, whole, in force or taken back."""
        found = await self._receipts.one(self._row.owner, self.id, number)
        return Receipt.model_validate_json(found.body) if found else None

    async def keep(self, receipt: Receipt, messages: Sequence[Message]) -> None:
        """Show the model what a compaction of these messages left in view, from now on.

        Raises:
            Conflict: another process compacted this conversation, or took a compaction back, meanwhile.
        """
        stored = StoredReceipt(receipt.number, receipt.model_dump_json())
        with CancelScope(shield=True):
            await self._receipts.add(self._row.owner, self.id, stored, receipt.moved_out, after=receipt.base)
        for name in receipt.moved_out:
            self._positions.pop(name, None)
        self.moved_out += len(receipt.moved_out)
        self.window.messages = [bare(message) for message in messages]
        self.window.receipts[-1:] = map(_light, self.window.receipts[-1:])
        self.window.apply(receipt)

    async def refresh(self) -> None:
        """See what other processes did to this conversation."""
        row = await self._store.summary(self._row.owner, self.id)
        receipts = [Receipt.model_validate_json(one.body) for one in await self._receipts.all(row.owner, row.id)]
        stored = await self._store.messages_in_view(row.owner, row.id)
        self._positions = {message.id: message.position for message in stored}
        self.window = self.window.with_messages(
            (bare(_read(message)) for message in stored), [*map(_light, receipts[:-1]), *receipts[-1:]]
        )
        self.moved_out = row.messages - len(stored)

    async def restore(self, number: int) -> list[int]:
        """Take the compaction of this number back, and those after it; their numbers.

        Raises:
            NotFound, Conflict: there is none of this number, or it is taken back already.
        """
        gone = moved_out([receipt for receipt in self.window.receipts if receipt.number < number])
        places = await self._store.places(self._row.owner, self.id)
        in_view = [name for name, _ in places if name not in gone]
        undone: list[int] = []
        with CancelScope(shield=True):
            try:
                undone += await self._receipts.take_back(self._row.owner, self.id, number, in_view)
            finally:  # another process may have been first
                await self.refresh()
        self.window.patient = True
        return undone

    async def mark(self, message: Message, priority: Priority) -> Message:
        """Give a message another priority; with `pinned` it comes back into view, with the results of its calls."""
        changed = message.model_copy(update={"metadata": message.metadata.model_copy(update={"priority": priority})})
        shown = await self._with_results(message) if priority == "pinned" else []
        with CancelScope(shield=True):
            await self._store.change(self._row.owner, self.id, {message.id: changed.model_dump_json()}, shown)
            patient = self.window.patient
            await self.refresh()
            self.window.patient = patient
        return changed

    async def newest_first(self) -> AsyncGenerator[Message]:
        """Every message, the newest first."""
        before: int | None = None
        while page := await self._store.newest_first(self._row.owner, self.id, before, _PAGE):
            for message in page:
                yield _read(message)
            before = page[-1].position

    async def _with_results(self, message: Message) -> list[str]:
        """The ids of a message and of the tool results that stand after it."""
        (stored,) = await self._store.by_ids(self._row.owner, self.id, [message.id])
        after = await self._store.page(self._row.owner, self.id, stored.position, max(_PAGE, len(message.tool_calls)))
        results = takewhile(lambda one: one.role == "tool", map(_read, after))
        return [message.id, *(one.id for one in results)]

    async def output(self, handle: str) -> StoredOutput | None:
        """What a handle stands for: an output kept whole, or a message, by the beginning of its id."""
        kept = await self._store.output(self._row.owner, self.id, handle)
        found = None if kept else await self._store.message(self._row.owner, self.id, handle)
        if found is None:
            return kept
        message = _read(found)
        for block in message.content:
            if isinstance(block, ToolResult):
                kept = await self._store.output(self._row.owner, self.id, block.handle) if block.handle else None
                return kept or StoredOutput(handle, block.source, result_text(block))
        return StoredOutput(handle, message.role, message.text)

    async def messages(self) -> list[Message]:
        """Every message as it was written, those the model no longer sees included."""
        return [_read(message) for message in await self._store.messages(self._row.owner, self.id)]

    async def pass_over(self, *, but: Collection[str] = ()) -> None:
        """Leave no call open that it knows of: the conversation goes on without them. `but` those of these ids wait on.

        What another process answered meanwhile stays as it is.
        """
        waiting, self.waiting = self.waiting, self.waiting & frozenset(but)
        for result in list(passed_over(self.window.messages, waiting, but)):
            await self.answered(result)

    async def answered(self, message: Message, outputs: Sequence[StoredOutput] = ()) -> bool:
        """Add the result of a call; false where another process gave it one meanwhile, which is in view then."""
        try:
            await self.append(message, outputs)
        except AlreadyAnswered:
            await self.refresh()
            return False
        return True

    async def are_open(self, calls: Collection[str]) -> bool:
        """Whether none of these calls of the last step was answered, by whichever process."""
        last = await self._store.newest_first(self._row.owner, self.id, None, _PAGE)
        return open_calls([_read(message) for message in reversed(last)]).keys() >= frozenset(calls)

    async def turn_records(self) -> dict[str, str]:
        """What its turns looked like, for `past_events`."""
        return await self._turns.of(self._row.owner, self.id)

    async def keep_turn(self, turn: str, record: str) -> None:
        """Keep what a turn looked like, in place of what is known of it.

        Raises:
            NotFound: the conversation was deleted meanwhile.
        """
        with CancelScope(shield=True):
            await self._turns.keep(self._row.owner, self.id, turn, record)


def said(message: Message) -> str:
    """What the user typed: the last text of a message, after what they attached."""
    return next((block.text for block in reversed(message.content) if isinstance(block, Text)), "")


def attached(message: Message) -> tuple[str, ...]:
    """The texts that went along with what the user typed."""
    return tuple(block.text for block in message.content if isinstance(block, Text))[:-1]


def result_text(result: ToolResult) -> str:
    """The text of a tool result."""
    return "\n".join(part.text for part in result.content if isinstance(part, Text))


def _light(receipt: Receipt) -> Receipt:
    """A receipt that is not the last, without what only its reader wants: a long conversation has many."""
    return receipt.model_copy(update={"digest": "", "next": ()})


def _read(stored: StoredMessage) -> Message:
    return Message.model_validate_json(stored.body)
