"""`[accounts.NAME]` in a settings file: appended and taken out again; every other byte stays as the person wrote it.

An edit is checked by reading the result: when it says anything but what was meant, the file is left alone.
"""

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from deskhand.errors import Conflict, NotFound, SettingsError

Section = Mapping[str, str | bool | int | list[str]]
Document = dict[str, JsonValue]
_HEADER = re.compile(r"\s*\[{1,2}([^\[\]].*?)\]{1,2}\s*(?:#.*)?")
_SECRET_KEY = re.compile(r"(?:^|_)(?:password|secret|token|key)$")


class SettingsFile:
    """A settings file, read once and written at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._text = _read(path)
        self._document = _parsed(self._text, path)

    @property
    def accounts(self) -> dict[str, JsonValue]:
        """The accounts in this very file."""
        found = self._document.get("accounts")
        return found if isinstance(found, dict) else {}

    def with_account(self, name: str, section: Section, *, replace: bool = False) -> str:
        """The text with the account at its end; `replace`: in place of one of the same name.

        Raises:
            Conflict: there is an account of this name.
            SettingsError: the file is written in a way that takes no section for it.
        """
        if name in self.accounts and not replace:
            raise Conflict(f"{self.path} has an account {name!r} already. Choose another name, or say --replace.")
        before = self.without_account(name) if name in self.accounts else self._text
        added = rendered(name, section)
        newline = "\r\n" if "\r\n" in before else "\n"
        kept = before.rstrip("\r\n") + newline * 2 if before.strip() else ""
        expected = {**self._document, "accounts": {**self.accounts, name: dict(section)}}
        return self._checked(kept + added.replace("\n", newline), expected, f"Write this into it yourself:\n{added}")

    def without_account(self, name: str) -> str:
        """The text without the account.

        Raises:
            NotFound: there is none of this name.
            SettingsError: it is written in a way that this cannot take out.
        """
        if name not in self.accounts:
            raise NotFound(f"{self.path} has no account {name!r}. `deskhand accounts list` says which there are.")
        others = {other: section for other, section in self.accounts.items() if other != name}
        expected = {**self._document, "accounts": others}
        return self._checked(_without(self._text, name), expected, f"Take accounts.{name} out yourself.")

    def replace(self, text: str) -> None:
        """Put `text` in its place, at once. A new file is for its owner only, and so is one that holds secrets."""
        path = self.path.resolve()  # a link into a folder of dotfiles stays a link
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        write_whole(path, text, mode & 0o700 if _holds_secret(_parsed(text, path)) else mode)
        self._text, self._document = text, _parsed(text, path)

    def _checked(self, text: str, expected: Mapping[str, object], otherwise: str) -> str:
        try:
            found = cast("Document", tomllib.loads(text))
        except tomllib.TOMLDecodeError:
            found = {}
        if _without_empty(found) != _without_empty(expected):
            raise SettingsError(f"{self.path} is left as it is: its accounts are written in another way. {otherwise}")
        return text


def rendered(name: str, section: Section) -> str:
    """The section as TOML."""
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in section.items()]
    return "\n".join([f"[accounts.{name}]", *lines, ""])


def write_whole(path: Path, text: str, mode: int) -> None:
    """Write a file as a whole or not at all.

    Raises:
        SettingsError: the folder does not take it.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as draft:
            draft.write(text.encode())
            draft.flush()
            os.fsync(draft.fileno())
        os.chmod(draft.name, mode)
        os.replace(draft.name, path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}. Name another with --file.") from error


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"{path} cannot be read: {why}.") from None


def _parsed(text: str, path: Path) -> Document:
    try:
        return cast("Document", tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is left as it is, for it cannot be read: {error}.") from None


def _without(text: str, name: str) -> str:
    """Without the account's sections; comments above the section that follows one belong to that."""
    kept: list[str] = []
    held: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        header = _HEADER.fullmatch(line.rstrip("\r\n"))
        if header is not None:
            inside = _path_of(header[1])[:2] == ["accounts", name]
        if not inside:
            kept += [*held, line]
            held = []
        elif not line.strip() or line.lstrip().startswith("#"):
            held.append(line)
        else:
            held = []
    return "".join(kept + held)


def _path_of(header: str) -> list[str]:
    """`accounts."work"` -> accounts, work."""
    path: list[str] = []
    try:
        inner: object = tomllib.loads(f"[{header}]")
    except tomllib.TOMLDecodeError:
        return path
    while isinstance(inner, dict) and inner:
        key, inner = next(iter(cast("dict[str, object]", inner).items()))
        path.append(key)
    return path


def _holds_secret(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    tree = cast("dict[str, object]", value)
    return any(_SECRET_KEY.search(key) or _holds_secret(inner) for key, inner in tree.items())


def _without_empty(document: Mapping[str, object]) -> dict[str, object]:
    """No account at all is the same whether `accounts` is there or not."""
    return {key: value for key, value in document.items() if key != "accounts" or value}
