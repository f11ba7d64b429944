"""The database on both engines, for the outbox."""

from collections.abc import Generator
from pathlib import Path

import pytest

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
