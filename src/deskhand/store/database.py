"""The one database behind everything: a SQLite file that threads and processes share, or a PostgreSQL server.

A store module hands its work to `read` and `write`, which run it in a transaction with the tables of `tables.py`:

    await database.awrite(lambda connection: connection.execute(insert(token).values(…)))
    row = await database.aread(lambda connection: connection.execute(select(token)).first())
"""

import logging
import weakref
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Self, TypeVar

import sqlalchemy as sa
from anyio import CancelScope, to_thread
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as QueueTimeout

from deskhand.errors import Conflict, InvalidInput, Unavailable
from deskhand.store import engines
from deskhand.store.migrations import HEAD

logger = logging.getLogger(__name__)
T = TypeVar("T")
_MIGRATION_LOCK = 0x6465736B  # "desk": any number that no other program takes as an advisory lock


class Database:
    """A SQLite file (a path), SQLite in memory (`None`, for tests), or PostgreSQL (a URL).

    A SQLite file is brought to the newest tables when it is opened; PostgreSQL by `upgrade`, when the operator says so.

    Raises:
        Unavailable: it cannot be opened, is not a database, or stays locked.
        Conflict: a newer Deskhand wrote it; or it is a PostgreSQL whose tables are older.
        SettingsError: the URL is wrong.

    With `as_it_is` its tables are neither looked at nor upgraded, for `upgrade` itself and for `condition.py`.
    """

    def __init__(self, target: Path | str | None, *, as_it_is: bool = False) -> None:
        self.is_postgresql = isinstance(target, str)
        self.path = target if isinstance(target, Path) else None
        """The SQLite file, if it is one."""
        self._unsettled = False
        with self._as_unavailable():
            if isinstance(target, str):
                self._writer, self._reader = engines.postgresql(target)
            else:
                self._writer, self._reader = engines.sqlite_file(target) if target else engines.sqlite_memory()
        self._closing = weakref.finalize(self, _dispose, self._reader, self._writer)  # also when nobody closes it
        try:
            if self.is_postgresql:
                self._warn_of_a_role_above_the_law()
            if not as_it_is:
                self._check() if self.is_postgresql else self.upgrade()
        except BaseException:
            self.close()
            raise

    @classmethod
    def in_folder(cls, data_dir: Path) -> Self:
        """The SQLite file of an installation: `deskhand.db` in its data folder (`Settings.data_dir`)."""
        return cls(data_dir / "deskhand.db")

    @property
    def name(self) -> str:
        """What it is, for people: the file, or the server without user and password."""
        if self.is_postgresql:
            url = self._writer.url
            host = url.host or url.query.get("host") or "localhost"
            return f"PostgreSQL {host}:{url.port or 5432}/{url.database or ''}"
        return "the in-memory database" if self.path is None else str(self.path)

    def version(self) -> str | None:
        """The newest step its tables have; None before the first."""
        return self.read(_version)

    def upgrade(self) -> str | None:
        """Bring the tables to the newest step, all or nothing; the version there was before.

        Raises:
            Conflict: a newer Deskhand wrote it.
        """
        before = self.read(_version)
        if before != HEAD:
            self.write(_upgrade)
        return before

    def read(self, work: Callable[[sa.Connection], T], *, subject: str | None = None) -> T:
        """Run `work` on one consistent snapshot; it must not write. Fetch the rows inside.

        `subject` is whose private rows it may see (`tables.PRIVATE`, `TALKS`), as PostgreSQL enforces.
        """
        return self._run(self._reader, work, subject)

    def write(self, work: Callable[[sa.Connection], T], *, subject: str | None = None) -> T:
        """Run `work` in a transaction: on disk when this returns, undone when `work` raises. `subject` as in `read`."""
        done = self._run(self._writer, work, subject)
        if self._unsettled:
            self._settle()
        return done

    async def aread(self, work: Callable[[sa.Connection], T], *, subject: str | None = None) -> T:
        """`read`, without blocking the event loop."""
        return await to_thread.run_sync(lambda: self.read(work, subject=subject))

    async def awrite(self, work: Callable[[sa.Connection], T], *, subject: str | None = None) -> T:
        """`write`, without blocking the event loop. Once begun it completes, even when the caller is cancelled."""
        return await to_thread.run_sync(lambda: self.write(work, subject=subject))

    def overwrite_deleted(self, tables: Sequence[str]) -> bool:
        """Take what was deleted from these tables out of the files too; False while another program reads from before.

        A SQLite file is written anew and its log emptied: `secure_delete` puts zeros over deleted rows, but not over
        the copies that moving rows from page to page left behind. PostgreSQL gives the room of deleted rows free; its
        own log and its backups are its operator's.
        """
        with self._as_unavailable():
            if self.is_postgresql:
                with self._writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql(f"VACUUM {', '.join(tables)}")
                return True
            with self._writer.connect() as connection:
                connection.exec_driver_sql("COMMIT")  # the transaction that every connection begins with
                connection.exec_driver_sql("VACUUM")
                return connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0] == 0

    @asynccontextmanager
    async def lease(self, name: str) -> AsyncGenerator[bool]:
        """Whether nobody else on a PostgreSQL server has the lease of this name; if so, nobody gets it until the end.

        It ends with the connection too, so that a replica that was killed leaves none. On SQLite it is free.
        """
        if not self.is_postgresql:
            yield True
            return
        connection = await to_thread.run_sync(self._connected)
        try:
            yield await to_thread.run_sync(self._take, connection, name)
        finally:
            with CancelScope(shield=True):
                await to_thread.run_sync(self._give_back, connection)

    async def settle(self) -> bool:
        """Take what was just deleted out of SQLite's write-ahead log too; whether it is done.

        While somebody still reads from before it cannot be: then nobody waits, and each later write tries it again.
        """
        return await to_thread.run_sync(self._settle)

    def close(self) -> None:
        """Close all connections; what was written stays."""
        self._closing()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _run(self, engine: sa.Engine, work: Callable[[sa.Connection], T], subject: str | None) -> T:
        with self._as_unavailable(), engine.begin() as connection:
            if self.is_postgresql and subject is not None:
                _become(connection, subject)
            return work(connection)

    def _connected(self) -> sa.Connection:
        with self._as_unavailable():
            return self._writer.connect().execution_options(isolation_level="AUTOCOMMIT")

    def _take(self, connection: sa.Connection, name: str) -> bool:
        with self._as_unavailable():
            return bool(connection.execute(_LEASE, {"name": name}).scalar())

    def _give_back(self, connection: sa.Connection) -> None:
        with connection:
            try:
                connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            except DBAPIError:
                connection.invalidate()  # the lease ends with it

    def _settle(self) -> bool:
        """`settle`. Never raises: what was written stays written, and the log is only not empty yet."""
        if self.path is None:
            return True
        try:
            with self._as_unavailable(), engines.without_waiting(self._writer) as connection:
                self._unsettled = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0] != 0
        except Unavailable as error:
            self._unsettled = True
            logger.warning("What was deleted may still be in the log of %s: %s", self.name, error.message)
        return not self._unsettled

    def _check(self) -> None:
        version = self.read(_version)
        if version != HEAD:
            raise Conflict(_told(version) if _is_newer(version) else f"{self.name} cannot be used yet: {_OLDER}")

    @contextmanager
    def _as_unavailable(self) -> Generator[None]:
        try:
            yield
        except IntegrityError:
            raise  # a broken constraint is for the store module to explain
        except DBAPIError as error:  # its own text would show the statement and the values
            raise Unavailable(self._unusable(engines.reason(error))) from error
        except (QueueTimeout, OSError) as error:
            raise Unavailable(self._unusable(error)) from error

    def _unusable(self, reason: BaseException | str) -> str:
        where = "the server, or database.url" if self.is_postgresql else "the disk, or data_dir"
        name = self.name if hasattr(self, "_writer") or not self.is_postgresql else "PostgreSQL"
        return f"Cannot use {name}: {str(reason).strip()}. Check {where} in the settings."

    def _warn_of_a_role_above_the_law(self) -> None:
        if self.read(is_above_row_security):
            logger.warning("%s", ABOVE_ROW_SECURITY)


