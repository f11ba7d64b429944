"""A toolset that shows every mark, for tests of the server."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import anyio
from mcp.server.elicitation import AcceptedElicitation
from mcp.server.mcpserver import Context, Elicit, ElicitationResult, Resolve
from pydantic import BaseModel, Field

from deskhand.errors import NotFound
from deskhand.principal import Caller
from deskhand.result import Result
from deskhand.toolset import (
    Progress,
    ResourceEntry,
    Toolset,
    can_ask,
    completes,
    lists,
    prompt,
    resource,
    tool,
    watches,
)

SHELF = "shelf://{name}"


class Line(Result):
    """A line of text."""

    line: str

    def text(self) -> str:
        return self.line


class Lines(Result):
    """Many lines."""

    lines: list[str]


class Sure(BaseModel):
    """The form put before the person."""

    sure: bool = Field(description="Go on?")


class Sample(Toolset):
    """One of everything."""

    name = "sample"
    title = "Sample"
    summary = "one of everything."

    opened = 0
    watching: Annotated[set[str], "names with a running watcher"]

    @asynccontextmanager
    async def lifespan(self) -> AsyncGenerator[None]:
        self.watching = set()
        self.gate = anyio.Event()
        self.entered = anyio.Event()
        self.cancelled = anyio.Event()
        self.opened += 1
        yield
        self.opened -= 1

    @tool(title="Who", read_only=True, open_world=False)
    async def who(self, caller: Caller) -> Line:
        """Say who calls."""
        return Line(line=f"{caller.subject} {caller.client}")

    @tool(title="Change", read_only=False, open_world=False)
    async def change(self, name: Annotated[str, Field(description="Which one.")]) -> Line:
        """Announce a change."""
        self.services.changes.resource_updated(f"shelf://{name}")
        self.services.changes.resource_updated(f"shelf://{name}")
        self.services.changes.resource_list_changed()
        return Line(line="changed")

    @tool(title="Whisper", read_only=False, open_world=False)
    async def whisper(self, name: str, subject: str) -> Line:
        """Announce a change to one subject."""
        self.services.changes.resource_updated(f"shelf://{name}", subject=subject)
        return Line(line="whispered")

    @tool(title="Missing", read_only=True, open_world=False)
    async def missing(self) -> Line:
        """Fail as expected."""
        raise NotFound("There is no such shelf. Try shelf://a.")

    @tool(title="Crash", read_only=True, open_world=False)
    async def crash(self) -> Line:
        """Fail unexpectedly."""
        raise RuntimeError("password=hunter2")

    @tool(title="Wait", read_only=True, open_world=False, timeout=0.05)
    async def dawdle(self) -> Line:
        """Take too long."""
        await anyio.sleep_forever()
        raise AssertionError

    @tool(title="Time out inside", read_only=True, open_world=False)
    async def inner_timeout(self) -> Line:
        """Raise a TimeoutError of its own."""
        raise TimeoutError("connect timed out to 10.0.0.7")

    @tool(title="Hold", read_only=True, open_world=False)
    async def hold(self) -> Line:
        """Wait for the gate."""
        self.entered.set()
        try:
            await self.gate.wait()
        except anyio.get_cancelled_exc_class():
            self.cancelled.set()
            raise
        return Line(line="released")

    @tool(title="Step", read_only=True, open_world=False)
    async def step(self, progress: Progress) -> Line:
        """Report progress."""
        for number in range(3):
            await progress(number + 1, 3, f"step {number + 1}")
        return Line(line="stepped")

    @tool(title="Long text", read_only=True, open_world=False)
    async def long_text(self, characters: int) -> Line:
        """Return a long text."""
        return Line(line="word " * (characters // 5))

    @tool(title="Long list", read_only=True, open_world=False)
    async def long_list(self, count: int) -> Lines:
        """Return a long list."""
        return Lines(lines=[f"line {number} of the list" for number in range(count)])

    async def _ask(self, name: str, ctx: Context) -> Elicit[Sure] | Sure:
        return Elicit(f"Empty {name} on {self.title}?", Sure) if can_ask(ctx) else Sure(sure=False)

    @tool(title="Empty", read_only=False, open_world=False, destructive=True)
    async def empty(self, name: str, answer: Annotated[ElicitationResult[Sure], Resolve(_ask)]) -> Line:
        """Ask, then empty."""
        accepted = isinstance(answer, AcceptedElicitation) and answer.data.sure
        return Line(line=f"{name} {'emptied' if accepted else 'kept'}")

    @resource("shelf://all", title="All", mime_type="text/plain", ttl_seconds=5, public=True)
    async def all(self) -> str:
        """Everything."""
        return "everything"

    @resource(SHELF, title="Shelf", mime_type="text/plain", watched=True)
    async def shelf(self, name: str, caller: Caller) -> str:
        """One shelf."""
        if name == "none":
            raise NotFound("There is no shelf none.")
        return f"{name} of {caller.subject}"

    @lists(SHELF)
    async def shelves(self, caller: Caller) -> list[ResourceEntry]:
        """The shelves."""
        return [ResourceEntry(f"shelf://{number:03}", f"{number:03}", size=number) for number in range(250)]

    @completes(SHELF, "name")
    async def complete_shelf(self, value: str, caller: Caller) -> list[str]:
        """Complete a shelf."""
        return [f"{number:03}" for number in range(250) if f"{number:03}".startswith(value)]

    @watches(SHELF)
    async def watch_shelf(self, name: str) -> None:
        """Watch a shelf."""
        self.watching.add(name)
        try:
            await anyio.sleep_forever()
        finally:
            self.watching.discard(name)

    @prompt(title="Tidy")
    async def tidy(self, shelf: Annotated[str, Field(description="Which.")], caller: Caller, tone: str = "kind") -> str:
        """Tidy a shelf."""
        return f"Tidy {shelf} for {caller.subject} in a {tone} tone."

    @completes("tidy", "shelf")
    async def complete_tidy(self, value: str) -> list[str]:
        """Complete the prompt's shelf."""
        return ["a", "b"]
