"""What one principal has open: connections, live conversations, questions that wait, and what their pages show."""

import logging
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TypeVar

import anyio
from anyio.abc import TaskGroup

from deskhand.host import events
from deskhand.host.connections import Connections
from deskhand.host.consent import Consent
from deskhand.host.mentions import Resources
from deskhand.host.offered_prompts import Prompts
from deskhand.host.servers import ServerSpec
from deskhand.host.wiretap import Wiretap
from deskhand.principal import Principal
from deskhand.store.conversation_edits import ConversationEdits
from deskhand.store.conversation_search import Hit
from deskhand.store.conversations import Conversations
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
from deskhand.web.room import Room
from deskhand.web.rooms import Rooms
from deskhand.web.servers_board import Board
from deskhand.web.surroundings import Surroundings
from deskhand.web.tray import Question, Tray
from deskhand.web.visit import is_owner

T = TypeVar("T")

_log = logging.getLogger(__name__)
TRAY = "tray"
CONVERSATIONS = "conversations"
"""Topics of the feed; besides them, the id of a conversation is one."""
LISTED = 60
"""Conversations in the list; older ones are found by searching."""


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
        self.consent = Consent(around.database, principal.subject, lasting="*" in principal.scopes)
        self.rooms = Rooms(self, around, self)
        self.presence = Presence(self.show, self.connections.states, lambda: self.rooms.at_work)
        self.board = Board(self.connections, self.consent, self.show, _file_of(principal, around))
        self.runs = Runs(self.connections, self.show, self.start)
        self.watched = Watched(self.connections, self.show)
        self.own = OwnServer(principal, self.connections, self.show, self.start)
        self.memory = MemoryNews(self.own, self.show)
        self.activity = Activity(principal, around.server, self.tray, self.show)
        self._draw = draw
        self._tasks: TaskGroup
        self._leaving = anyio.Event()
        self._comes_back = False
        self.ready = anyio.Event()

    async def run(self) -> None:
        """Keep the connections and the conversations until `close`, or cancelled."""
        try:
            async with self.connections, anyio.create_task_group() as self._tasks:
                await self._tasks.start(self.rooms.run)
                self.ready.set()
                self.start(lambda: self.activity.run(self.feed))
                await self._leaving.wait()
                # Cancelled, not stopped by the person: what waits for an answer waits for the next start.
                self._tasks.cancel_scope.cancel()
        finally:
            self.close()
            self.ready.set()  # nobody waits for a desk that broke
            self.feed.close(comes_back=self._comes_back)  # its pages load again, and find another

    def close(self, *, comes_back: bool = False) -> None:
        """Have `run` end in good order: turns are cancelled, what was written is kept, servers are told goodbye.

        A desk `comes_back` that ends because Deskhand stops: its pages wait for the next start.
        """
        self._comes_back |= comes_back
        self.rooms.end()
        self._leaving.set()

    @property
    def subject(self) -> str:
        """Whose desk it is."""
        return self.principal.subject

    async def room(self, reference: str | None) -> Room:
        """A conversation that is open, or opened; see `Rooms.room`."""
        await self.ready.wait()
        return await self.rooms.room(reference)

    async def list_changed(self) -> None:
        """Draw the list of conversations anew, on every page."""
        rows = await self.conversations.recent(self.principal.subject, LISTED)
        self.show(CONVERSATIONS, "recent", "recent.html", rows=[Hit(row) for row in rows], current="")

    def hear(self, event: events.Event) -> None:
        """Something happened at a connection: told where it is shown."""
        if isinstance(event, events.Frame):
            return  # the inspector listens to the tap
        if isinstance(event, events.ConnectionChanged):
            _told(self.presence.changed, event)
            _told(self.board.draw, event.server)
        if isinstance(event, events.ResourceChanged):
            _told(self.watched.hear, event)
            _told(self.memory.hear, event)
        _told(self.rooms.hear, event)

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

    def _asking(self, server: str) -> str:
        return self.rooms.asking(server)

    async def changed(self, room: Room) -> None:
        """A turn begins or ended: the list has another order, and the presence another word."""
        self.presence.draw()
        self.show(room.id, f"title-{room.id}", "title.html", room=room)
        await self.list_changed()

    async def ready_servers(self, seconds: float) -> None:
        """Wait for servers that are being connected to, this long at most."""
        await self.connections.ready(seconds)

    def put(self, room: Room, piece: Piece) -> None:
        """Show a piece of a conversation on its pages."""
        self.feed.put(room.id, piece.id, self._draw.piece(piece), piece.within())

    def _show_question(self, question: Question, waits: bool) -> None:
        self.show(TRAY, f"question-{question.id}", "question.html", question=question, gone=not waits)


def _told(listener: Callable[[T], None], news: T) -> None:
    """Have a part of the pages hear something. One that cannot draw it ends neither the others nor the connection."""
    try:
        listener(news)
    except Exception:
        _log.exception("A page could not show what happened")


def _file_of(principal: Principal, around: Surroundings) -> Path | None:
    """A command in the file runs as the owner of this machine, so nobody else's pages may touch it."""
    return around.servers_file if is_owner(principal) else None
