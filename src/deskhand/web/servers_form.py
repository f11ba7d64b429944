"""The form of a server: what is typed becomes an entry of `mcpServers`; an entry fills it, without its secrets."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import JsonValue

from deskhand.errors import InvalidInput
from deskhand.host.secrets import MASK
from deskhand.host.server_entry import check_command, entry_of, is_url, pairs
from deskhand.host.servers import ServerSpec

TRANSPORTS = ("http", "sse")
_REFERENCE = re.compile(r"((Bearer|Basic) )?\$\{[A-Za-z_][A-Za-z0-9_]*\}")
"""A value that names a variable of the environment instead of holding the secret itself."""


@dataclass(frozen=True, slots=True)
class ServerForm:
    """What the form holds. `secrets` has a line per header (`Name: value`) or variable (`NAME=value`)."""

    name: str = ""
    target: str = ""
    secrets: str = ""
    transport: str = ""
    cwd: str = ""
    timeout: str = ""
    trusted: bool = False


def form_of(fields: Mapping[str, object]) -> ServerForm:
    """The form as it was sent."""

    def text(key: str) -> str:
        value = fields.get(key, "")
        return value.strip() if isinstance(value, str) else ""

    texts = {key: text(key) for key in ("name", "target", "secrets", "transport", "cwd", "timeout")}
    return ServerForm(**texts, trusted=bool(text("trusted")))


def words_of(target: str) -> tuple[str, ...]:
    """A command line in its words, quoted as in a shell; a URL is one word.

    Raises:
        InvalidInput: there is nothing, a quotation mark is left open, or it is no address of a web server.
    """
    if is_url(target):
        if " " in target or not urlsplit(target).hostname:
            raise InvalidInput("The URL needs a host and no spaces, such as https://example.com/mcp.")
        return (target,)
    try:
        words = tuple(shlex.split(target))
    except ValueError as error:
        raise InvalidInput("A quotation mark in the command is left open. Close it, or leave it out.") from error
    if not words:
        raise InvalidInput("Type the server's URL (https://…), or the command that starts it.")
    if "://" in words[0]:
        raise InvalidInput(f"A server's URL begins with https:// or http://; this one with {words[0][:20]}.")
    return words


def entry_from(form: ServerForm, kept: Mapping[str, JsonValue] | None = None) -> dict[str, JsonValue]:
    """The entry the form describes. `kept` is the one it replaces: masked values and an empty target stay what it has.

    Raises:
        InvalidInput: the parts do not fit together, or a kept value would go to another server than it was given to.
    """
    target = words_of(form.target) if form.target or not kept else _target_of(kept)
    kept = None if kept and is_elsewhere(form, kept) else kept
    lines = [line.strip() for line in form.secrets.splitlines() if line.strip()]
    if is_url(target[0]):
        entry = entry_of(target, (), ())
        values: Mapping[str, JsonValue] = {"headers": _with_kept(pairs(lines, ":", "a header"), kept, "headers")}
        values = values | {"type": form.transport if form.transport in TRANSPORTS else None}
    else:
        entry = entry_of(target, (), ())
        check_command(entry)
        values = {"env": _with_kept(pairs(lines, "=", "a variable"), kept, "env"), "cwd": form.cwd}
    values = values | {"timeoutSeconds": _seconds(form.timeout), "trusted": form.trusted}
    return {**entry, **{key: value for key, value in values.items() if value}}


def is_elsewhere(form: ServerForm, kept: Mapping[str, JsonValue]) -> bool:
    """Whether the form names another URL or command than the entry: what it was trusted with is not handed on.

    Raises:
        InvalidInput: the target cannot be understood.
    """
    named = entry_of(words_of(form.target), (), ()) if form.target else kept
    return _endpoint({**named, "cwd": form.cwd}) != _endpoint(kept)


def changes_from(form: ServerForm, kept: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """What to set and (None) take out of an entry to make it what the form describes.

    Another URL or command is another server: it is not trusted any more, and has no secrets of the first.
    """
    ours = dict.fromkeys(("url", "headers", "command", "args", "env", "cwd", "type", "timeoutSeconds"))
    entry = entry_from(form, kept)
    if "type" in kept and "type" not in entry:
        ours["type"] = _type_kept(kept, entry)
    return {**ours, **entry, "trusted": None if is_elsewhere(form, kept) else kept.get("trusted")}


def filled(name: str, entry: Mapping[str, JsonValue]) -> ServerForm:
    """The form for an entry that is there; what may be a secret is masked, or left out to be kept."""
    separator, values = (": ", entry.get("headers")) if "url" in entry else ("=", entry.get("env"))
    lines = [f"{key}{separator}{_masked(value)}" for key, value in _texts(values).items()]
    transport = str(entry.get("type", ""))
    return ServerForm(
        name=name,
        target=_showable(entry),
        secrets="\n".join(lines),
        transport=transport if transport in TRANSPORTS else "",
        cwd=str(entry.get("cwd") or ""),
        timeout=str(entry.get("timeoutSeconds") or ""),
        trusted=entry.get("trusted") is True,
    )


def _seconds(text: str) -> float | None:
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86_400:
        raise InvalidInput("The time-out is a number of seconds above 0, such as 60.")
    return seconds


def _with_kept(values: Mapping[str, JsonValue], kept: Mapping[str, JsonValue] | None, key: str) -> dict[str, JsonValue]:
    before = _texts((kept or {}).get(key))
    lost = [name for name, value in values.items() if value == MASK and name not in before]
    if lost:
        raise InvalidInput(
            f"Type the value of {', '.join(lost)}, or take the line out: {MASK} stands for one that is kept, and "
            "there is none. One that was given for another URL or command is not sent to this one."
        )
    return {name: before[name] if value == MASK else value for name, value in values.items()}


def _target_of(entry: Mapping[str, JsonValue]) -> tuple[str, ...]:
    if "url" in entry:
        return (str(entry["url"]),)
    arguments = entry.get("args")
    return (str(entry.get("command", "")), *(map(str, arguments) if isinstance(arguments, list) else ()))


def _showable(entry: Mapping[str, JsonValue]) -> str:
    """The target as typed; empty where a part of it may be a secret, or does not go into one line."""
    words = _target_of(entry)
    typed = words[0] if "url" in entry else shlex.join(words)
    return typed if _endpoint({**entry, "cwd": None}) == typed and typed.isprintable() else ""


def _endpoint(entry: Mapping[str, JsonValue]) -> str:
    """What trust is bound to, as consent is; variables of the environment are not filled in."""
    words = _target_of(entry)
    if "url" in entry:
        return ServerSpec("", url=words[0]).endpoint
    cwd = Path(str(entry["cwd"])) if entry.get("cwd") else None
    return ServerSpec("", command=words[0], args=words[1:], cwd=cwd).endpoint


def _type_kept(kept: Mapping[str, JsonValue], entry: Mapping[str, JsonValue]) -> JsonValue:
    """Other hosts want `type` even where it says nothing new; it stays unless the kind of server changed."""
    stdio = kept["type"] == "stdio"
    return kept["type"] if stdio == ("command" in entry) and kept["type"] not in TRANSPORTS else None


def _masked(value: str) -> str:
    return value if _REFERENCE.fullmatch(value) else MASK


def _texts(values: JsonValue) -> dict[str, str]:
    return {key: str(value) for key, value in values.items()} if isinstance(values, dict) else {}
