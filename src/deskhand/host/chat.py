"""The assistant as a Python object.

async with Chat(model, servers=[spec]) as chat:
    async for event in chat.send("What is the weather in Sacramento?"):
        ...
    print(await chat.answer("And tomorrow?"))
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

import anyio
from anyio.abc import TaskGroup

from deskhand.context.message import Message
from deskhand.errors import Conflict, DeskhandError, InvalidInput
from deskhand.host.assembly import Ingredients, Servers, assembled
from deskhand.host.attachments import Attachment, Spoken, most_tokens, prompt_messages, with_attachments
from deskhand.host.connections import Connections, SignInFor
from deskhand.host.consent import Consent
from deskhand.host.conversation import Conversation
from deskhand.host.cut_turn import CutTurn
from deskhand.host.events import Event, TurnFinished
from deskhand.host.generation import Sleep
from deskhand.host.human import Human, Nobody
from deskhand.host.running_turn import RunningTurn
from deskhand.host.servers import ServerSpec
from deskhand.host.short_term import ShortTermMemory
from deskhand.host.turn import Ready, Turn, TurnParts, at_once
from deskhand.host.turn_recorder import TurnRecorder
from deskhand.host.wiretap import Wiretap
from deskhand.models.model import Model
from deskhand.retrieval.embedder import Embedder
from deskhand.settings import Settings
from deskhand.store.database import Database


def _ignore(_event: Event) -> None:
    """Nobody listens."""


def _to_nobody(_event: Event) -> bool:
    """Before the conversation is there, no event is meant for a part of it."""
    return False


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """What few chats need to say."""

    database: Database | None = None
    """Where conversations and consent are kept; None keeps them for as long as the chat lasts."""
    conversation: str | None = None
    """A conversation to continue: its id, the beginning of it, or `latest`."""
    embedder: Embedder | None = None
    """Finds by meaning, too, what a turn needs of what moved out of view; None finds it by its words only."""
    consent: Consent | None = None
    """What the owner agreed to, where several chats share it; None reads it for this chat."""
    owner: str = "local"
    """Whose conversations and consent these are (`Principal.subject`)."""
    waiting: frozenset[str] | None = None
    """With a set, calls that the person is asked about outlast the chat: when it ends, unless by `cancel`, they stay
    open, and `go_on` makes them. The set names those that an earlier chat left so. With None they end with it."""
    listener: Callable[[Event], None] = _ignore
    """Hears what happens while no turn runs, such as `ConnectionChanged`; during a turn it is among its events."""
    tap: Wiretap | None = None
    sign_in: SignInFor | None = None
    """Both for the connections to `servers`; see `Connections`."""
    ready_seconds: float = 10
    """How long to wait for `servers` to connect before the chat begins without the missing ones."""
    sleep: Sleep = anyio.sleep
    """How to wait between attempts at a busy model; a seam for tests."""


class Chat:
    """One conversation between a person, a model and MCP servers; one turn at a time.

    Args:
        model: the LLM.
        servers: MCP servers to connect to for as long as the chat lasts.
        connections: connections that are open already, instead of `servers`; pass them `emit` of this chat.
        human: who approves calls and fills in forms; without one, whatever would ask is denied.
        settings: the whole tree; of it, the host's part and the length of answers matter here.
        options: the rest.

    Raises:
        NotFound, InvalidInput: on entering, the conversation to continue does not exist or is ambiguous.
    """

    def __init__(
        self,
        model: Model,
        servers: Sequence[ServerSpec] = (),
        *,
        connections: Servers | None = None,
        human: Human | None = None,
        settings: Settings | None = None,
        options: ChatOptions | None = None,
    ) -> None:
        self.model = model
        self._specs = servers
        self._connections = connections
        self._human = human or Nobody()
        self._settings = settings or Settings()
        self._options = options or ChatOptions()
        self._running: RunningTurn | None = None
        self._heard: Callable[[Event], bool] = _to_nobody
        self._stack = AsyncExitStack()
        self._group: TaskGroup
        self._parts: TurnParts

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            database = self._options.database or stack.enter_context(Database(None))
            if self._connections is None:
                self._connections = await self._connect(stack)
            self._parts = await assembled(self._ingredients(database, self._connections))
            self._heard = self._parts.profile.heard
            self._group = await anyio.create_task_group().__aenter__()
            self._group.start_soon(self._parts.memory.run)
            stack.push_async_callback(self._end_turns)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._stack.__aexit__(kind, error, trace)

    @property
    def conversation(self) -> Conversation:
        """The conversation, with its id, title and messages."""
        return self._parts.conversation

    @property
    def memory(self) -> ShortTermMemory:
        """What the model sees of the conversation: its receipts, what is pinned, and how to take compactions back."""
        return self._parts.memory

    @property
    def connections(self) -> Servers:
        """The connections to the servers."""
        assert self._connections is not None, "enter the chat first"
        return self._connections

    async def send(
        self, said: str | Sequence[Message] | Spoken, *, attachments: Sequence[Attachment] = (), ready: Ready = at_once
    ) -> AsyncGenerator[Event]:
        """Say something, and follow what happens until the turn is finished; the last event is `TurnFinished`.

        Leaving the loop early, or being cancelled in it, cancels the turn (use `contextlib.aclosing` to do so at once).

        Args:
            said: the user's text, or the messages of a prompt, or what was made ready of either before.
            attachments: resources to show along with a text.
            ready: what to wait for when it is kept, before the model is asked, such as servers that connect.

        Raises:
            Conflict: a turn is running.
            InvalidInput: there is nothing to send.
            DeskhandError: an attachment cannot be read.
        """
        spoken = await self._spoken(said, attachments)
        recorder = TurnRecorder(len(spoken.messages))
        work = partial(Turn(self._parts, recorder, ready).run, spoken)
        async with aclosing(self._followed(recorder, work)) as events:
            async for event in events:
                yield event

    async def go_on(self, ready: Ready = at_once) -> AsyncGenerator[Event]:
        """Go on with the turn whose calls are waiting (`conversation.waiting`), and follow it as with `send`.

        The person is asked about them again, after `ready`. It begins with a `TurnStarted` of the same turn.

        Raises:
            Conflict: a turn is running, or none waits.
        """
        cut = await CutTurn.of(self.conversation)
        recorder = cut.recorder()
        async with aclosing(self._followed(recorder, partial(Turn(self._parts, recorder, ready).go_on, cut))) as events:
            async for event in events:
                yield event

    async def _followed(self, recorder: TurnRecorder, work: Callable[[], Awaitable[None]]) -> AsyncGenerator[Event]:
        if self._running is not None:
            raise Conflict("A turn is running. Wait until it has finished, or cancel it.")
        running = self._running = RunningTurn(recorder)
        self._parts.calls.outlasting = self._options.waiting is not None
        self._group.start_soon(self._play, running, work)
        async with aclosing(running.followed()) as events:
            async for event in events:
                yield event

    async def _play(self, running: RunningTurn, work: Callable[[], Awaitable[None]]) -> None:
        self._parts.memory.busy = True
        try:
            await running.play(work)
        finally:
            self._running, self._parts.memory.busy = None, False
            running.end()

    async def answer(self, said: str, *, attachments: Sequence[Attachment] = ()) -> str:
        """Say something and wait for the answer.

        Raises:
            DeskhandError: the turn failed.
        """
        finished: TurnFinished | None = None
        async with aclosing(self.send(said, attachments=attachments)) as events:
            async for event in events:
                finished = event if isinstance(event, TurnFinished) else finished
        if finished is None or finished.outcome == "failed":
            raise DeskhandError(finished.error if finished else "The chat was closed.")
        return finished.text

    async def prompt(self, server: str, name: str, arguments: dict[str, str]) -> list[Message]:
        """The messages of a server's prompt, for `send`.

        Raises:
            DeskhandError: there is none, or its arguments are wrong.
        """
        return prompt_messages(await self.connections.get_prompt(server, name, arguments))

    async def cancel(self) -> None:
        """Cancel the turn that is running, if any, and wait until it has ended; what was written so far is kept."""
        if self._running is not None:
            self._parts.calls.outlasting = False
            await self._running.cancel()

    def emit(self, event: Event) -> None:
        """Report an event: to whoever follows the turn, else to the listener. For connections made outside."""
        if self._heard(event):
            return
        if self._running is None:
            self._options.listener(event)
        else:
            self._running.hear(event)

    async def _end_turns(self) -> None:
        self._group.cancel_scope.cancel()
        # Without the exception of the caller's block, which the group would wrap; a turn keeps its own to itself.
        await self._group.__aexit__(None, None, None)

    async def _connect(self, stack: AsyncExitStack) -> Connections:
        connections = Connections(
            self._specs, human=self._human, emit=self.emit, tap=self._options.tap, sign_in=self._options.sign_in
        )
        await stack.enter_async_context(connections)
        await connections.ready(self._options.ready_seconds)
        return connections

    def _ingredients(self, database: Database, servers: Servers) -> Ingredients:
        options = self._options
        return Ingredients(
            model=self.model,
            servers=servers,
            human=self._human,
            settings=self._settings,
            database=database,
            embedder=options.embedder,
            consent=options.consent,
            owner=options.owner,
            conversation=options.conversation,
            waiting=options.waiting or frozenset(),
            sleep=options.sleep,
            emit=self.emit,
        )

    async def _spoken(self, said: str | Sequence[Message] | Spoken, attachments: Sequence[Attachment]) -> Spoken:
        if isinstance(said, str) and (said.strip() or attachments):
            limit = most_tokens(self._settings.host.output_tokens, self.model.context_window)
            message, outputs = await with_attachments(said, attachments, self.connections, limit)
            return Spoken((message,), tuple(outputs))
        spoken = said if isinstance(said, Spoken) else Spoken(() if isinstance(said, str) else tuple(said))
        if not spoken.messages:
            raise InvalidInput("There is nothing to send: give a text or at least one message.")
        return spoken
