"""The database on both engines, for the outbox."""

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

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
