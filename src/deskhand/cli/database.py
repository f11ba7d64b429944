"""`deskhand db`: what state the database is in, and bringing its tables to the newest step."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from deskhand.cli.exit_codes import FAILED, explained
from deskhand.errors import DeskhandError
from deskhand.settings import Settings, load

if TYPE_CHECKING:
    from deskhand.store.database import Database


def database_of(settings: Settings, *, as_it_is: bool = False) -> "Database":
    """The one database of these settings: PostgreSQL when `database.url` is set, else a file in `data_dir`.

    Raises:
        SettingsError: the URL is wrong.
        Unavailable: it cannot be opened.
        Conflict: its tables are newer, or on PostgreSQL older, than this Deskhand's; `as_it_is`: that is let pass.
    """
    from deskhand.store.database import Database

    url = settings.database.url
    if url is None:
        return Database(settings.data_dir / "deskhand.db", as_it_is=as_it_is)
    return Database(url.get_secret_value(), as_it_is=as_it_is)


@contextmanager
def opened(*, as_it_is: bool = False) -> Generator["Database"]:
    """The database for a command; what is wrong with it is told as commands tell it."""
    try:
        with database_of(load().settings, as_it_is=as_it_is) as database:
            yield database
    except DeskhandError as error:
        raise explained(error) from error


@click.group()
def db() -> None:
    """Look after the database: a SQLite file by default, or PostgreSQL when database.url is set."""


@db.command()
def upgrade() -> None:
    """Bring the tables to those of this Deskhand, all or nothing.

    PostgreSQL needs it once after each installation of a newer Deskhand, before the servers start. A SQLite file is
    upgraded when it is opened, so there it does no more than say so.
    """
    from deskhand.store.migrations import HEAD

    with opened(as_it_is=True) as database:
        before = database.upgrade()
        name = database.name
    if before == HEAD:
        click.echo(f"{name} is at version {HEAD}, the newest: nothing to do.")
    else:
        click.echo(f"{name} is at version {HEAD} now; before, {_version(before)}.")


@db.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(*, as_json: bool) -> None:
    """Show the engine, the version of the tables, rows, size and problems; ends with 1 when there is a problem.

    On SQLite the whole file is read and checked.
    """
    from deskhand.store.condition import condition
    from deskhand.store.migrations import HEAD

    with opened(as_it_is=True) as database:
        found = condition(database)
    if as_json:
        click.echo(json.dumps({**asdict(found), "newest_version": HEAD}, indent=2))
    else:
        click.echo(f"{found.name}\n{found.engine}, {found.size / 1_000_000:,.1f} MB")
        click.echo(f"Tables: {_version(found.version)}; the newest is {HEAD}")
        for table, rows in found.rows.items():
            click.echo(f"  {table:<14} {rows:>10,}")
        for problem in found.problems:
            click.echo(f"Problem: {problem}", err=True)
    if found.problems:
        raise click.exceptions.Exit(FAILED)


def _version(version: str | None) -> str:
    return "no tables" if version is None else f"version {version}"
