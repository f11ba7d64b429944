"""The data folder of commands, with a database of either kind."""

from pathlib import Path

import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def both_folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the commands, whose database is of either kind; search is by words only."""
    monkeypatch.setenv("DESKHAND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DESKHAND_CONFIG", str(tmp_path / "deskhand.toml"))
    monkeypatch.setenv("DESKHAND_RETRIEVAL__EMBEDDINGS", "none")
    monkeypatch.setenv("DESKHAND_TIME_ZONE", "Europe/Berlin")
    (tmp_path / "deskhand.toml").touch()
    if request.param == "postgresql":
        monkeypatch.setenv("DESKHAND_DATABASE__URL", request.getfixturevalue("postgres_url"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"
