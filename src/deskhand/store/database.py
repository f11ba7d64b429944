"""A SQLite database that several tasks, threads and processes can share, and that keeps what it said it saved.

A store module owns its tables: it hands its schema steps to `migrate`, and its statements to `read` and `write`.

    database.migrate("tokens", ("CREATE TABLE token (…)",))
    await database.awrite(lambda connection: connection.execute("INSERT …", (…)))
    row = await database.aread(lambda connection: connection.execute("SELECT …").fetchone())
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar

from anyio import to_thread

from deskhand.errors import Conflict, Unavailable

T = TypeVar("T")
BUSY_SECONDS = 10.0
"""How long a statement waits for another process's write before it gives up."""

_VERSIONS = "CREATE TABLE IF NOT EXISTS schema_version (module TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT"


class Database:
    """One SQLite file in WAL mode, flushed to disk at every commit; `None` keeps it in memory, for tests.

    One connection writes and one reads, each under its own lock, so reading does not wait for a commit. The file is
    readable by its owner only, and so is its folder when the database makes it.

    Raises:
        Unavailable: the file cannot be opened, is not a database, or stays locked for `BUSY_SECONDS`.
    """

    def __init__(self, path: Path | None) -> None:
        self._name = "the in-memory database" if path is None else str(path)
        with self._as_unavailable():
            if path is not None:
                _make_private(path)
            self._writer = _connect(path)
            self._reader = self._writer if path is None else _connect(path, read_only=True)
        self._writing = threading.RLock()
        self._reading = self._writing if path is None else threading.RLock()
        self.write(lambda connection: connection.execute(_VERSIONS))

    @classmethod
    def in_folder(cls, data_dir: Path) -> Self:
        """The one database of an installation: `deskhand.db` in its data folder (`Settings.data_dir`)."""
        return cls(data_dir / "deskhand.db")

    def migrate(self, module: str, steps: Sequence[str]) -> None:
        """Bring a module's tables up to date: apply the steps that this file has not seen, each exactly once.

        A step is SQL of one or more statements. Steps are only ever appended; their number is the version.

        Raises:
            Conflict: the file was written by a newer Deskhand, which knows more steps.
        """
        if self.read(lambda connection: _version(connection, module)) != len(steps):
            self.write(lambda connection: _apply(connection, module, steps))

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on one consistent snapshot; it must not write. Fetch the rows inside."""
        with self._reading, self._as_unavailable(), _transaction(self._reader, "BEGIN"):
            return work(self._reader)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in a transaction: on disk when this returns, undone when `work` raises."""
        with self._writing, self._as_unavailable(), _transaction(self._writer, "BEGIN IMMEDIATE"):
            return work(self._writer)

    async def aread(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """`read`, without blocking the event loop."""
        return await to_thread.run_sync(self.read, work)

    async def awrite(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """`write`, without blocking the event loop. Once begun it completes, even when the caller is cancelled."""
        return await to_thread.run_sync(self.write, work)

    def close(self) -> None:
        """Close the file; what was written stays."""
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextmanager
    def _as_unavailable(self) -> Generator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise  # a broken constraint is for the store module to explain
        except (sqlite3.DatabaseError, OSError) as error:
            raise Unavailable(
                f"Cannot use {self._name}: {error}. Check the disk, or data_dir in the settings."
            ) from error


def _make_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        # Never open an existing database here: closing any descriptor of it drops this process's POSIX locks on it
        # (https://sqlite.org/howtocorrupt.html, section 2.2). SQLite gives -wal and -shm the mode of the file.
        path.chmod(0o600)


def _connect(path: Path | None, *, read_only: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(
        ":memory:" if path is None else path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA query_only = {int(read_only)}")
    except BaseException:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; the switch itself does not honour the busy timeout, so processes starting together retry."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Generator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, module: str) -> int:
    row = connection.execute("SELECT version FROM schema_version WHERE module = ?", (module,)).fetchone()
    return 0 if row is None else int(row[0])


def _apply(connection: sqlite3.Connection, module: str, steps: Sequence[str]) -> None:
    version = _version(connection, module)  # again, now under the write lock: another process may have done it
    if version > len(steps):
        raise Conflict(
            f"The tables of {module} are at version {version}, but this Deskhand knows up to {len(steps)}. "
            "Use the newer Deskhand that wrote them, or another data_dir."
        )
    for step in steps[version:]:
        for statement in _statements(step):
            connection.execute(statement)
    connection.execute("INSERT OR REPLACE INTO schema_version VALUES (?, ?)", (module, len(steps)))


def _statements(step: str) -> list[str]:
    """Split a step at its statement ends. `executescript` would commit the transaction first."""
    found: list[str] = []
    rest = ""
    for piece in step.split(";"):
        rest += piece + ";"
        if sqlite3.complete_statement(rest):
            found.append(rest)
            rest = ""
    return found
