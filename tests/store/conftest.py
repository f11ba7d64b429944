"""The database on both engines."""

from collections.abc import Generator
from pathlib import Path

import pytest
from tests.store.full_database import fill

from deskhand.store.backup import back_up
from deskhand.store.database import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """What `Database` takes: a file to be, or the URL of a migrated PostgreSQL."""
    return tmp_path / "deskhand.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def database(target: Path | str) -> Generator[Database]:
    """An empty database with all tables."""
    with Database(target) as opened:
        yield opened


@pytest.fixture(scope="session")
def backup_of_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a full SQLite database, made once: tests take copies of it."""
    path = tmp_path_factory.mktemp("backup") / "desk.db"
    with Database(None) as source:
        fill(source)
        back_up(source, path)
    return path
