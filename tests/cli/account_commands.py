"""A person's folder with settings, and the commands of accounts run in it."""

import logging
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import keyring
import pytest
from click.testing import CliRunner, Result
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from deskhand.cli import cli


class MemoryKeyring(KeyringBackend):
    """A keyring that lives as long as the test."""

    priority = 1  # pyright: ignore[reportAssignmentType, reportIncompatibleUnannotatedOverride]  # as the library does

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """What is kept, None where nothing is."""
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it."""
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget it."""
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


@contextmanager
def memory_keyring() -> Generator[MemoryKeyring]:
    """The keyring of this process, until the block ends."""
    usual, mine = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(mine)
    try:
        yield mine
    finally:
        keyring.set_keyring(usual)


class Person:
    """Runs `deskhand` with settings of their own; `said` collects everything that was ever printed or logged."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
        self.folder = folder
        self.settings = folder / "deskhand.toml"
        self.settings.touch()
        self._caplog = caplog
        caplog.set_level(logging.DEBUG)
        self._printed = ""
        monkeypatch.setenv("DESKHAND_CONFIG", str(self.settings))
        monkeypatch.setenv("DESKHAND_DATA_DIR", str(folder / "data"))
        monkeypatch.setenv("DESKHAND_TOOLSETS__ENABLED", '["core"]')
        monkeypatch.setenv("DESKHAND_RETRIEVAL__EMBEDDINGS", "none")

    @property
    def said(self) -> str:
        """All output of all commands, and all logs."""
        return self._printed + self._caplog.text

    def ended(self, *arguments: str, answer: str = "") -> Result:
        """Run `deskhand …`, however it ends."""
        ended = CliRunner().invoke(cli, arguments, input=answer)
        self._printed += ended.output + "".join(traceback.format_exception(ended.exception))
        return ended

    def run(self, *arguments: str, answer: str = "", code: int = 0) -> Result:
        """Run `deskhand …`, which must end with `code`."""
        ended = self.ended(*arguments, answer=answer)
        assert ended.exit_code == code, ended.output + repr(ended.exception)
        return ended

    def accounts(self, *arguments: str, answer: str = "", code: int = 0) -> Result:
        """Run `deskhand accounts …`."""
        return self.run("accounts", *arguments, answer=answer, code=code)
