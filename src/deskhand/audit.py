"""Who did what, when, and how it ended: one row for each call, with a hash of the arguments and never a secret.

Rows are written in batches, off the path of the call: a crash can lose the last `FLUSH_SECONDS` of them. While the
disk takes none, up to `MOST_PENDING` wait for it; calls go on, and the log says that rows wait, or how many are lost.
Rows older than the days that the settings name go with the first batch of an hour.
"""

import logging
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import anyio
import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from deskhand.errors import Unavailable
from deskhand.store.database import Database
from deskhand.store.tables import audit as audit_table

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.1
RETRY_SECONDS = 2.0
MOST_PENDING = 10_000
PRUNE_SECONDS = 3600.0
"""Old rows are deleted at most this often."""
NAME_CHARACTERS = 500
"""Most of a name that is kept: the name of a resource is whatever address a caller wrote."""


def _now() -> datetime:
    return datetime.now(UTC)


class AuditEntry(BaseModel):
    """One call. `outcome` is `ok`, `cancelled`, `denied`, `protocol_error` or the code of a DeskhandError."""

    model_config = ConfigDict(frozen=True)

    at: datetime = Field(default_factory=_now)
    subject: str
    client: str
    kind: str
    name: str
    outcome: str
    milliseconds: float
    arguments_hash: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are looked for; an empty field asks nothing."""

    name: str = ""
    """What the name holds, in any case."""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is too late."""
    before: int | None = None
    """Rows older than that of this number: how one goes on where a page ended."""


class Audit:
    """The audit table. `append` returns at once; the rows reach the disk while `running()` is entered.

    A row is kept for `days`; None keeps it for ever.
    """

    def __init__(self, database: Database, *, days: int | None = None) -> None:
        self._database = database
        self._days = days
        self._prune_at = time.monotonic()
        self._pending: list[AuditEntry] = []
        self._wake = anyio.Event()

    def append(self, entry: AuditEntry) -> None:
        """Take one row."""
        self._pending.append(entry.model_copy(update={"name": entry.name[:NAME_CHARACTERS]}))
        self._wake.set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Write rows in the background; leaving writes what is left."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._write_on)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()
                await self._try_flush()
                if self._pending:
                    logger.error("%d audit rows are lost", len(self._pending))

    async def flush(self) -> None:
        """Write the rows taken so far.

        Raises:
            Unavailable: the database does not take them; they wait for the next time.
        """
        batch, self._pending = self._pending, []
        if not batch:
            return
        oldest = self._oldest()

        def write(connection: sa.Connection) -> None:
            _insert(connection, batch)
            if oldest is not None:
                connection.execute(sa.delete(audit_table).where(audit_table.c.at < oldest.isoformat()))

        try:
            await self._database.awrite(write)
        except Unavailable:
            waiting = batch + self._pending
            self._pending = waiting[-MOST_PENDING:]
            if len(waiting) > MOST_PENDING:
                logger.error("%d audit rows are lost", len(waiting) - MOST_PENDING)
            raise
        if oldest is not None:
            self._prune_at = time.monotonic() + PRUNE_SECONDS

    async def query(self, subject: str | None = None, *, limit: int = 100) -> list[AuditEntry]:
        """The newest rows first, of one subject or of all."""
        query = sa.select(audit_table).order_by(audit_table.c.id.desc()).limit(limit)
        if subject is not None:
            query = query.where(audit_table.c.subject == subject)
        rows = await self._database.aread(lambda connection: connection.execute(query).mappings().all())
        return [AuditEntry.model_validate(dict(row)) for row in rows]

    async def search(self, subject: str, wanted: Wanted, *, limit: int = 100) -> list[tuple[int, AuditEntry]]:
        """Rows of one subject with their numbers, the newest first.

        What was taken only just now is written first, so that it is found. Where the database takes nothing, what it
        has is found all the same.
        """
        with suppress(Unavailable):
            await self.flush()
        query = sa.select(audit_table).where(audit_table.c.subject == subject, *_conditions(wanted))
        query = query.order_by(audit_table.c.id.desc()).limit(limit)
        rows = await self._database.aread(lambda connection: connection.execute(query).mappings().all())
        return [(int(row["id"]), AuditEntry.model_validate(dict(row))) for row in rows]

    async def outcomes(self, subject: str) -> list[str]:
        """How calls of one subject ended so far, each once."""
        query = sa.select(audit_table.c.outcome).where(audit_table.c.subject == subject).distinct()
        rows = await self._database.aread(lambda connection: connection.execute(query).scalars().all())
        return sorted(rows)

    def _oldest(self) -> datetime | None:
        """When a row must have been written to stay; None while no row needs to go."""
        if self._days is None or time.monotonic() < self._prune_at:
            return None
        return _now() - timedelta(days=self._days)

    async def _write_on(self) -> None:
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            await anyio.sleep(FLUSH_SECONDS)  # let a batch gather: one commit costs as much as a hundred rows
            if not await self._try_flush():
                await anyio.sleep(RETRY_SECONDS)
                self._wake.set()

    async def _try_flush(self) -> bool:
        try:
            with anyio.CancelScope(shield=True):  # a batch taken is a batch written
                await self.flush()
        except Unavailable as error:
            logger.error("%d audit rows cannot be written yet: %s", len(self._pending), error.message)
            return False
        return True


def _conditions(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    columns = audit_table.c
    if wanted.name:
        yield sa.func.lower(columns.name).contains(wanted.name.lower(), autoescape=True)
    if wanted.outcome:
        yield columns.outcome == wanted.outcome
    if wanted.since is not None:
        yield columns.at >= wanted.since.astimezone(UTC).isoformat()
    if wanted.until is not None:
        yield columns.at < wanted.until.astimezone(UTC).isoformat()
    if wanted.before is not None:
        yield columns.id < wanted.before


def _insert(connection: sa.Connection, batch: list[AuditEntry]) -> None:
    rows = [entry.model_dump() | {"at": entry.at.isoformat()} for entry in batch]
    connection.execute(sa.insert(audit_table), rows)
