"""`deskhand db`: what state the database is in, and bringing its tables to the newest step."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from deskhand.cli.exit_codes import explained
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
