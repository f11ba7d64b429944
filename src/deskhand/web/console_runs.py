"""Tools that the person calls themselves: each call runs on, whoever looks, and is drawn as it goes."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

import anyio
from pydantic import JsonValue

from deskhand.context.message import new_id
from deskhand.errors import DeskhandError, NotFound
from deskhand.host.beginnings import beginning
from deskhand.host.connections import Connections
from deskhand.host.tools import LONGEST_PROGRESS, OfferedTool
from deskhand.web.console_addresses import frames_address, tool_address
from deskhand.web.own_server import Start
from deskhand.web.pieces import percent
from deskhand.web.presence import Level, Show
from deskhand.web.results import Readable, readable_answer

_log = logging.getLogger(__name__)
_UNEXPECTED = "Something went wrong here while the answer was read. The log of Deskhand says what."

KEPT = 20
"""Calls that are remembered with their results, of all tools."""
DRAW_SECONDS = 0.05
"""Least time between two drawings of a call's progress."""

State = Literal["running", "done", "error", "failed", "cancelled"]
"""`error` says the tool, `failed` that no answer came."""
_WORDS: dict[State, tuple[str, Level]] = {
    "running": ("running", "quiet"),
    "done": ("done", "ok"),
    "error": ("error", "bad"),
    "failed": ("no answer", "bad"),
    "cancelled": ("cancelled", "warn"),
}


@dataclass(eq=False)
class Run:
    """One call."""

    tool: OfferedTool
    arguments: dict[str, JsonValue]
    id: str = field(default_factory=new_id)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    state: State = "running"
    done: float = 0
    total: float | None = None
    message: str = ""
    milliseconds: float = 0
    result: Readable | None = None
    problem: str = ""
    """Why no answer came, and what to do next."""
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    changed: anyio.Event = field(default_factory=anyio.Event)

    @property
    def percent(self) -> int | None:
        """How far it is, where the server says of how much."""
        return percent(self.done, self.total)

    @property
    def words(self) -> tuple[str, Level]:
        """Its state as a person reads it, and how that is marked."""
        return _WORDS[self.state]

    def heard(self, done: float, total: float | None, message: str | None) -> None:
        """The server reports progress."""
        self.done, self.total, self.message = done, total, beginning(message or "", LONGEST_PROGRESS)
        self.changed.set()


def key_of(server: str, name: str) -> str:
    """Of a tool, fit for a topic and for the id of an element: names are the server's, and can hold anything."""
    return sha256(f"{server}\n{name}".encode("utf-8", "replace")).hexdigest()[:16]


def topic_of(server: str, name: str) -> str:
    """What pages of a tool follow."""
    return f"tool:{key_of(server, name)}"


class Runs:
    """One principal's calls."""

    def __init__(self, connections: Connections, show: Show, start: Start) -> None:
        self._connections = connections
        self._show = show
        self._start = start
        self._runs: list[Run] = []

    def of(self, server: str, name: str) -> Sequence[Run]:
        """The calls of a tool, newest first."""
        return [run for run in reversed(self._runs) if (run.tool.server, run.tool.tool.name) == (server, name)]

    def begin(self, tool: OfferedTool, arguments: dict[str, JsonValue]) -> Run:
        """Call a tool; returns at once."""
        run = Run(tool, arguments)
        self._runs.append(run)
        over = [each for each in self._runs if each.state != "running"]
        for old in over[: max(0, len(self._runs) - KEPT)]:
            self._runs.remove(old)
        self._start(lambda: self._run(run))
        return run

    def cancel(self, name: str) -> None:
        """Cancel a call; the server is told.

        Raises:
            NotFound: there is no such call any more.
        """
        for run in self._runs:
            if run.id == name:
                run.scope.cancel()
                return
        raise NotFound("This call is not known any more. Load the page again.")

    async def _run(self, run: Run) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._draw_changes, run)
            await self._call(run)
            tasks.cancel_scope.cancel()
        self._draw(run)

    async def _call(self, run: Run) -> None:
        began = time.monotonic()
        run.state, tool = "running", run.tool
        try:
            with run.scope:
                outcome = await self._connections.call(tool, run.arguments, on_progress=run.heard)
                run.result = readable_answer(outcome.result, tool.server, tool.tool.name)
                run.state = "error" if outcome.result.is_error else "done"
        except DeskhandError as error:
            run.state, run.problem = "failed", error.message
        except Exception:
            _log.exception("The answer to a call of %s could not be taken", tool.source)
            run.state, run.problem = "failed", _UNEXPECTED
        if run.scope.cancelled_caught:
            run.state = "cancelled"
        run.milliseconds = (time.monotonic() - began) * 1_000

    async def _draw_changes(self, run: Run) -> None:
        while True:
            self._draw(run)
            await anyio.sleep(DRAW_SECONDS)
            await run.changed.wait()
            run.changed = anyio.Event()

    def _draw(self, run: Run) -> None:
        server, name = run.tool.server, run.tool.tool.name
        runs = self.of(server, name)
        if run not in runs:
            return
        context = runs_context(runs, server, name)
        self._show(topic_of(server, name), str(context["element"]), "console/runs.html", **context)


def runs_context(
    runs: Sequence[Run], server: str, name: str, chosen: str = "", *, over: bool = True
) -> dict[str, object]:
    """What the template of a tool's calls shows: one in full, the newest unless another is `chosen`.

    Without `over`, one only that still runs.
    """
    newest = next((run for run in runs if over or run.state == "running"), None)
    shown = next((run for run in runs if run.id == chosen), newest)
    return {
        "element": f"runs-{key_of(server, name)}",
        "address": tool_address(server, name),
        "frames": frames_address(server, "tools/call"),
        "shown": shown,
        "others": [run for run in runs if run is not shown],
    }
