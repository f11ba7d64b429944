"""What state the database is in: for `deskhand db status`."""

from dataclasses import dataclass

import sqlalchemy as sa

from deskhand.store.copying import count
from deskhand.store.database import ABOVE_ROW_SECURITY, Database, everyone, is_above_row_security
from deskhand.store.migrations import HEAD
from deskhand.store.tables import METADATA

_NOT_UPGRADED = "The tables are not those of this Deskhand: run `deskhand db upgrade`."


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of a database. `version` is None before the first upgrade; `rows` has the tables that are there."""

    name: str
    engine: str
    version: str | None
    rows: dict[str, int]
    size: int
    """Bytes on disk."""
    problems: tuple[str, ...]
    """What is wrong, each with what to do."""


def condition(database: Database) -> Condition:
    """Look at a database, all of it: on SQLite this reads the whole file. It may have been opened `as_it_is`.

    Raises:
        Unavailable: it cannot be read.
    """
    version = database.version()

    def work(connection: sa.Connection) -> Condition:
        everyone(connection)
        there = set(sa.inspect(connection).get_table_names())
        problems = [] if version == HEAD else [_NOT_UPGRADED]
        problems += _postgresql_problems(connection) if database.is_postgresql else _sqlite_problems(connection)
        return Condition(
            name=database.name,
            engine=_engine(connection),
            version=version,
            rows={table.name: count(connection, table) for table in METADATA.sorted_tables if table.name in there},
            size=connection.exec_driver_sql(_SIZES[connection.dialect.name]).scalar_one(),
            problems=tuple(problems),
        )

    return database.read(work)


_SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    "postgresql": "SELECT pg_database_size(current_database())",
}
_SAFE_VALUES = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on local remote_write remote_apply",
    "server_encoding": "UTF8",
}
"""Settings of PostgreSQL, and the values with which it keeps what it acknowledged, and every text."""


def _engine(connection: sa.Connection) -> str:
    if connection.dialect.name == "postgresql":
        return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}"
    return f"SQLite {connection.exec_driver_sql('SELECT sqlite_version()').scalar_one()}"


def _sqlite_problems(connection: sa.Connection) -> list[str]:
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(10)")]
    problems = [] if found == ["ok"] else [f"The file is damaged: {said}. Restore a backup." for said in found]
    orphans = len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())
    return problems + ([f"{orphans} rows belong to rows that are gone. Restore a backup."] if orphans else [])


def _postgresql_problems(connection: sa.Connection) -> list[str]:
    problems = [ABOVE_ROW_SECURITY] if is_above_row_security(connection) else []
    for name, good in _SAFE_VALUES.items():
        value = connection.exec_driver_sql(f"SHOW {name}").scalar_one()
        if value not in good.split():
            problems.append(f"{name} of the server is {value!r}: saved data can be lost. Set it to {good.split()[0]}.")
    return problems
