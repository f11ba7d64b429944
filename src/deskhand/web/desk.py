"""What one principal has open: connections, live conversations, questions that wait, and what their pages show."""

import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from anyio.abc import TaskGroup, TaskStatus

from deskhand.host import events
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.connections import Connections, SignInFor
from deskhand.host.consent import Consent
from deskhand.host.mentions import Resources
from deskhand.host.offered_prompts import Prompts
from deskhand.host.servers import ServerSpec
from deskhand.host.wiretap import Wiretap
from deskhand.models.model import Model
from deskhand.principal import Principal
from deskhand.retrieval.embedder import Embedder
from deskhand.server.build import DeskhandServer
from deskhand.settings import Settings
from deskhand.store.conversation_edits import ConversationEdits
from deskhand.store.conversation_search import Hit
from deskhand.store.conversations import Conversations
from deskhand.store.database import Database
from deskhand.web.activity_watch import Activity
from deskhand.web.console_runs import Runs
from deskhand.web.console_watch import Watched
from deskhand.web.draw import Draw
from deskhand.web.feed import Feed
from deskhand.web.memory_news import MemoryNews
from deskhand.web.own_server import OwnServer
from deskhand.web.pieces import Piece
from deskhand.web.presence import Presence
from deskhand.web.question_keeping import KeptQuestions
from deskhand.web.question_origin import asking_conversation
from deskhand.web.room import Room
from deskhand.web.servers_board import Board
from deskhand.web.tray import Question, Tray
from deskhand.web.visit import is_owner

_log = logging.getLogger(__name__)
TRAY = "tray"
FRAMES = "frames"
CONVERSATIONS = "conversations"
RESOURCES = "resources"
"""Topics of the feed; besides them, the id of a conversation is one."""
SERVERS_SECONDS = 20.0
"""How long a conversation that waits for an answer waits for its servers before it asks again."""
READY_SECONDS = 5.0
"""How long a turn waits for servers that are being connected to."""
MOST_ROOMS = 24
"""Conversations that are held open; more only while turns run in them."""
LISTED = 60
"""Conversations in the list; older ones are found by searching."""

FindModel = Callable[[], Awaitable[tuple[Model | None, str]]]
"""Looks for a model: it, or why there is none."""


@dataclass
class Surroundings:
    """What all desks of a process share."""

    settings: Settings
    database: Database
    model: Model | None
    problem: str = ""
    """Why there is no model, and what to do about it."""
    embedder: Embedder | None = None
    sign_in: SignInFor | None = None
    servers_file: Path | None = None
    """The `mcp.json` of the local owner."""
    server: DeskhandServer | None = None
    """Our own server: its outbox and its audit log."""
    find: FindModel | None = None
    looking: anyio.Lock = field(default_factory=anyio.Lock)

    async def look_again(self) -> bool:
        """Look for a model once more, as when the person has just set one up; whether there is one now."""
        async with self.looking:
            if self.model is None and self.find is not None:
                self.model, self.problem = await self.find()
        return self.model is not None

    async def close(self) -> None:
        """Close the model."""
        if self.model is not None:
            await self.model.aclose()


