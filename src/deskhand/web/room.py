"""One conversation that is open on pages: its turns run here, whoever looks."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import partial

import anyio
from anyio import to_thread
from anyio.abc import TaskStatus

from deskhand.context.message import Message
from deskhand.errors import Conflict, DeskhandError, NotFound
from deskhand.host.attachments import Attachment
from deskhand.host.chat import Chat
from deskhand.host.events import Event, Notice, TurnStarted
from deskhand.host.past import past_events
from deskhand.web.pieces import Piece
from deskhand.web.scene import Scene

_log = logging.getLogger(__name__)
DRAW_SECONDS = 0.04
"""Least time between two drawings of what changes with every token."""


class Room:
    """Runs the turns of one conversation, and draws what happens for every page that shows it.

    `put` shows a piece on the pages of this conversation; `changed` is told when a turn began or ended.
    """

    def __init__(
        self, chat: Chat, put: Callable[["Room", Piece], None], changed: Callable[["Room"], Awaitable[None]]
    ) -> None:
        self.chat = chat
        self.scene = Scene()
        self._put = put
        self._told = changed
        self._notes: list[str] = []
        self.is_open = False
        """Whether it was entered: what goes wrong before that is for who opens it."""
        self._scope: anyio.CancelScope | None = None
        self._left = anyio.Event()
        self._spoken = anyio.Event()
        self._changed = anyio.Event()
        self._turn: Callable[[], AsyncGenerator[Event]] | None = None
        """What plays the turn that is to begin, or has begun."""

    @property
    def id(self) -> str:
        """Of the conversation."""
        return self.chat.conversation.id

    @property
    def title(self) -> str:
        """Of the conversation."""
        return self.chat.conversation.title

    @property
    def busy(self) -> bool:
        """Whether a turn is running."""
        return self._turn is not None

    async def run(self, *, task_status: TaskStatus[None]) -> None:
        """Own the chat until `leave` or `close`: it must be entered and left in one task."""
        try:
            with anyio.CancelScope() as self._scope:
                async with self.chat, anyio.create_task_group() as tasks:
                    await self._replay()
                    if self.chat.conversation.waiting:  # an earlier process ended before the person answered
                        self._begin(self.chat.go_on)
                    self.is_open = True
                    task_status.started()
                    tasks.start_soon(self._draw)
                    while True:
                        await self._next()
        finally:
            self._left.set()

    async def _replay(self) -> None:
        """Fold in what was said before; in a thread, because a long conversation takes a second."""
        conversation = self.chat.conversation
        messages, records = await conversation.messages(), await conversation.turn_records()

        def fold() -> None:
            self.scene.replay(past_events(conversation.id, messages, records))
            self.scene.changed()

        await to_thread.run_sync(fold)

    def say(self, said: str | Sequence[Message], attachments: Sequence[Attachment] = ()) -> None:
        """Begin a turn.

        Raises:
            Conflict: one is running.
        """
        if self.busy:
            raise Conflict("The assistant is still answering. Wait, or stop it first.")
        self._begin(partial(self.chat.send, said, attachments=attachments))

    def note(self, text: str) -> None:
        """Say something beside the turn that begins."""
        self._notes.append(text)

    async def stop(self) -> None:
        """Cancel the turn that is running, if there is one; what was written so far is kept."""
        await self.chat.cancel()

    def leave(self) -> None:
        """End, and the turn that is running; questions that wait are asked again when it is opened again."""
        if self._scope is not None:
            self._scope.cancel()

    async def close(self) -> None:
        """End for good: the turn that is running is stopped, and `run` has ended when this returns."""
        await self.stop()
        self.leave()
        await self._left.wait()

    async def of_turn(self, turn: str) -> list[Message]:
        """The messages of one turn: what the person said, the answers and the results.

        Raises:
            NotFound: the conversation has no such turn.
        """
        messages = await self.chat.conversation.messages()
        start = next((place for place, message in enumerate(messages) if message.id == turn), None)
        if start is None:
            raise NotFound("This turn is not in the conversation any more. Load the page again.")
        ends = (place for place in range(start + 1, len(messages)) if messages[place].role == "user")
        return messages[start : next(ends, len(messages))]

    def hear(self, event: Event) -> None:
        """Something happened in a turn, or around it."""
        self.scene.take(event)
        self._changed.set()

    def _begin(self, turn: Callable[[], AsyncGenerator[Event]]) -> None:
        self._turn = turn
        self._spoken.set()

    async def _next(self) -> None:
        """Wait for something to be said, and play the turn."""
        await self._spoken.wait()
        self._spoken = anyio.Event()
        if self._turn is None:
            return
        try:
            await self._tell()
            async with aclosing(self._turn()) as events:
                async for event in events:
                    self.hear(event)
                    while self._notes and isinstance(event, TurnStarted):
                        self.hear(Notice(level="warning", text=self._notes.pop(0)))
        except DeskhandError as error:
            self._complain(error.message)
        except Exception:
            _log.exception("A turn ended unexpectedly")  # it said so itself; the room goes on
        finally:
            self._turn = None
        await self._tell()

    async def _tell(self) -> None:
        try:
            await self._told(self)
        except DeskhandError as error:  # the list of conversations is not worth a turn
            _log.warning("What surrounds a conversation could not be drawn: %s", error.message)

    def _complain(self, text: str) -> None:
        if not self.scene.turns:
            self.hear(TurnStarted(conversation=self.id, turn="0", text=""))
        self.hear(Notice(level="error", text=text))

    async def _draw(self) -> None:
        while True:
            await self._changed.wait()
            self._changed = anyio.Event()
            for piece in self.scene.changed():
                try:
                    self._put(self, piece)
                except Exception:  # one piece that cannot be drawn must not take the others along
                    _log.exception("A piece of a conversation could not be drawn")
            await anyio.sleep(DRAW_SECONDS)
