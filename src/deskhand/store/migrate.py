"""Bringing a database's tables to the newest step, by Alembic. Imported only when there is a step to take."""

import logging
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

_FOLDER = str(Path(__file__).parent / "migrations")


def upgrade(connection: sa.Connection) -> None:
    """Apply the steps this database has not seen, in the transaction of `connection`."""
    config = Config()
    config.set_main_option("script_location", _FOLDER.replace("%", "%%"))  # ConfigParser's own sign
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    logging.getLogger("alembic").setLevel(logging.WARNING)  # each step of a new database would be a line
    command.upgrade(config, "head")
