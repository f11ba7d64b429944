"""Putting a backup back, into either engine: all of it or nothing."""

import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time_ns

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from deskhand.errors import Conflict, Unavailable
from deskhand.store import engines
from deskhand.store.backup_file import Contents, verified
from deskhand.store.copying import Progress, copied, count
from deskhand.store.database import Database, everyone
from deskhand.store.migrations import HEAD
from deskhand.store.tables import METADATA, memory_owner


def restore(database: Database, file: Path, *, replace: bool = False, progress: Progress | None = None) -> Contents:
    """Check a backup, then copy it into a database in one transaction: whoever reads sees the old rows or the new.

    With `replace` what was in the database goes; without, there must be nothing in it.

    Raises:
        Conflict: the database has rows, unless `replace`; or a newer Deskhand made the backup.
        Unavailable: the backup is damaged, or the database cannot be written.
        NotFound, InvalidInput: there is no such file, or it is no backup.
    """
    contents = verified(file)
    with _at_newest(file, contents.version) as engine, engine.connect() as source:

        def work(target: sa.Connection) -> None:
            everyone(target)
            _keep_writers_out(target)
            before = _revisions(target)
            _make_room(target, database.name, replace=replace)
            for _ in copied(source, str(file), target, progress):
                pass
            _count_on(target)
            _outdate(target, before)

        try:
            database.write(work)
        except IntegrityError as error:  # only by a write that slipped in, and `_keep_writers_out` lets none
            raise Conflict(f"{database.name} changed meanwhile. Stop the servers that use it and try again.") from error
    return contents


@contextmanager
def _at_newest(file: Path, version: str) -> Generator[sa.Engine]:
    """The backup with the tables of this Deskhand: itself, or a copy that was upgraded."""
    if version == HEAD:
        with _closing(engines.sqlite_frozen(file)) as engine:
            yield engine
        return
    try:
        with TemporaryDirectory(prefix="deskhand-restore-") as folder:
            copy = Path(shutil.copyfile(file, Path(folder) / "backup.db"))
            Database(copy).close()  # upgrades it
            with _closing(engines.sqlite_scratch(copy)) as engine:
                yield engine
    except OSError as error:
        raise Unavailable(f"Cannot make a copy of {file} to upgrade it: {error.strerror}.") from error


@contextmanager
def _closing(engine: sa.Engine) -> Generator[sa.Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


def _keep_writers_out(target: sa.Connection) -> None:
    """PostgreSQL lets others read, but not write, until the end; on SQLite a writer is alone anyway."""
    if target.dialect.name == "postgresql":
        names = ", ".join(table.name for table in METADATA.sorted_tables)
        target.execute(sa.text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


def _make_room(target: sa.Connection, name: str, *, replace: bool) -> None:
    counted = {table.name: count(target, table) for table in METADATA.sorted_tables}
    found = ", ".join(f"{rows} of {table}" for table, rows in counted.items() if rows)
    if found and not replace:
        raise Conflict(f"{name} is not empty: it has rows ({found}). Say --force to replace all of them.")
    for table in reversed(METADATA.sorted_tables):
        target.execute(sa.delete(table))


def _count_on(target: sa.Connection) -> None:
    """Let PostgreSQL go on counting after the highest number there is; SQLite looks for it by itself."""
    if target.dialect.name != "postgresql":
        return
    for table in METADATA.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            highest = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
            sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
            target.execute(sa.select(sa.func.setval(sequence, highest, False)))


def _revisions(target: sa.Connection) -> dict[str, int]:
    """How far each person's writes were counted."""
    return {row.subject: row.revision for row in target.execute(sa.select(memory_owner))}


def _outdate(target: sa.Connection, before: Mapping[str, int]) -> None:
    """Give everybody a revision that never was, as after a delete, so that no running server takes its cache for it.

    Who is in the database no more needs none: their next write begins at the microsecond it is made, see
    `PersonalRows.lock`.
    """
    now = time_ns() // 1_000
    for subject, revision in _revisions(target).items():
        number = max(now, revision + 1, before.get(subject, 0) + 1)
        of = sa.update(memory_owner).where(memory_owner.c.subject == subject)
        target.execute(of.values(revision=number, cleared=number))
