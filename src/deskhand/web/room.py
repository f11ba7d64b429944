"""One conversation that is open on pages: its turns run here, whoever looks."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

import anyio
from anyio import to_thread
from anyio.abc import TaskStatus

from deskhand.context.message import Message
from deskhand.errors import Conflict, DeskhandError, NotFound, Unavailable
from deskhand.host.attachments import Spoken
from deskhand.host.chat import Chat
from deskhand.host.conversation import Conversation
from deskhand.host.events import Event, Notice
from deskhand.host.past import PastTurn, past_events, past_turns
from deskhand.host.turn import Ready
from deskhand.web.attached import pictures_in
from deskhand.web.pieces import Piece
from deskhand.web.scene import Scene

_log = logging.getLogger(__name__)
DRAW_SECONDS = 0.04
"""Least time between two drawings of what changes with every token."""
READY_SECONDS = 5.0
"""How long a turn waits for servers that are being connected to, when what was said is kept and shown."""
RESUMING_SECONDS = 20.0
"""How long one that goes on after a restart waits for them: its calls are made by servers that are there."""
NO_MODEL = (
    "There is no model to answer, so this conversation can only be read. Start Ollama, LM Studio or llama.cpp on this "
    "machine; or set OPENAI_API_KEY or ANTHROPIC_API_KEY; or set DESKHAND_MODEL__BASE_URL and DESKHAND_MODEL__NAME. "
    "Then choose Look again on the page of a new chat."
)


@dataclass(eq=False)
class _Next:
    """A turn that is to begin: how it is played, how long it waits for servers, and when it can be stopped."""

    play: Callable[[Ready], AsyncGenerator[Event]]
    seconds: float = READY_SECONDS
    begun: anyio.Event = field(default_factory=anyio.Event)
    """Set when something happened in it, or it is over."""


class News(Protocol):
    """What a room tells, and what it waits for before a turn begins."""

    def put(self, room: "Room", piece: Piece) -> None:
        """Show a piece on the pages of this conversation."""
        ...

    async def changed(self, room: "Room") -> None:
        """What was said is kept and the turn goes on, or it ended."""
        ...

    async def ready_servers(self, seconds: float) -> None:
        """Wait for servers that are being connected to, this long at most."""
        ...


class Room:
    """Runs the turns of one conversation, and draws what happens for every page that shows it.

    Without a model there is no chat: then the conversation can be read, and nothing can be said.
    """

    def __init__(self, of: Chat | Conversation, news: News, newer: str | None = None) -> None:
        self._of = of
        self._news = news
        self.newer = newer
        """The version of the conversation that took the place of this one, if there is one."""
        self.scene = Scene()
        self.is_open = False
        """Whether it was entered: what goes wrong before that is for who opens it."""
        self.is_over = False
        """Whether it was left: who wants to say something opens it again."""
        self._scope = anyio.CancelScope()
        self._left = anyio.Event()
        self._spoken = anyio.Event()
        self._changed = anyio.Event()
        self._turn: _Next | None = None
        """The turn that is to begin, or has begun."""

    @property
    def chat(self) -> Chat:
        """What answers.

        Raises:
            Unavailable: there is no model.
        """
        if isinstance(self._of, Conversation):
            raise Unavailable(NO_MODEL)
        return self._of

    @property
    def conversation(self) -> Conversation:
        """What was said; a room is entered before it is used."""
        return self._of if isinstance(self._of, Conversation) else self._of.conversation

    @property
    def only_read(self) -> bool:
        """Whether it was opened without a model."""
        return isinstance(self._of, Conversation)

    @property
    def id(self) -> str:
        """Of the conversation."""
        return self.conversation.id

    @property
    def title(self) -> str:
        """Of the conversation."""
        return self.conversation.title

    @property
    def busy(self) -> bool:
        """Whether a turn is running, or about to."""
        return self._turn is not None

    async def run(self, *, task_status: TaskStatus[None]) -> None:
        """Own the chat until `leave` or `close`: it must be entered and left in one task."""
        try:
            with self._scope:
                async with self._entered(), anyio.create_task_group() as tasks:
                    await self._replay()
                    if self.conversation.waiting and not self.only_read:
                        # an earlier process ended before the person answered
                        self._begin(_Next(self.chat.go_on, RESUMING_SECONDS))
                    self.is_open = True
                    task_status.started()
                    tasks.start_soon(self._draw)
                    while True:
                        await self._next()
        finally:
            self.is_over = True
            self._left.set()
            if self._turn is not None:
                self._turn.begun.set()  # nobody waits for one that does not begin any more

    def _entered(self) -> AbstractAsyncContextManager[object]:
        return nullcontext() if isinstance(self._of, Conversation) else self._of

    async def _replay(self) -> None:
        """Fold in what was said before; in a thread, because a long conversation takes a second."""
        conversation = self.conversation
        messages, records = await conversation.messages(), await conversation.turn_records()

        def fold() -> None:
            for message in messages:
                self._show_pictures(message)
            self.scene.replay(past_events(conversation.id, messages, records))
            self.scene.forget_attached()  # those of a prompt's messages before its last, which begin no turn
            self.scene.changed()

        await to_thread.run_sync(fold)

    def say(self, said: str | Spoken) -> None:
        """Begin a turn.

        Raises:
            Conflict: one is running, another conversation took the place of this one, or it was left.
            Unavailable: there is no model.
        """
        if self.is_over:
            raise Conflict("This conversation was put away meanwhile. Send it again.")
        self.must_be_idle()
        chat = self.chat
        if isinstance(said, Spoken):
            self._show_pictures(said.messages[-1])
        self._begin(_Next(lambda ready: chat.send(said, ready=ready)))

    def _show_pictures(self, message: Message) -> None:
        if message.role == "user":
            self.scene.attach(message.id, pictures_in(message))

    def must_be_idle(self) -> None:
        """Nothing is added while a turn runs, or when another conversation took the place of this one.

        Raises:
            Conflict: so it is.
        """
        if self.busy:
            raise Conflict("The assistant is still answering. Wait, or stop it first.")
        if self.newer:
            raise Conflict(
                f"There is a newer version of this conversation, and it goes on there: open /chat/{self.newer}"
            )

    def give_way(self, newer: str) -> None:
        """Another conversation takes the place of this one.

        Raises:
            Conflict: another did already, or something was said here meanwhile.
        """
        self.must_be_idle()
        self.newer = newer

    def keep_place(self) -> None:
        """No other takes the place of this one after all."""
        self.newer = None

    async def stop(self) -> None:
        """Cancel the turn that is running; what was said, and what was written so far, is kept."""
        if self._turn is not None:
            await self._turn.begun.wait()
            await self.chat.cancel()

    def leave(self) -> None:
        """End, and the turn that is running; questions that wait are asked again when it is opened again."""
        self.is_over = True
        self._scope.cancel()

    async def close(self) -> None:
        """End for good: the turn that is running is stopped, and `run` has ended when this returns."""
        await self.stop()
        self.leave()
        await self._left.wait()

    async def of_turn(self, turn: str) -> PastTurn:
        """The messages of one turn: what the person said, the answers and the results.

        Raises:
            NotFound: the conversation has no such turn.
        """
        conversation = self.conversation
        for one in past_turns(await conversation.messages(), await conversation.turn_records()):
            if one.said and one.said[-1].id == turn:
                return one
        raise NotFound("This turn is not in the conversation any more. Load the page again.")

    def hear(self, event: Event) -> None:
        """Something happened in a turn, or around it."""
        self.scene.take(event)
        self._changed.set()

    def _begin(self, turn: "_Next") -> None:
        self._turn = turn
        self._spoken.set()

    async def _next(self) -> None:
        """Wait for something to be said, and play the turn."""
        await self._spoken.wait()
        self._spoken = anyio.Event()
        turn = self._turn
        if turn is None:
            return
        try:
            await self._play(turn)
        except DeskhandError as error:
            self.hear(Notice(level="error", text=error.message))
        except Exception:
            _log.exception("A turn ended unexpectedly")  # it said so itself; the room goes on
        finally:
            self._turn = None
            self.scene.forget_attached()
            turn.begun.set()
        await self._tell()

    async def _play(self, turn: "_Next") -> None:
        async def ready() -> None:
            await self._tell()
            await self._news.ready_servers(turn.seconds)

        async with aclosing(turn.play(ready)) as events:
            async for event in events:
                self.hear(event)
                turn.begun.set()

    async def _tell(self) -> None:
        try:
            await self._news.changed(self)
        except Exception:  # the list of conversations is not worth a turn
            _log.exception("What surrounds a conversation could not be drawn")

    async def _draw(self) -> None:
        while True:
            await self._changed.wait()
            self._changed = anyio.Event()
            for piece in self.scene.changed():
                try:
                    self._news.put(self, piece)
                except Exception:  # one piece that cannot be drawn must not take the others along
                    _log.exception("A piece of a conversation could not be drawn")
            await anyio.sleep(DRAW_SECONDS)
            if self.scene.has_more:
                self._changed.set()
