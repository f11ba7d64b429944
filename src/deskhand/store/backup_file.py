"""A backup: one SQLite file with the tables as `migrations/` makes them, what is in it, and how to know it is whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from deskhand.errors import Conflict, InvalidInput, NotFound, Unavailable
from deskhand.store import engines
from deskhand.store.copying import BATCH
from deskhand.store.migrations import HEAD
from deskhand.store.tally import Tally

LABEL = sa.MetaData()
"""The tables that make a file a backup."""

made = sa.Table(
    "backup_made",
    LABEL,
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("deskhand", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
)
tallies = sa.Table(
    "backup_tally",
    LABEL,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
)

_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a backup."""

    at: datetime
    """When it was made: the database as it was at that moment."""
    deskhand: str
    """The Deskhand that made it."""
    version: str
    """The newest step its tables have."""
    rows: dict[str, int]
    digests: dict[str, str]


def verified(file: Path, *, called: Path | None = None) -> Contents:
    """What is in a backup, after reading all of it. `called` is its name in messages, if it is not its own.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it is something else.
        Unavailable: it is damaged, or cannot be read.
        Conflict: a newer Deskhand made it.
    """
    name = called or file
    _check_is_sqlite(file, name)
    engine = engines.sqlite_frozen(file)
    try:
        with engine.connect() as connection:
            contents = _contents(connection, name)
            damage = _damage(connection, contents)
    except DBAPIError as error:
        raise Unavailable(f"{name} is damaged: {engines.reason(error)}. Use another backup.") from error
    finally:
        engine.dispose()
    if damage:
        raise Unavailable(f"{name} is damaged: {damage}. Use another backup.")
    return contents


def _check_is_sqlite(file: Path, name: Path) -> None:
    try:
        with file.open("rb") as stream:
            begins = stream.read(len(_MAGIC))
    except FileNotFoundError:
        raise NotFound(f"There is no file {name}.") from None
    except OSError as error:
        raise Unavailable(f"Cannot read {name}: {error.strerror}.") from error
    if begins != _MAGIC:
        raise InvalidInput(f"{name} is no backup: expected a file that `deskhand backup` made.")


def _contents(connection: sa.Connection, name: Path) -> Contents:
    there = {row.name: row.type for row in connection.exec_driver_sql("SELECT name, type FROM sqlite_master")}
    if not {made.name, tallies.name} <= set(there) or not set(there.values()) <= {"table", "index"}:
        raise InvalidInput(f"{name} is a SQLite file, but no backup: expected one that `deskhand backup` made.")
    label = connection.execute(sa.select(made)).one()
    if label.version > HEAD:
        raise Conflict(
            f"{name} was made by Deskhand {label.deskhand} and is at version {label.version}, but this Deskhand knows "
            f"up to {HEAD}. Restore it with that Deskhand or a newer one."
        )
    counted = connection.execute(sa.select(tallies)).all()
    return Contents(
        at=datetime.fromisoformat(label.at),
        deskhand=label.deskhand,
        version=label.version,
        rows={row.name: row.rows for row in counted},
        digests={row.name: row.digest for row in counted},
    )


def _damage(connection: sa.Connection, contents: Contents) -> str | None:
    """What is wrong with the rows, if anything."""
    said = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar())
    if said != "ok":
        return " ".join(said.split())
    version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if version != contents.version:
        return f"its tables are at version {version}, but it should be {contents.version}"
    for name in contents.rows:
        tally = Tally()
        for batch in _raw_rows(connection, name):
            tally.add(batch)
        if tally.rows != contents.rows[name]:
            return f"{name} has {tally.rows} rows, but it should have {contents.rows[name]}"
        if tally.digest != contents.digests[name]:
            return f"the rows of {name} are not those that were saved"
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        return "it has rows that belong to rows that are not there"
    return None


def _raw_rows(connection: sa.Connection, table: str) -> Iterator[list[dict[str, object]]]:
    """A table's rows as they lie in the file: its columns are those of the version that made it."""
    quoted = connection.dialect.identifier_preparer.quote_identifier(table)
    rows = connection.exec_driver_sql(f"SELECT * FROM {quoted}").mappings()
    for batch in rows.partitions(BATCH):
        yield [dict(row) for row in batch]
