"""A workspace, and the files backend on it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskhand.toolsets.files.backend import Limits, LocalFiles

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def files(workspace: Path) -> LocalFiles:
    return LocalFiles(workspace, Limits(ignore=(".git",)), lambda: NOW)


@pytest.fixture
def make(workspace: Path) -> Callable[[str, str | bytes], Path]:
    """Put a file into the workspace, with the folders above it."""

    def make_file(path: str, content: str | bytes = "") -> Path:
        file = workspace / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return make_file
