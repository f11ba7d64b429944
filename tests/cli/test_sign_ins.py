"""Where sign-ins to remote servers are kept."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from deskhand.cli.sign_ins import sign_ins
from deskhand.errors import SettingsError
from deskhand.host.token_file import KeyringTokens, TokenFile
from deskhand.settings import Settings
from deskhand.settings_sections import HostSettings


class Usable:
    """A keyring that works."""


def settings(folder: Path, *, keyring: bool) -> Settings:
    url = "https://client.example/metadata.json"
    return Settings(data_dir=folder, host=HostSettings(keyring=keyring, client_metadata_url=url))


def installed(monkeypatch: pytest.MonkeyPatch, kind: type) -> None:
    module = ModuleType("keyring")
    module.get_keyring = kind  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setitem(sys.modules, "keyring", module)


def test_a_file_of_ones_own_is_the_default(tmp_path: Path) -> None:
    made = sign_ins(settings(tmp_path, keyring=False), print)
    assert isinstance(made.tokens, TokenFile)
    assert made.client_metadata_url == "https://client.example/metadata.json"


def test_the_keyring_is_used_when_the_settings_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, Usable)
    assert isinstance(sign_ins(settings(tmp_path, keyring=True), print).tokens, KeyringTokens)


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SettingsError, match=r"deskhand\[keyring\]"):
        sign_ins(settings(tmp_path, keyring=True), print)


def test_a_system_without_a_keyring_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, type("Keyring", (), {"__module__": "keyring.backends.fail"}))
    with pytest.raises(SettingsError, match="offers no keyring"):
        sign_ins(settings(tmp_path, keyring=True), print)
