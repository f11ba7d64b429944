"""The profile: what is remembered of the person, in short, as a part of what the model sees in each turn.

It is the resource `memory://profile` of the memory server, watched, and read anew before a turn when it may have
changed: a server that cannot tell is asked before each turn. A memory that is away or slow never fails a turn; the
profile as it was last read stands.
"""

import logging
from typing import Protocol

import anyio
import mcp_types

from deskhand.context.tokens import estimate
from deskhand.errors import DeskhandError
from deskhand.host.events import Event, MemoryChanged, ResourceChanged
from deskhand.host.memory import PROFILE, MemoryServer, memory_server
from deskhand.host.tools import ToolSource

MOST_TOKENS = 500
"""Of the profile in the system prompt; the memory toolset keeps to it too."""
PATIENCE_SECONDS = 2.0
"""How long a turn waits for the profile."""

_log = logging.getLogger(__name__)


class ProfileSource(ToolSource, Protocol):
    """Where the profile comes from: the connections, or a fake in tests."""

    async def read_resource(self, server: str, uri: str) -> mcp_types.ReadResourceResult:
        """Read a resource.

        Raises:
            DeskhandError: there is none, or its server is away.
        """
        ...

    async def watch(self, server: str, uri: str) -> None:
        """Emit `ResourceChanged` whenever a resource changes, from when this returns.

        Raises:
            DeskhandError: the server refuses, or is not there.
        """
        ...


class Profile:
    """The profile in one conversation."""

    def __init__(self, source: ProfileSource, *, wanted: bool) -> None:
        self._source = source
        self._wanted = wanted
        self._server: MemoryServer | None = None
        self._of: str = ""
        self._text = ""
        self._watched = False
        self._changes = 0
        self._read_at = -1
        """How many changes had been heard of when it was read."""

    @property
    def server(self) -> MemoryServer | None:
        """The memory that is there in this turn."""
        return self._server

    @property
    def text(self) -> str:
        """The profile in Markdown; empty where nothing is in it, or nothing could be read."""
        return self._text

    async def refresh(self) -> None:
        """Before a turn: find the memory, and read the profile where it may have changed. Never fails."""
        self._server = memory_server(self._source.tools()) if self._wanted else None
        if self._server is None:
            return
        if self._server.name != self._of:
            self._of, self._text, self._watched, self._read_at = self._server.name, "", False, -1
        if self._watched and self._read_at == self._changes:
            return
        with anyio.move_on_after(PATIENCE_SECONDS) as waiting:
            try:
                await self._read(self._of)
            except DeskhandError as error:
                _log.info("The profile of %s was not read: %s", self._of, error.message)
        if waiting.cancelled_caught:
            _log.info("The profile of %s was not read within %g s", self._of, PATIENCE_SECONDS)

    def heard(self, event: Event) -> bool:
        """Take notice of an event; tells whether it was meant for the profile only, and for nobody else."""
        if isinstance(event, MemoryChanged) and event.server == self._of:
            self._changes += 1  # the server says so as well, but that may come after the next turn began
        if isinstance(event, ResourceChanged) and (event.server, event.uri) == (self._of, PROFILE):
            self._changes += 1
            return True
        return False

    async def _read(self, server: str) -> None:
        if not self._watched:
            self._watched = await self._watch(server)
        changes = self._changes
        contents = (await self._source.read_resource(server, PROFILE)).contents
        text = "\n".join(part.text for part in contents if isinstance(part, mcp_types.TextResourceContents))
        self._text, self._read_at = bounded(text), changes

    async def _watch(self, server: str) -> bool:
        try:
            await self._source.watch(server, PROFILE)
        except DeskhandError as error:
            _log.info("The profile of %s cannot be watched and is read before each turn: %s", server, error.message)
            return False
        return True


def bounded(text: str) -> str:
    """The lines of a profile that fit into `MOST_TOKENS`; nothing where none of them is an item of a list.

    A profile is a list. One without items says only that it is empty.
    """
    kept: list[str] = []
    for line in text.strip().splitlines():
        if estimate("\n".join([*kept, line])) > MOST_TOKENS:
            break
        kept.append(line)
    return "\n".join(kept) if any(line.startswith("- ") for line in kept) else ""
