"""One connection and the task that owns it: opens it, keeps it, heals it, closes it.

The SDK's clients do not heal: a refused connection or a forgotten session ends them, and they must be left in the task
that entered them. So one task per server does nothing else; callers use the link it holds from their own tasks,
which makes cancelling a caller cancel its request.
"""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

import anyio
import httpx2
import mcp_types
from mcp.client import Client, IncomingMessage

from deskhand.errors import Unavailable
from deskhand.host.backoff import STABLE_SECONDS, Backoff
from deskhand.host.connection_dial import Dial, Link, Loss, Via, dialed
from deskhand.host.connection_errors import Failure, LostCall, explain, sentence, shown, translated, wants_sse
from deskhand.host.connection_http import HttpRecord
from deskhand.host.connection_pages import ToolList
from deskhand.host.connection_person import Questions
from deskhand.host.connection_state import SIGN_IN_PAGE, ServerState, State, introduced
from deskhand.host.connection_stderr import StderrTail
from deskhand.host.connection_watch import Watches
from deskhand.host.events import ConnectionChanged, Event
from deskhand.host.human import Human
from deskhand.host.patience import Patience
from deskhand.host.servers import ServerSpec
from deskhand.host.wiretap import Line

T = TypeVar("T")

FAREWELL_SECONDS = 3.0
"""How long a server may take to hear that its session is over."""

HEALING_SECONDS = 10.0
"""How long a call waits for a connection that is being healed."""


@dataclass(frozen=True)
class Seams:
    """What a connection is given from outside."""

    human: Human
    emit: Callable[[Event], None]
    line: Callable[[ServerSpec, str], Line | None]
    """The wiretap's end for a server and its transport."""
    auth: Callable[[ServerSpec, "Connection"], httpx2.Auth | None]
    backoff: Backoff
    asking: anyio.Lock
    """Held while a person is asked: one form at a time."""


