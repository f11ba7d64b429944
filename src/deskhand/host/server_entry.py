"""From what a person types, a URL or a command, to an entry of `mcpServers`."""

import re
import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import JsonValue

from deskhand.errors import InvalidInput

_LONGEST_NAME = 40
_RUNNERS = {"npx", "uvx", "bunx", "pnpx", "node", "bun", "deno", "python", "python3", "uv", "docker", "podman", "env"}
"""Programs that start the one that is meant."""
_ENDINGS = {".py", ".js", ".mjs", ".ts", ".sh", ".exe"}
_NOT_NAMES = {"run", "exec", "x", "tool", "dlx", "mcp", "server", "www", "api", "stdio", "index", "main", "com"}
"""Words that name no server in particular."""


def entry_of(target: tuple[str, ...], headers: tuple[str, ...], env: tuple[str, ...]) -> dict[str, JsonValue]:
    """What is typed, a URL or a command, as an entry of `mcpServers`.

    Raises:
        InvalidInput: the parts do not fit together.
    """
    first, *rest = target
    if is_url(first):
        if rest or env:
            raise InvalidInput("A URL takes no arguments and no --env.")
        return {"url": first, **({"headers": pairs(headers, ":", "a header")} if headers else {})}
    if headers:
        raise InvalidInput("--header is for servers with a URL.")
    variables: dict[str, JsonValue] = {"env": pairs(env, "=", "a variable")} if env else {}
    return {"command": first, "args": list[JsonValue](rest), **variables}


def is_url(target: str) -> bool:
    """Whether it is an address, not a command."""
    return target.startswith(("http://", "https://"))


def check_command(entry: Mapping[str, JsonValue], configured: Iterable[str] = ()) -> None:
    """Refuse a single word that starts nothing: most likely a mistyped URL or name.

    Raises:
        InvalidInput: there is no such command; says which of the `configured` servers there are.
    """
    word = str(entry.get("command", ""))
    if not word or entry.get("args") or shutil.which(word):
        return
    names = f", nor a configured server: there are {', '.join(configured) or 'none'}" if configured else ""
    raise InvalidInput(f"{word!r} is neither a URL (https://…) nor a command that is found here{names}.")


def pairs(texts: Iterable[str], separator: str, what: str) -> dict[str, JsonValue]:
    """`NAME: VALUE` or `NAME=VALUE`, each split at the first separator.

    Raises:
        InvalidInput: one has no separator or no name. It may hold a secret, so it is not repeated.
    """
    found_pairs: dict[str, JsonValue] = {}
    for text in texts:
        name, found, value = text.partition(separator)
        if not found or not name.strip():
            raise InvalidInput(f"Expected {what} as NAME{separator}VALUE, without quotes inside; one was not.")
        found_pairs[name.strip()] = value.strip()
    return found_pairs


def proposed_name(target: tuple[str, ...], taken: Collection[str] = ()) -> str:
    """A name for a server: the telling word of its host or its command, with a number where that is taken."""
    first, *rest = target or ("",)
    words = _host_words(first) if is_url(first) else _command_words(first, rest)
    name = next(filter(None, words), "server")
    numbered = (name if number == 1 else f"{name}-{number}" for number in range(1, len(taken) + 2))
    return next(each for each in numbered if each not in taken)


def _host_words(url: str) -> Iterable[str]:
    host = urlsplit(url).hostname or ""
    if re.fullmatch(r"[\d.]+|.*:.*|localhost", host):
        return ["local"]
    return (word for word in map(_clean, host.split(".")[:-1] or [host]) if word not in _NOT_NAMES)


def _command_words(program: str, arguments: Iterable[str]) -> Iterable[str]:
    for part in (program, *arguments):
        plain = Path(part.rpartition("/")[2].split("@")[0] or part)
        word = plain.stem if plain.suffix in _ENDINGS else plain.name
        if part.startswith("-") or word in _RUNNERS or word in _NOT_NAMES:
            continue
        yield re.sub(r"^(mcp-)?(server-)?|(-mcp)?(-server)?(-mcp)?$", "", _clean(word)) or _clean(word)


def _clean(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", word).strip("-._")[:_LONGEST_NAME].rstrip("-._")
