"""How the one database is opened: a SQLite file, SQLite in memory, or a PostgreSQL server."""

import os
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from deskhand.errors import SettingsError

BUSY_SECONDS = 10.0
"""How long a statement waits for another process's write before it gives up."""
_QUEUE_SECONDS = 30.0
"""How long a thread waits for its turn at a connection."""
_READERS = 4
_LOCK_SECONDS = 30
"""How long PostgreSQL waits for another transaction's lock."""
_LIBPQ = {
    "application_name": "deskhand",
    "connect_timeout": round(BUSY_SECONDS),
    # A server that vanished without a word is found dead in a minute, not in the two hours that TCP would take.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""Parameters of a connection, unless the URL has its own."""


def sqlite_file(path: Path) -> tuple[sa.Engine, sa.Engine]:
    """A writing and a reading engine on a file in WAL mode, flushed to disk at every commit, for its owner only."""
    _make_private(path)
    return _sqlite(lambda: _connect(path), "BEGIN IMMEDIATE", 1), _sqlite(
        lambda: _connect(path, read_only=True), "BEGIN", _READERS
    )


def sqlite_memory() -> tuple[sa.Engine, sa.Engine]:
    """One connection for both: a database in memory is its connection's own."""
    engine = _sqlite(lambda: _connect(None), "BEGIN IMMEDIATE", 1)
    return engine, engine


def sqlite_scratch(path: Path) -> sa.Engine:
    """An existing file that nobody else has open, and that is thrown away if writing it fails: no journal, no flush."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = DELETE")  # from now on it is one file again
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    return _sqlite(connect, "BEGIN", 1)


def sqlite_frozen(path: Path) -> sa.Engine:
    """A file that nobody writes, wherever it lies: read without locks, and without running what its schema says."""
    return _sqlite(lambda: _connect_frozen(path), "BEGIN", 1)


@contextmanager
def without_waiting(engine: sa.Engine) -> Generator[sa.Connection]:
    """A connection to SQLite, in no transaction, whose statements give up at once when another has a lock."""
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")  # the transaction that every connection begins with
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        try:
            yield connection
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1_000)}")


def postgresql(url: str) -> tuple[sa.Engine, sa.Engine]:
    """A writing and a reading engine on one pool of connections to a server.

    Raises:
        SettingsError: it is no PostgreSQL URL, or the driver is not installed.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingsError(
            "database.url is not a URL. Expected postgresql://user:password@host:5432/database."
        ) from None  # its own text may show the password
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise SettingsError(
            f"database.url starts with {parsed.drivername!r}. Expected postgresql://…; "
            "for SQLite leave database.url out and set data_dir."
        )
    try:
        engine = sa.create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=10,
            max_overflow=10,
            pool_timeout=_QUEUE_SECONDS,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={name: value for name, value in _LIBPQ.items() if name not in parsed.query},
        )
    except ImportError as error:
        raise SettingsError("PostgreSQL needs its driver: pip install 'deskhand[postgres]'.") from error
    event.listen(engine, "connect", _give_up_in_time)
    event.listen(engine, "connect", _take_any_text)
    return engine, engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def reason(error: DBAPIError) -> str:
    """Why a statement failed, in one line; PostgreSQL adds lines with the statement and the values, left out here."""
    said = getattr(getattr(error.orig, "diag", None), "message_primary", None) or str(error.orig or "no answer")
    return " ".join(said.split())


def _give_up_in_time(connection: Any, _: object) -> None:
    """See that a server of ours that hangs in a transaction does not keep the others waiting for ever."""
    connection.execute(f"SET lock_timeout = '{_LOCK_SECONDS}s'")
    connection.execute(f"SET idle_in_transaction_session_timeout = '{2 * _LOCK_SECONDS}s'")
    connection.commit()


def _take_any_text(connection: Any, _: object) -> None:
    """Let text with U+0000 in: PostgreSQL cannot keep that character, and a tool's output or a name may hold it."""
    from psycopg.types.string import StrDumperUnknown

    class AnyText(StrDumperUnknown):
        def dump(self, obj: str) -> bytes | bytearray | memoryview | None:
            return super().dump(obj.replace("\0", "\ufffd"))

    connection.adapters.register_dumper(str, AnyText)


def _sqlite(connect: Callable[[], sqlite3.Connection], begin: str, connections: int) -> sa.Engine:
    engine = sa.create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=_QUEUE_SECONDS,
        hide_parameters=True,
    )

    # The driver begins nothing by itself (isolation_level=None), so that a write takes the lock at its start.
    # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html, "Enabling Non-Legacy SQLite Transactional Modes"
    @event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.exec_driver_sql(begin)

    return engine


def _make_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        # Never open an existing database here: closing any descriptor of it drops this process's POSIX locks on it
        # (https://sqlite.org/howtocorrupt.html, section 2.2). SQLite gives -wal and -shm the mode of the file.
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)


def _connect(path: Path | None, *, read_only: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(
        ":memory:" if path is None else path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what was forgotten is overwritten with zeros
        connection.execute(f"PRAGMA query_only = {int(read_only)}")
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_frozen(path: Path) -> sqlite3.Connection:
    # https://sqlite.org/uri.html: immutable leaves a journal of another file of this name alone.
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema = OFF")
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