class Connection:
    """The connection to one server."""

    def __init__(self, spec: ServerSpec, seams: Seams) -> None:
        self.spec = spec
        self.tools: tuple[mcp_types.Tool, ...] = ()
        """As last listed; kept while healing, so that names stay stable."""
        self._left_out = 0
        self.watches = Watches(spec.name, seams.emit, self._tools_listed, seams.backoff)
        self.questions = Questions(spec.name, seams.human, seams.emit, seams.asking)
        self._seams = seams
        self._state = ServerState(spec.name, "connecting")
        self._changed = anyio.Event()
        self._again = anyio.Event()
        self._closing = anyio.Event()
        self._link: Link | None = None
        self._tail = StderrTail()
        self._attempt: Patience | None = None
        """With the server that is being connected to."""
        self._links = 0
        """How many there have been, with this configuration."""
        self._configured = False

    # -- what callers use -------------------------------------------------------------------------

    @property
    def state(self) -> ServerState:
        """How it is doing now."""
        return replace(self._state, tool_count=len(self.tools), left_out=self._left_out, stderr_tail=self._tail.lines())

    @property
    def link(self) -> Link | None:
        """The live link, if there is one."""
        return self._link if self._link is not None and not self._link.loss.event.is_set() else None

    @property
    def instructions(self) -> str:
        """What the server says of itself for the model; empty when it says nothing, or is not there."""
        return (self.link.client.instructions or "") if self.link is not None else ""

    async def settled(self) -> None:
        """Wait until it is ready, or has failed."""
        while self._state.state in {"connecting", "healing"}:
            await self._changed.wait()

    async def use(self, job: Callable[[Client, Patience], Awaitable[T]], *, what: str, repeatable: bool) -> T:
        """Do something with the client; once more after healing where that cannot do anything twice.

        Raises:
            Unavailable: there is no connection, the server was silent, or it went away and the outcome is unknown.
            DeskhandError: the server refused.
        """
        link = await self._ready_link()
        try:
            return await self._tried(link, job, what)
        except LostCall as lost:
            if lost.delivered and not repeatable:
                raise Unavailable(
                    f"{self.spec.name} went away during {what} ({lost}). Whether it took effect is unknown: "
                    "check before doing it again."
                ) from lost
            link.loss.because(str(lost))
        try:
            return await self._tried(await self._ready_link(), job, what)
        except LostCall as lost:
            raise Unavailable(f"{self.spec.name} went away again during {what} ({lost}).") from lost

    def restart(self) -> None:
        """Close the link, if there is one, and connect again at once."""
        self._interrupt("restarted")

    def configure(self, spec: ServerSpec) -> None:
        """Take a new configuration. What needs no other connection, such as trust, leaves this one open."""
        before, self.spec = self.spec, spec
        soft = {"trusted": spec.trusted, "disabled_tools": spec.disabled_tools, "timeout_seconds": spec.timeout_seconds}
        if replace(before, **soft) != spec:
            self._configured = True
            self._interrupt("configured anew")

    def close(self) -> None:
        """Ask the owner to end."""
        self._closing.set()
        self._interrupt("closed")

    def _interrupt(self, reason: str) -> None:
        self._again.set()
        if self._link is not None:
            self._link.loss.because(reason)
        elif self._attempt is not None:
            self._attempt.hurry(0)

    @contextmanager
    def asking_sign_in(self, url: str) -> Generator[None]:
        """While a person is at the sign-in page of this server."""
        before = self._state.state
        self._set("needs_sign_in", f"{SIGN_IN_PAGE}{url}")
        try:
            with self.questions.asked():
                yield
        finally:
            self._set(before)

    # -- the owner --------------------------------------------------------------------------------

    async def run(self) -> None:
        """Own the connection until `close`."""
        failures = 0
        while not self._closing.is_set():
            began = anyio.current_time()
            failure = await self._live_once()
            if self._closing.is_set():
                break
            lived = self._links and anyio.current_time() - began >= STABLE_SECONDS
            failures = 1 if lived else failures + 1
            self._fell(failure)
            with anyio.move_on_after(self._seams.backoff(failures) if failure.again else None):
                await self._again.wait()
                failures = 0
            self._again = anyio.Event() if not self._closing.is_set() else self._again
            if not failure.again:
                self._set("connecting")
        self._set("closed")

    def _fell(self, failure: Failure) -> None:
        """Say what happened. A connection that worked is being healed; one that never did has failed for now."""
        state = "healing" if self._links and failure.again else failure.state
        if (self._state.state, self._state.detail) != (state, shown(failure.detail, self.spec)):
            self._set(state, failure.detail)

    async def _live_once(self) -> Failure:
        """Connect, serve until the link is lost, close; says what ended it."""
        if self._configured:
            self._configured, self._links, self.tools = False, 0, ()
        if not self.spec.enabled or self.spec.problem:
            return Failure(self.spec.problem or "It is disabled in the configuration.", again=False)
        failure, record = await self._live(self._first_via())
        if self._first_via() == "http" and record.post_status != 200 and wants_sse(self.spec, record):
            links = self._links
            older, _ = await self._live("sse")
            failure = older if self._links > links else failure  # neither works: the first answer says more
        return failure

    def _first_via(self) -> Via:
        if self.spec.in_process is not None:
            return "in-process"
        if self.spec.url is None:
            return "stdio"
        return "sse" if self.spec.transport == "sse" else "http"

    async def _live(self, via: Via) -> tuple[Failure, HttpRecord]:
        loss = Loss()
        record = HttpRecord(loss.because)
        dial = Dial(
            self.spec,
            via,
            self.questions.elicit,
            self._on_message,
            self._tail,
            self._seams.line(self.spec, via),
            self._seams.auth(self.spec, self) if via in {"http", "sse"} else None,
            loss,
            record,
        )
        try:
            with self.questions.patient(self.spec.timeout_seconds) as patience:
                self._attempt = patience
                async with dialed(dial) as link:
                    await self._serve(link, patience)
        except Exception as error:
            return explain(error, self.spec, record, loss.reason), record
        finally:
            self._link = self._attempt = None
        if patience.lost and not patience.met:
            return Failure(f"The server did not answer within {self.spec.timeout_seconds:g} s."), record
        return Failure(sentence(loss.reason)), record

    async def _serve(self, link: Link, patience: Patience) -> None:
        """The link is open: list its tools, listen, and wait for its end."""
        if self.spec.era == "modern" and link.client.session.initialize_result is not None:
            raise Unavailable("The server does not speak the modern era (2026-07-28) that its entry asks for.")
        await self.watches.begin(link)
        patience.satisfied()
        self._links += 1
        self._link = link
        self._state = introduced(self._state, link)
        self._set("ready")
        await link.loss.event.wait()
        self._link = None
        if not self._closing.is_set():
            self._set("healing", sentence(link.loss.reason))  # at once: closing the old link takes time
        patience.hurry(FAREWELL_SECONDS)

    def _set(self, state: State, detail: str = "") -> None:
        detail = shown(detail, self.spec)  # it is kept, drawn and told from here on
        if self._link is None and state != "ready":
            self._state = replace(self._state, protocol_version=None)
        self._state = replace(self._state, state=state, detail=detail)
        self._changed.set()
        self._changed = anyio.Event()
        self._seams.emit(ConnectionChanged(server=self.spec.name, state=state, detail=detail))

    # -- requests ---------------------------------------------------------------------------------

    async def _ready_link(self) -> Link:
        """The live link, waiting a little for one that is being made."""
        with anyio.move_on_after(HEALING_SECONDS):
            while self.link is None and (self._link is not None or self._state.state in {"connecting", "healing"}):
                await self._changed.wait()
        if self.link is None:
            detail = self._state.detail or "It is still connecting."
            raise Unavailable(f"{self.spec.name} is not connected. {detail}")
        return self.link

    async def _tried(self, link: Link, job: Callable[[Client, Patience], Awaitable[T]], what: str) -> T:
        try:
            with self.questions.patient(self.spec.timeout_seconds) as patience:
                return await job(link.client, patience)
        except Exception as error:
            lost, status = link.loss.event.is_set(), link.record.post_status
            ours = translated(error, self.spec, link_lost=lost, status=status)
            if ours is error:
                raise
            raise ours from error
        raise Unavailable(
            f"{self.spec.name} said nothing for {self.spec.timeout_seconds:g} s during {what}; "
            "the request was cancelled. Whether it took effect is unknown."
        )

    # -- what the server says by itself -------------------------------------------------------------

    def _tools_listed(self, listed: ToolList) -> None:
        changed, self.tools = listed.tools != self.tools, listed.tools
        self._left_out = listed.left_out
        if changed and self._link is not None:  # not the first listing, which `ready` follows
            self._set("ready", f"{len(self.tools)} tools")

    async def _on_message(self, message: IncomingMessage) -> None:
        if not isinstance(message, Exception):
            self.watches.notified(message)