ABOVE_ROW_SECURITY = (
    "The role of database.url is a superuser or has BYPASSRLS, so PostgreSQL does not keep people's memories apart; "
    "Deskhand still does. Give it an ordinary role that owns the database."
)
_BECOME = sa.text("SELECT set_config('deskhand.subject', :subject, true)")
_LEASE = sa.text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_OLDER = "its tables are missing or older than this Deskhand. Run `deskhand db upgrade` once, then start again."


def _become(connection: sa.Connection, subject: str) -> None:
    """See and write only this person's private rows, until the transaction ends."""
    if "\0" in subject:  # PostgreSQL has no such character, and putting another there would make two people one
        raise InvalidInput("The name of whom this belongs to contains the character U+0000, which no name may.")
    connection.execute(_BECOME, {"subject": subject})


def is_above_row_security(connection: sa.Connection) -> bool:
    """Whether PostgreSQL lets this role see everybody's rows whatever the policies say."""
    query = sa.text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    return bool(connection.execute(query).scalar())


def everyone(connection: sa.Connection) -> None:
    """Let the rest of this transaction see the private rows of all: only for backup, restore and lists of people."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT set_config('deskhand.everyone', 'on', true)"))


def _dispose(*engines_left: sa.Engine) -> None:
    for engine in engines_left:
        engine.dispose()


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _is_newer(version: str | None) -> bool:
    return version is not None and version > HEAD


def _told(version: str | None) -> str:
    return (
        f"The tables of this database are at version {version}, but this Deskhand knows up to {HEAD}. "
        "Use the newer Deskhand that wrote them, or another data_dir."
    )


def _upgrade(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    version = _version(connection)  # again, now under the lock: another process may have done it
    if _is_newer(version):
        raise Conflict(_told(version))
    if version != HEAD:
        from deskhand.store.migrate import upgrade

        upgrade(connection)
