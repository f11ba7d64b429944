"""The conversations that are open on one principal's pages: opened, kept, left, stopped and closed."""

import logging
from typing import Protocol
from weakref import WeakValueDictionary

import anyio
from anyio.abc import TaskGroup, TaskStatus

from deskhand.errors import Conflict, NotFound, Unavailable
from deskhand.host import events
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.connections import Connections
from deskhand.host.consent import Consent
from deskhand.host.conversation import Conversation
from deskhand.store.conversations import ConversationRow, Conversations
from deskhand.web.question_keeping import KeptQuestions
from deskhand.web.question_origin import asking_conversation
from deskhand.web.room import News, Room
from deskhand.web.surroundings import Surroundings
from deskhand.web.tray import Tray

_log = logging.getLogger(__name__)
MOST_ROOMS = 24
"""Conversations that are held open; more only while turns run in them."""
STOPPING = "Deskhand is stopping. Load the page again when it is back."
ELSEWHERE = (
    "This conversation is at work for another sign-in of yours, which has other rights. "
    "Wait until it has ended there, or stop it there; then load the page again."
)
WAITS = (
    "A question waits in this conversation for who has all rights. "
    "Answer it on a page with all rights, then load this page again."
)


NO_SUCH = (
    "There is no such conversation: it was deleted, or it is somebody else's. "
    "Choose one in the list of chats, or begin a new one."
)


class Owned(Protocol):
    """Whose conversations these are, and what they talk with."""

    @property
    def subject(self) -> str:
        """The owner."""
        ...

    connections: Connections
    consent: Consent
    tray: Tray
    questions: KeptQuestions
    resumes: bool
    """Whether calls that wait for an answer outlast the process, and are asked about again here."""


