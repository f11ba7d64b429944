"""Making a backup: a consistent copy of the whole database in one SQLite file, whichever engine it is on."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from deskhand import __version__
from deskhand.errors import Conflict, Unavailable
from deskhand.store import engines
from deskhand.store.backup_file import LABEL, Contents, made, tallies, verified
from deskhand.store.copying import Progress, copied
from deskhand.store.database import Database, everyone
from deskhand.store.migrations import HEAD
from deskhand.store.tables import METADATA


def back_up(database: Database, file: Path, *, replace: bool = False, progress: Progress | None = None) -> Contents:
    """Copy everything into `file`, which only its owner can read, and check the copy; others go on meanwhile.

    The file is there, whole and flushed to disk, when this returns; when it raises, what was there before is.

    Raises:
        Conflict: the file is there, unless `replace`.
        Unavailable: the file cannot be written, or the database cannot be read.
    """
    if file.exists() and not replace:
        raise Conflict(f"{file} is there already. Name a new file, or say --force to replace it.")
    with _told_of(file), TemporaryDirectory(prefix=".deskhand-backup-", dir=file.parent) as folder:
        copy = Path(folder) / "backup.db"
        _make_tables(copy, file)
        scratch = engines.sqlite_scratch(copy)
        try:
            _copy_all(database, scratch, file, progress)
        finally:
            scratch.dispose()
        contents = verified(copy, called=file)
        _flush(copy)
        os.replace(copy, file)
        _flush(file.parent)
    return contents


def _copy_all(database: Database, scratch: sa.Engine, file: Path, progress: Progress | None) -> None:
    def work(source: sa.Connection) -> None:
        everyone(source)
        with _told_of(file), scratch.begin() as target:
            LABEL.create_all(target)
            now = datetime.now(UTC).isoformat(timespec="microseconds")
            target.execute(sa.insert(made).values(at=now, deskhand=__version__, version=HEAD))
            tables = copied(source, database.name, target, progress)
            for table, tally in zip(METADATA.sorted_tables, tables, strict=True):
                target.execute(sa.insert(tallies).values(name=table.name, rows=tally.rows, digest=tally.digest))

    database.read(work)


def _make_tables(copy: Path, file: Path) -> None:
    try:
        Database(copy).close()
    except Unavailable as error:
        raise Unavailable(error.message.replace(str(copy), str(file))) from error


@contextmanager
def _told_of(file: Path) -> Generator[None]:
    """A failed write as what it is, so that nobody takes it for a failure of the database."""
    try:
        yield
    except (OSError, DBAPIError) as error:
        why = engines.reason(error) if isinstance(error, DBAPIError) else error.strerror
        raise Unavailable(
            f"Cannot write {file}: {why}. Name a file in a folder you own, on a disk with room."
        ) from error


def _flush(path: Path) -> None:
    """See that a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
