"""The memory of one person, opened for a command."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import anyio

from deskhand.cli.database import database_of
from deskhand.cli.exit_codes import explained
from deskhand.cli.memory_wording import Reader, for_commands
from deskhand.errors import DeskhandError, NotFound
from deskhand.principal import Principal
from deskhand.retrieval.find import find_embedder
from deskhand.settings import Settings, load
from deskhand.store.database import Database
from deskhand.store.memories import MemoryTable
from deskhand.store.tokens import Tokens
from deskhand.toolsets.memory.backend import MemoryBackend, MemoryOptions
from deskhand.toolsets.memory.toolset import MemorySettings
from deskhand.zone import Zone, zone_of

T = TypeVar("T")
CLIENT = "deskhand memory"
"""Which program the versions made here say they come from."""


@dataclass(frozen=True, slots=True)
class Access:
    """The memory of everybody, and whose it is that the command is about."""

    settings: Settings
    database: Database
    backend: MemoryBackend
    caller: Principal
    zone: Zone

    def reader(self) -> Reader:
        """How times and authors read to whoever runs the command."""
        labels = {f"token:{token.id}": token.label for token in Tokens(self.database).every()}
        return Reader(self.zone, datetime.now(UTC), labels)

    async def counts(self) -> dict[str, tuple[int, int]]:
        """Who has memories: how many, and how many versions, by subject."""
        people = self.backend.people
        return {
            subject: await people.person(subject).read(lambda rows: MemoryTable(rows).count())
            for subject in sorted(await people.subjects())
        }

    async def others(self) -> dict[str, int]:
        """How many memories each other person has, those with the most first."""
        memories = {subject: count for subject, (count, _) in (await self.counts()).items() if count}
        memories.pop(self.caller.subject, None)
        return dict(sorted(memories.items(), key=lambda one: -one[1]))


def with_memory(user: str, work: Callable[[Access], Awaitable[T]]) -> T:
    """Run a command's work on the memory of `user`; errors are told as commands tell them.

    Whoever can run this can read the database, so nobody is asked who they are.
    """

    async def run() -> T:
        async with _opened(user) as access:
            return await work(access)

    try:
        return anyio.run(run)
    except NotFound as error:
        raise explained(NotFound(for_commands(error.message))) from error
    except DeskhandError as error:
        raise explained(error) from error


@asynccontextmanager
async def _opened(user: str) -> AsyncGenerator[Access]:
    settings = load().settings
    own = MemorySettings.model_validate(settings.toolsets.sections.get("memory", {}))
    zone = zone_of(settings.time_zone)
    embedding = find_embedder(settings)
    try:
        with database_of(settings) as database:
            options = MemoryOptions(zone, own.conversations)
            backend = MemoryBackend(database, embedding, options, lambda: datetime.now(UTC))
            yield Access(settings, database, backend, Principal(user, CLIENT), zone)
    finally:
        if embedding.embedder is not None:
            await embedding.embedder.aclose()