class Desk:
    """One principal's desk. `run` owns it; pages use it meanwhile."""

    def __init__(self, principal: Principal, servers: Sequence[ServerSpec], around: Surroundings, draw: Draw) -> None:
        self.principal = principal
        self.around = around
        self.feed = Feed()
        self.tap = Wiretap()
        self.questions = KeptQuestions(around.database, principal.subject)
        self.resumes = "*" in principal.scopes
        """Whether questions are kept: asked again on the desk of a token for less, what was one would be two."""
        self.tray = Tray(self._show_question, self.questions if self.resumes else None)
        self.conversations = Conversations(around.database)
        self.edits = ConversationEdits(around.database)
        self.connections = Connections(
            servers, human=self.tray.human(self._asking), emit=self.hear, tap=self.tap, sign_in=around.sign_in
        )
        self.mentions = Resources(self.connections)
        self.prompts = Prompts(self.connections, frozenset())
        self.consent = Consent(around.database, principal.subject)
        self.rooms: dict[str, Room] = {}
        self.presence = Presence(self.show, self.connections.states, self.at_work)
        self.board = Board(self.connections, self.consent, self.show, _file_of(principal, around))
        self.runs = Runs(self.connections, self.show, self.start)
        self.watched = Watched(self.connections, self.show)
        self.own = OwnServer(principal, self.connections, self.show, self.start)
        self.memory = MemoryNews(self.own, self.show)
        self.activity = Activity(principal, around.server, self.tray, self.show)
        self._draw = draw
        self._opening = anyio.Lock()
        self._tasks: TaskGroup
        self._leaving = anyio.Event()
        self.ready = anyio.Event()

    async def run(self) -> None:
        """Keep the connections and the conversations until `close`, or cancelled."""
        async with self.connections, anyio.create_task_group() as self._tasks:
            self.ready.set()
            self.start(lambda: self.activity.run(self.feed))
            await self._leaving.wait()
            # Cancelled, not stopped by the person: what waits for an answer waits for the next start.
            self._tasks.cancel_scope.cancel()

    def close(self) -> None:
        """Have `run` end in good order: turns are cancelled, what was written is kept, servers are told goodbye."""
        self._leaving.set()

    async def room(self, reference: str | None) -> Room:
        """The conversation of this id, opened if it is not open yet; None begins a new one.

        Raises:
            NotFound: there is none of this id.
        """
        await self.ready.wait()
        async with self._opening:
            if reference is not None and reference in self.rooms:
                self.rooms[reference] = room = self.rooms.pop(reference)  # the last one looked at
                return room
            waiting = await self._waiting(reference)
            room = Room(self._chat(reference, waiting), self._put, self._room_changed)
            await self._tasks.start(self._keep, room)
            self.rooms[room.id] = room
            self._leave_some()
            return room

    async def _keep(self, room: Room, *, task_status: TaskStatus[None]) -> None:
        """Run a conversation; one that breaks is opened anew the next time."""
        try:
            await room.run(task_status=task_status)
        except Exception:
            if not room.is_open:
                raise  # to who opens it
            _log.exception("A conversation broke")
        finally:
            if room.is_open and self.rooms.get(room.id) is room:
                del self.rooms[room.id]

    def _leave_some(self) -> None:
        """Leave the conversations that nobody has looked at for longest; they are opened again when somebody does."""
        idle = [room for room in self.rooms.values() if not room.busy]
        for room in idle[: max(0, len(self.rooms) - MOST_ROOMS)]:
            del self.rooms[room.id]
            room.leave()

    async def stop_turn(self, room: Room) -> None:
        """The person stops the turn that is running, if there is one, and what it asks them."""
        await self.tray.withdraw(room.id)
        await room.stop()

    async def close_room(self, name: str) -> None:
        """Stop what runs in a conversation, and forget that it was open."""
        room = self.rooms.pop(name, None)
        if room is not None:
            await self.tray.withdraw(room.id)
            await room.close()

    async def list_changed(self) -> None:
        """Draw the list of conversations anew, on every page."""
        rows = await self.conversations.recent(self.principal.subject, LISTED)
        self.show(CONVERSATIONS, "recent", "recent.html", rows=[Hit(row) for row in rows], current="")

    def hear(self, event: events.Event) -> None:
        """Something happened at a connection: told where it is shown."""
        if isinstance(event, events.Frame):
            return  # the inspector listens to the tap
        if isinstance(event, events.ConnectionChanged):
            self.presence.changed(event)
            self.board.draw(event.server)
        if isinstance(event, events.ResourceChanged):
            self.watched.hear(event)
            self.memory.hear(event)
        for room in self.rooms.values():
            if room.busy:
                room.chat.emit(event)

    def show(self, topic: str, key: str, template: str, **context: object) -> None:
        """Draw a fragment on the pages that follow a topic."""
        self.feed.put(topic, key, self._draw.fragment(template, **context))

    def start(self, job: Callable[[], Coroutine[object, object, None]]) -> None:
        """Run something until it ends, or the desk does."""
        self._tasks.start_soon(self._guarded, job)

    async def _guarded(self, job: Callable[[], Coroutine[object, object, None]]) -> None:
        try:
            await job()
        except Exception:  # one page's trouble must not end everybody's
            _log.exception("What a page began ended unexpectedly")

    async def _waiting(self, reference: str | None) -> frozenset[str]:
        """The calls that a conversation waits with: to be made when it is opened, by servers that are there."""
        calls = await self.questions.calls_of(reference) if reference and self.resumes else frozenset[str]()
        if calls:
            await self.connections.ready(SERVERS_SECONDS)
        return calls

    def _chat(self, reference: str | None, waiting: frozenset[str]) -> Chat:
        assert self.around.model is not None
        chat = Chat(
            self.around.model,
            connections=self.connections,
            human=self.tray.human(lambda _server: chat.conversation.id),
            settings=self.around.settings,
            options=ChatOptions(
                database=self.around.database,
                conversation=reference,
                embedder=self.around.embedder,
                consent=self.consent.for_one_chat(),
                owner=self.principal.subject,
                waiting=waiting if self.resumes else None,
            ),
        )
        return chat

    def _asking(self, server: str) -> str:
        return asking_conversation(self.rooms.values(), server)

    async def _room_changed(self, room: Room) -> None:
        """A turn begins or ended: the list has another order, and the presence another word.

        One that begins gives servers a little time that are only just being connected to.
        """
        self.presence.draw()
        self.show(room.id, "title", "title.html", room=room)
        await self.list_changed()
        if room.busy:
            await self.connections.ready(READY_SECONDS)

    def at_work(self) -> bool:
        """Whether the assistant is answering in any conversation."""
        return any(room.busy for room in self.rooms.values())

    def _put(self, room: Room, piece: Piece) -> None:
        self.feed.put(room.id, piece.id, self._draw.piece(piece))

    def _show_question(self, question: Question, waits: bool) -> None:
        self.show(TRAY, f"question-{question.id}", "question.html", question=question, gone=not waits)


def _file_of(principal: Principal, around: Surroundings) -> Path | None:
    """A command in the file runs as the owner of this machine, so nobody else's pages may touch it."""
    return around.servers_file if is_owner(principal) else None
