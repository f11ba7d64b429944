"""Who did what, when, and how it ended: one row for each call, with a hash of the arguments and never a secret.

Rows are written in batches, off the path of the call: a crash can lose the last `FLUSH_SECONDS` of them.
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import anyio
from pydantic import BaseModel, ConfigDict, Field

from deskhand.store.database import Database

FLUSH_SECONDS = 0.1

_SCHEMA = (
    """
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        subject TEXT NOT NULL,
        client TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        outcome TEXT NOT NULL,
        milliseconds REAL NOT NULL,
        arguments_hash TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_by_subject ON audit (subject, id);
    """,
)
_COLUMNS = "at, subject, client, kind, name, outcome, milliseconds, arguments_hash"


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


class Audit:
    """The audit table. `append` returns at once; the rows reach the disk while `running()` is entered."""

    def __init__(self, database: Database) -> None:
        database.migrate("audit", _SCHEMA)
        self._database = database
        self._pending: list[AuditEntry] = []
        self._wake = anyio.Event()

    def append(self, entry: AuditEntry) -> None:
        """Take one row."""
        self._pending.append(entry)
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
                with anyio.CancelScope(shield=True):
                    await self.flush()

    async def flush(self) -> None:
        """Write the rows taken so far."""
        batch, self._pending = self._pending, []
        if batch:
            await self._database.awrite(lambda connection: _insert(connection, batch))

    async def query(self, subject: str | None = None, *, limit: int = 100) -> list[AuditEntry]:
        """The newest rows first, of one subject or of all."""
        where, values = ("WHERE subject = ?", (subject, limit)) if subject is not None else ("", (limit,))
        statement = f"SELECT {_COLUMNS} FROM audit {where} ORDER BY id DESC LIMIT ?"
        rows = await self._database.aread(lambda connection: connection.execute(statement, values).fetchall())
        names = _COLUMNS.split(", ")
        return [AuditEntry.model_validate(dict(zip(names, row, strict=True))) for row in rows]

    async def _write_on(self) -> None:
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            await anyio.sleep(FLUSH_SECONDS)  # let a batch gather: one commit costs as much as a hundred rows
            with anyio.CancelScope(shield=True):  # a batch taken is a batch written
                await self.flush()


def _insert(connection: sqlite3.Connection, batch: list[AuditEntry]) -> None:
    connection.executemany(
        f"INSERT INTO audit ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(entry.at.isoformat(), *(getattr(entry, name) for name in _COLUMNS.split(", ")[1:])) for entry in batch],
    )
