"""`mcp.json`: read, add to, change, remove from. What others wrote in it stays as it is."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from deskhand.errors import Conflict, NotFound, SettingsError
from deskhand.host.servers import NAME, NAMING, ServerSpec, parse_entry

KEY = "mcpServers"


def read_servers(path: Path, environment: Mapping[str, str] | None = None) -> list[ServerSpec]:
    """The servers of the file, in its order; none when there is no file.

    A server with an error in its entry is there with its `problem` set.

    Raises:
        SettingsError: the file is not JSON, or has no object where the servers should be.
    """
    return [parse_entry(name, entry, environment or {}) for name, entry in _entries(_read(path), path).items()]


def add_server(path: Path, name: str, entry: dict[str, JsonValue], *, replace: bool = False) -> None:
    """Write one entry, in the form of `mcpServers`, keeping all else. The file is made with mode 0600.

    Raises:
        SettingsError: the entry cannot work as it is written.
        Conflict: the name is taken and `replace` is false.
    """
    document = _read(path)
    entries = _entries(document, path)
    if name in entries and not replace:
        raise Conflict(f"There is already a server named {name}. Remove it first, or choose another name.")
    problem = "" if NAME.fullmatch(name) else f"{name!r} cannot name a server: {NAMING}"
    problem = problem or parse_entry(name, entry, _AnyVariable()).problem
    if problem:
        raise SettingsError(problem)
    _write(path, {**document, KEY: {**entries, name: entry}})


def entry_in(path: Path, name: str) -> dict[str, JsonValue]:
    """One entry as it is written, variables not filled in: it may hold secrets.

    Raises:
        NotFound: there is none of that name.
        SettingsError: it is no object.
    """
    entries = _entries(_read(path), path)
    if name not in entries:
        raise _missing(name, entries)
    entry = entries[name]
    if not isinstance(entry, dict):
        raise SettingsError(f"The entry of {name} in {path} must be an object.")
    return entry


def change_server(path: Path, name: str, changes: Mapping[str, JsonValue]) -> None:
    """Set keys of one entry, keeping its others; None takes a key out.

    Raises:
        NotFound: there is none of that name.
        SettingsError: the entry could not work; the file is left as it was.
    """
    entry = entry_in(path, name) | dict(changes)
    add_server(path, name, {key: value for key, value in entry.items() if value is not None}, replace=True)


def remove_server(path: Path, name: str) -> None:
    """Take one entry out.

    Raises:
        NotFound: there is none of that name.
    """
    document = _read(path)
    entries = _entries(document, path)
    if name not in entries:
        raise _missing(name, entries)
    _write(path, {**document, KEY: {key: entry for key, entry in entries.items() if key != name}})


def _missing(name: str, entries: Mapping[str, JsonValue]) -> NotFound:
    return NotFound(f"There is no server named {name}. There are: {', '.join(entries) or 'none'}.")


class _AnyVariable(dict[str, str]):
    """An environment in which everything is set: what is checked is the form, not this machine."""

    def get(self, key: str, default: str | None = None) -> str:  # type: ignore[override]
        return default or "http://variable"


def _read(path: Path) -> dict[str, JsonValue]:
    try:
        document = cast(JsonValue, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read as JSON: {error}.") from error
    if not isinstance(document, dict):
        raise SettingsError(f"{path} must hold a JSON object with {KEY!r}.")
    return document


def _entries(document: dict[str, JsonValue], path: Path) -> dict[str, JsonValue]:
    entries = document.get(KEY, {})
    if not isinstance(entries, dict):
        raise SettingsError(f"{KEY!r} in {path} must be an object: server names and their entries.")
    return entries


def _write(path: Path, document: dict[str, JsonValue]) -> None:
    """Atomically, so that a reader sees the old file or the new one."""
    path = path.resolve()  # a link into a folder of dotfiles stays a link
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as draft:
        draft.write(text)
    if path.exists():
        os.chmod(draft.name, path.stat().st_mode & 0o777)
    os.replace(draft.name, path)
