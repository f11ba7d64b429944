"""The stored conversations of one person: found, begun, read in part or whole. Here positions become message ids."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import anyio
from anyio import to_thread

from deskhand.context.message import Message, new_id
from deskhand.errors import Conflict, Denied, InvalidInput, NotFound
from deskhand.store.conversations import LATEST, ConversationRow, Conversations, StoredMessage
from deskhand.store.database import Database
from deskhand.toolsets.conversations.dialect import read_messages
from deskhand.toolsets.conversations.pairing import open_calls, paired
from deskhand.toolsets.conversations.wire import Raw, check_text

MOST_AT_ONCE = 2_000
TITLE_CHARACTERS = 60
ID_CHARACTERS = 64
"""More are no id of a conversation or a message."""
_PREFIX = "m"
_TAIL = 16
"""Messages read to know which calls wait: an assistant message and its results are rarely more."""
_OWN = 200
"""Ids looked at to see that only `append` wrote: a chat that resumed a conversation ends it with ids of its own."""
OVERTAKEN_SECONDS = 30.0
"""How long a write is tried again while others write to the same conversation."""
_PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Read:
    """A stored message with its place in the conversation, from 1."""

    position: int
    message: Message
    moved_out: bool = False


class Archive:
    """One person's conversations; `owner` is `Principal.subject`."""

    def __init__(self, database: Database, owner: str, now: Callable[[], datetime]) -> None:
        self._store = Conversations(database)
        self._owner = owner
        self._now = now

    async def find(self, reference: str) -> ConversationRow:
        """The conversation of this id, or whose id alone starts so.

        Raises:
            NotFound: the owner has none like it.
            InvalidInput: several are like it, or nothing is named.
        """
        named = _checked(reference)
        if named != LATEST:
            try:
                return await self._store.find(self._owner, named)
            except NotFound:
                pass
        raise _unknown(named)

    async def named(self, id: str) -> ConversationRow:
        """The conversation of this id, whole: whoever writes to one says exactly which.

        Raises:
            NotFound: the owner has none.
            InvalidInput: it is no whole id.
            Denied: a Deskhand chat writes to it, which keeps its own in memory and would not notice.
        """
        named = _checked(id)
        if len(named) != len(new_id()):
            raise InvalidInput("conversation must be the whole id that append_messages gave, not its beginning.")
        try:
            row = await self._store.summary(self._owner, named.lower())
        except NotFound as error:
            raise _unknown(named) from error
        last = await self._store.newest_first(self._owner, row.id, None, _OWN)
        if any(said.id != f"{_PREFIX}{said.position}" for said in last):
            raise Denied("This conversation belongs to a Deskhand chat. It can be read and recalled from, not changed.")
        return row

    async def recent(self, limit: int) -> list[ConversationRow]:
        """The conversations written to last, newest first."""
        return await self._store.recent(self._owner, limit)

    async def append(self, reference: str | None, raws: Sequence[Raw]) -> tuple[ConversationRow, list[str]]:
        """Store messages, all or none; the conversation, and the id of each.

        What a host sent as one and is kept as two has the id of the first.

        Raises:
            NotFound, InvalidInput: there is no such conversation, or a message cannot be kept.
            Conflict: others kept writing to it.
        """
        if not 1 <= len(raws) <= MOST_AT_ONCE:
            raise InvalidInput(f"messages must be 1 to {MOST_AT_ONCE} messages, not {len(raws)}.")
        groups = await to_thread.run_sync(read_messages, raws, self._now())
        row = self._begun(groups) if reference is None else await self.named(reference)
        count, latest = row.messages, monotonic() + OVERTAKEN_SECONDS
        while True:
            try:
                return row, await self._append(row, groups, count)
            except _Overtaken as overtaken:
                count = overtaken.count
            if monotonic() > latest:
                raise Conflict("Others kept writing to this conversation. Nothing was stored; send the messages again.")
            await pause()

    def _begun(self, groups: Sequence[Sequence[Message]]) -> ConversationRow:
        now = self._now()
        said = (message.text for group in groups for message in group if message.role == "user")
        return ConversationRow(new_id(), self._owner, _title(next(filter(str.strip, said), "")), now, now)

    async def _append(self, row: ConversationRow, groups: Sequence[Sequence[Message]], count: int) -> list[str]:
        """Add to a conversation of so many messages.

        Raises:
            _Overtaken: it has others now.
        """
        known = paired(groups, await self._waiting(row.id, count))

        def mint(first: int) -> list[StoredMessage]:
            if first != count + 1:
                raise _Overtaken(first - 1)
            messages = [message for group in known for message in group]
            return [_stored(message, position) for position, message in enumerate(messages, first)]

        position = await self._store.append_all(row, mint)
        ids: list[str] = []
        for group in known:
            ids.append(f"{_PREFIX}{position}")
            position += len(group)
        return ids

    async def _waiting(self, conversation: str, count: int) -> dict[str, str]:
        """The calls that have no result yet, in a conversation of so many messages."""
        tail: list[Message] = []
        while count and all(message.role == "tool" for message in tail):
            start = max(0, count - _TAIL)
            tail = [read.message for read in await self.after(conversation, start, count - start)] + tail
            count = start
        return open_calls(tail)

    async def all(self, conversation: str) -> list[Read]:
        """Every message, in order."""
        return await _read(await self._store.messages(self._owner, conversation))

    async def after(self, conversation: str, position: int, most: int) -> list[Read]:
        """The messages after a position, in order, at most so many."""
        return await _read(await self._store.page(self._owner, conversation, position, most))

    async def before(self, conversation: str, position: int | None, most: int) -> list[Read]:
        """The messages before a position, or with None the last ones; the last first, at most so many."""
        return await _read(await self._store.newest_first(self._owner, conversation, position, most))

    async def at(self, conversation: str, positions: Sequence[int]) -> list[Read]:
        """The messages at these positions, in order; what is not there is left out."""
        return await _read(await self._store.by_positions(self._owner, conversation, positions))

    async def one(self, conversation: str, message: str) -> Read:
        """One message by its id.

        Raises:
            NotFound: there is none.
        """
        wanted = [message] if len(message) <= ID_CHARACTERS else []
        found = await _read(await self._store.by_ids(self._owner, conversation, wanted))
        if not found:
            raise NotFound(f"The conversation has no message {message[:80]!r}.")
        return found[0]


class _Overtaken(Exception):
    """Somebody wrote to the conversation between reading its end and adding to it; it has `count` messages now."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


async def pause() -> None:
    """Wait a moment, each caller another one, so that those who overtook each other do not meet again."""
    await anyio.sleep(random.uniform(0, _PAUSE_SECONDS))


def _checked(reference: str) -> str:
    check_text(reference, "conversation")
    named = reference.strip()
    if not named or len(named) > ID_CHARACTERS:
        raise InvalidInput("conversation must be an id that append_messages gave.")
    return named


def _unknown(reference: str) -> NotFound:
    return NotFound(f"There is no conversation {reference!r}. append_messages without one begins one.")


async def _read(stored: Sequence[StoredMessage]) -> list[Read]:
    """In a thread: thousands of messages take a while."""

    def work() -> list[Read]:
        return [Read(one.position, Message.model_validate_json(one.body), one.moved_out) for one in stored]

    return await to_thread.run_sync(work, abandon_on_cancel=True) if len(stored) > 20 else work()


def _stored(message: Message, position: int) -> StoredMessage:
    named = message.model_copy(update={"id": f"{_PREFIX}{position}"})
    return StoredMessage(named.id, named.model_dump_json())


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE_CHARACTERS else line[: TITLE_CHARACTERS - 1] + "…"
