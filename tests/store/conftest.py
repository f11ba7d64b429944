"""The database on both engines."""

import shutil
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


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with all tables, made once: a copy of it costs a twentieth of the steps."""
    path = tmp_path_factory.mktemp("migrated") / "deskhand.db"
    Database(path).close()
    return path


@pytest.fixture
def database(target: Path | str, migrated: Path) -> Generator[Database]:
    """An empty database with all tables."""
    if isinstance(target, Path):
        shutil.copy(migrated, target)
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
