"""`deskhand backup` and `deskhand restore`: everything into one file, and back, into either engine."""

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deskhand.cli.database import opened
from deskhand.cli.exit_codes import explained
from deskhand.errors import DeskhandError

if TYPE_CHECKING:
    from deskhand.store.backup_file import Contents
    from deskhand.store.copying import Progress

FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def backup(file: Path, *, force: bool) -> None:
    """Copy everything from the database into FILE, and check the copy.

    FILE holds the database as it was at one moment, of both engines alike; servers may go on. Keep it safe: it holds
    what people said and saved. The files of the workspace are not in it.
    """
    from deskhand.store.backup import back_up

    with opened() as database, _ending_in_order(), _bar("Copying") as progress:
        contents = back_up(database, file, replace=force, progress=progress)
    click.echo(f"{file}: {_told(contents)}. Checked; it can be restored.")


@click.command()
@click.argument("file", type=FILE)
@click.option("--verify", is_flag=True, help="Only check FILE and show what is in it; the database is left alone.")
@click.option("--force", is_flag=True, help="Replace everything that is in the database.")
def restore(file: Path, *, verify: bool, force: bool) -> None:
    """Check FILE, then copy all of it into the database that the settings name: all or nothing.

    The database must be empty, or say --force. FILE may come from the other engine, and from an older Deskhand. Stop
    the servers first: they would go on with what they remember of the old rows.
    """
    if verify:
        _show(file)
        return
    from deskhand.store.restore import restore as put_back

    with opened() as database, _bar("Restoring") as progress:
        contents = put_back(database, file, replace=force, progress=progress)
        name = database.name
    click.echo(f"{name} holds what {file} does: {_told(contents)}.")


def _show(file: Path) -> None:
    from deskhand.store.backup_file import verified

    try:
        contents = verified(file)
    except DeskhandError as error:
        raise explained(error) from error
    click.echo(f"{file} is whole: {_told(contents)}.")
    for table, rows in contents.rows.items():
        click.echo(f"  {table:<14} {rows:>10,}")


def _told(contents: "Contents") -> str:
    made = contents.at.astimezone().strftime("%Y-%m-%d %H:%M")
    rows = sum(contents.rows.values())
    counted = "1 row" if rows == 1 else f"{rows:,} rows"
    return f"{counted}, made {made} by Deskhand {contents.deskhand}, tables of version {contents.version}"


@contextmanager
def _ending_in_order() -> Generator[None]:
    """Take SIGTERM as Ctrl-C is taken, so that the unfinished copy goes away."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _bar(label: str) -> Generator["Progress"]:
    """A progress bar on standard error; where that is no terminal, nothing."""
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def advance(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield advance
