"""Noticing that what somebody follows reads differently: other processes write too, and time goes by."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import anyio

from deskhand.errors import DeskhandError
from deskhand.principal import Principal
from deskhand.services import Changes
from deskhand.store.personal import Revision
from deskhand.toolsets.memory.backend import MemoryBackend

logger = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
"""How often each follower's revision is looked at: one row, by its key."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How something reads, and when it will read differently though nobody writes."""

    text: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    revision: Revision
    reading: Reading


class Watching:
    """Announces to each follower of `uri`, and to nobody else, when it reads differently for that person."""

    def __init__(self, uri: str, backend: MemoryBackend, changes: Changes, now: Callable[[], datetime]) -> None:
        self._uri = uri
        self._backend = backend
        self._changes = changes
        self._now = now
        self._seen: dict[str, _Seen] = {}

    async def run(self, read: Callable[[Principal], Awaitable[Reading]]) -> None:
        """Look again and again until cancelled; an outage of the database is no news."""
        while True:
            followers = self._changes.followers(self._uri)
            self._seen = {subject: seen for subject, seen in self._seen.items() if subject in followers}
            for subject in followers:
                try:
                    await self._look(Principal(subject), read)
                except DeskhandError as error:
                    logger.info("%s cannot be looked at now: %s", self._uri, error.message)
            await anyio.sleep(LOOK_SECONDS)

    async def _look(self, person: Principal, read: Callable[[Principal], Awaitable[Reading]]) -> None:
        revision, known = await self._backend.revision(person), self._seen.get(person.subject)
        if known and known.revision == revision and not self._is_over(known.reading):
            return
        reading = await read(person)
        self._seen[person.subject] = _Seen(revision, reading)
        if known and reading.text != known.reading.text:
            self._changes.resource_updated(self._uri, subject=person.subject)

    def _is_over(self, reading: Reading) -> bool:
        return reading.until is not None and reading.until <= self._now()
