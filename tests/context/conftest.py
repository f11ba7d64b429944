"""The database on both engines, and what was said in it."""

from collections.abc import Generator
from pathlib import Path

import pytest

from deskhand.store.database import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    """An empty database with all tables, on both engines."""
    target = tmp_path / "deskhand.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with Database(target) as opened:
        yield opened