class Rooms:
    """One desk's. `run` owns them; pages open and use them meanwhile.

    A conversation is open at one desk only: one that is idle goes to the desk that asks for it, one that is at work
    stays where it is. One with a question that waits opens only where the question can be asked again.
    """

    def __init__(self, owned: Owned, around: Surroundings, news: News) -> None:
        self.open: dict[str, Room] = {}
        """By their conversations, the one that was asked for last at the end."""
        self._owned = owned
        self._around = around
        self._news = news
        self._conversations = Conversations(around.database)
        self._locks = WeakValueDictionary[str, anyio.Lock]()
        self._ending = False
        self._tasks: TaskGroup

    async def run(self, *, task_status: TaskStatus[None]) -> None:
        """Keep what is opened, until cancelled."""
        async with anyio.create_task_group() as self._tasks:
            task_status.started()
            await anyio.sleep_forever()

    def end(self) -> None:
        """Open nothing any more; what is open stays until `run` is cancelled."""
        self._ending = True

    @property
    def at_work(self) -> bool:
        """Whether the assistant is answering in any of them."""
        return any(room.busy for room in self.open.values())

    async def room(self, reference: str | None) -> Room:
        """The conversation of this id, opened if it is not open yet; None begins a new one.

        Without a model it can be read. Nothing but opening the same conversation is waited for.

        Raises:
            NotFound: there is none of this id.
            Conflict: another desk of this person is at work in it, or a question waits that is not for this one.
            Unavailable: the desk ends.
        """
        if self._ending:
            raise Unavailable(STOPPING)
        if reference is None:
            return await self._opened(None)
        room = self._found(reference)
        if room is None:
            row = await self._row(reference)
            async with self._lock(row.id):
                room = self._found(row.id) or await self._opened(row)
        return room

    async def stop(self, name: str) -> None:
        """The person stops the turn that is running, or about to, and what it asks them.

        Raises:
            NotFound: there is no such conversation.
        """
        holder = self._holder(name)
        room = holder.open.get(name)
        if room is None:
            await self._conversations.summary(self._owned.subject, name)
            return
        await holder._forget_questions(name)
        await room.stop()

    async def close(self, name: str) -> bool:
        """Stop what runs in a conversation, and forget that it was open; whether it was."""
        holder = self._holder(name)
        async with holder._lock(name):
            room = holder.open.pop(name, None)
            if room is None:
                return False
            await holder._forget_questions(name)
            await room.close()
        return True

    def hear(self, event: events.Event) -> None:
        """Something happened at a connection: told where a turn runs, a question only to the turn that asks it."""
        rooms = [room for room in self.open.values() if room.busy]
        if isinstance(event, events.ElicitationAsked | events.ElicitationAnswered):
            asking = self.asking(event.server)
            rooms = [room for room in rooms if room.id == asking]
        for room in rooms:
            room.chat.emit(event)

    def asking(self, server: str) -> str:
        """The conversation that a server asks for; empty where that is not known."""
        return asking_conversation(self.open.values(), server)

    def _lock(self, name: str) -> anyio.Lock:
        return self._locks.setdefault(name, anyio.Lock())

    def _holder(self, name: str) -> "Rooms":
        holder = self._around.held.get((self._owned.subject, name))
        return holder if isinstance(holder, Rooms) else self

    def _found(self, name: str) -> Room | None:
        """One that is open; the last one asked for from now on."""
        room = self.open.pop(name, None)
        if room is None:
            return None
        if room.is_over or (room.only_read and self._around.model is not None):
            room.leave()
            return None
        self.open[name] = room
        return room

    async def _row(self, reference: str) -> ConversationRow:
        try:
            return await self._conversations.find(self._owned.subject, reference)
        except NotFound as error:
            raise NotFound(NO_SUCH) from error

    async def _opened(self, row: ConversationRow | None) -> Room:
        waiting = frozenset[str]()
        if row is not None:
            await self._take_over(row.id)
            waiting = await self._waiting(row.id)
        room = Room(await self._chat(row, waiting), self._news, row.superseded_by if row else None)
        await self._start(room)
        self.open[room.id] = room
        self._around.held[self._owned.subject, room.id] = self
        self._leave_some(room)
        return room

    async def _start(self, room: Room) -> None:
        if self._ending:
            raise Unavailable(STOPPING)
        try:
            await self._tasks.start(self._keep, room)
        except RuntimeError as error:
            if self._ending:  # cancelled before it was open
                raise Unavailable(STOPPING) from error
            raise

    async def _take_over(self, name: str) -> None:
        holder = self._holder(name)
        if holder is self:
            return
        room = holder.open.get(name)
        if room is not None and room.busy:
            raise Conflict(ELSEWHERE)
        if room is not None:
            del holder.open[name]
            await room.close()

    async def _waiting(self, name: str) -> frozenset[str]:
        """The calls that a conversation waits with: to be made when it is opened."""
        calls = await self._owned.questions.calls_of(name)
        if calls and not self._owned.resumes:
            raise Conflict(WAITS)
        return calls

    async def _chat(self, row: ConversationRow | None, waiting: frozenset[str]) -> Chat | Conversation:
        around, owned = self._around, self._owned
        if around.model is None:
            if row is None:
                raise Unavailable(f"There is no model to answer. {around.problem}")
            return await Conversation.resume(around.database, owned.subject, row.id, waiting)
        chat = Chat(
            around.model,
            connections=owned.connections,
            human=owned.tray.human(lambda _server: chat.conversation.id),
            settings=around.settings,
            options=ChatOptions(
                database=around.database,
                conversation=row.id if row else None,
                embedder=around.embedder,
                consent=owned.consent.for_one_chat(),
                owner=owned.subject,
                waiting=waiting if owned.resumes else None,
            ),
        )
        return chat

    async def _keep(self, room: Room, *, task_status: TaskStatus[None]) -> None:
        """Run a conversation; one that breaks is opened anew the next time."""
        try:
            await room.run(task_status=task_status)
        except Exception:
            if not room.is_open:
                raise  # to who opens it
            _log.exception("A conversation broke")
        finally:
            if room.is_open:
                self._gone(room)

    def _gone(self, room: Room) -> None:
        if self.open.get(room.id) is room:
            del self.open[room.id]
        key = self._owned.subject, room.id
        if room.id not in self.open and self._around.held.get(key) is self:
            del self._around.held[key]

    def _leave_some(self, but: Room) -> None:
        """Leave the conversations that nobody has asked for for longest; they are opened again when somebody does.

        Never the one that was asked for just now: something is about to be said in it.
        """
        idle = [room for room in self.open.values() if not room.busy and room is not but]
        for room in idle[: max(0, len(self.open) - MOST_ROOMS)]:
            del self.open[room.id]
            room.leave()

    async def _forget_questions(self, name: str) -> None:
        """What it asks is withdrawn, also what it would only ask when the servers are there."""
        await self._owned.tray.withdraw(name)
        if self._owned.resumes:
            for row in await self._owned.questions.rows():
                if row.conversation == name:
                    await self._owned.questions.remove(row.id)
