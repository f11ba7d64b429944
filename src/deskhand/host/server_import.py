"""Entries of other hosts' files, turned into ours: variables in our spelling, and a note on what cannot come along."""

import re
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_config_path
from pydantic import JsonValue

from deskhand.errors import InvalidInput
from deskhand.host import jsonc
from deskhand.host.clients import Client, Places
from deskhand.host.servers import NAME, ServerSpec, parse_entry

_ENV = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")
_INPUT = re.compile(r"\$\{input:([^}]+)\}")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)[:}]")
_PLACE = re.compile(r"\$\{(workspaceFolder|userHome|pathSeparator|/)[^}]*\}")
_NOT_TAKEN = "trusted"
"""Trust is given here, by the person: another host's file may have come with a project."""
_KNOWN = {
    "type",
    "command",
    "args",
    "env",
    "cwd",
    "url",
    "headers",
    "disabled",
    "timeout",
    "description",
    "disabledTools",
}


@dataclass(frozen=True)
class Importable:
    """A server found in another host's file."""

    name: str
    entry: dict[str, JsonValue]
    spec: ServerSpec
    """The entry as it would be read, with its `problem` if it cannot be used."""
    variables: tuple[str, ...]
    """Environment variables it takes values from."""
    notes: tuple[str, ...]
    """What the person should know."""


def file_of(client: Client, project: Path | None = None) -> Path:
    """Where another host keeps this person's servers, or a project's; there may be no file.

    Raises:
        InvalidInput: it has no files of projects.
    """
    return client.file(Places(home=Path.home(), config=user_config_path(roaming=True, appauthor=False)), project)


def found_in(source: Path, section: str) -> list[Importable]:
    """The servers of a file, which is only read.

    Raises:
        InvalidInput: it cannot be read, or is not JSON.
    """
    try:
        document = jsonc.parse(source.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{source} cannot be read: {error}.") from error
    return importable(document, section)


def is_deskhand(spec: ServerSpec) -> bool:
    """Whether it is ourselves, whose tools the host has anyway."""
    started = " ".join([Path(spec.command or "").stem, *spec.args])
    return started in ("deskhand serve --stdio", f"{Path(spec.command or '').stem} -m deskhand serve --stdio")


def importable(document: dict[str, JsonValue], section: str) -> list[Importable]:
    """The servers under `section` (`mcpServers`, or `servers` in VS Code), in the file's order."""
    found = document.get(section)
    if not isinstance(found, dict):
        return []
    return [_one(name, entry) if isinstance(entry, dict) else _broken(name, entry) for name, entry in found.items()]


def _broken(name: str, foreign: JsonValue) -> Importable:
    """What is no entry at all; it is told, as the person may look for it."""
    ours = _our_name(name)
    return Importable(ours, {}, parse_entry(ours, foreign, {}), (), ())


def _our_name(name: str) -> str:
    return name if NAME.fullmatch(name) else (re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-._")[:40] or "server")


def _one(name: str, foreign: dict[str, JsonValue]) -> Importable:
    entry = {key: _respelled(value) for key, value in foreign.items() if key != _NOT_TAKEN}
    variables = tuple(sorted(set(_VARIABLE.findall(str(entry)))))
    ours = _our_name(name)
    spec = parse_entry(ours, entry, dict.fromkeys(variables, "http://variable"))
    return Importable(ours, entry, spec, variables, tuple(_notes(name, ours, foreign)))


def _notes(name: str, ours: str, foreign: dict[str, JsonValue]) -> list[str]:
    notes: list[str] = []
    if ours != name:
        notes.append(f"renamed from {name!r}")
    asked = sorted(set(_INPUT.findall(str(foreign))))
    if asked:
        notes.append(f"VS Code asks for {', '.join(asked)}; here set {', '.join(map(_input_variable, asked))}")
    if _PLACE.search(str(foreign)):
        notes.append("uses a folder variable that only the editor knows: write the path instead")
    if foreign.get(_NOT_TAKEN):
        notes.append("it says that it is trusted: that is not taken over")
    unknown = sorted(set(foreign) - _KNOWN - {_NOT_TAKEN})
    if unknown:
        notes.append(f"kept but not understood: {', '.join(unknown)}")
    return notes


def _respelled(value: JsonValue) -> JsonValue:
    """`${env:X}` and `${input:x}` as `${X}`."""
    if isinstance(value, dict):
        return {key: _respelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_respelled(item) for item in value]
    if not isinstance(value, str):
        return value
    return _INPUT.sub(lambda match: f"${{{_input_variable(match[1])}}}", _ENV.sub(r"${\1}", value))


def _input_variable(identifier: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", identifier).strip("_").upper()
