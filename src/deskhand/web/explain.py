"""What is this? Methods, words and error codes of MCP in plain sentences, for people who watch messages go by."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import JsonValue

DOCS = "https://github.com/deskhand/deskhand/tree/main/docs"
"""Where our documentation is to be read; the same as in pyproject.toml."""
SPEC = "https://modelcontextprotocol.io/specification"
FIRST = "2024-11-05"
MODERN = "2026-07-28"
"""The first revision of MCP, and the first without a handshake."""
_MOST_VALUES = 2_000
"""Values of a message looked at for known words."""


@dataclass(frozen=True, slots=True)
class Method:
    """What a method is."""

    name: str
    sender: Literal["client", "server", "both"]
    first: str
    last: str
    """The revisions it is in, from and to."""
    text: str
    """What it is for."""
    anchor: str
    spec: str
    answer: str = ""
    """What comes back; empty for a notification."""

    @property
    def who(self) -> str:
        """Who sends it, in words."""
        return {"client": "The client (the host, here)", "server": "The server", "both": "Either side"}[self.sender]

    @property
    def revisions(self) -> str:
        """In which revisions of MCP it is."""
        if self.first == self.last:
            return f"{self.first} only"
        if self.first == FIRST:
            return "every revision" if self.last == MODERN else f"up to {self.last}: the handshake era"
        return f"from {self.first} on" if self.last == MODERN else f"{self.first} to {self.last}"

    @property
    def docs_url(self) -> str:
        """Where our page shows it."""
        return f"{DOCS}/explanation/how-mcp-works.md#{self.anchor}"

    @property
    def spec_url(self) -> str:
        """The specification's page, in the last revision that has it."""
        return f"{SPEC}/{self.last}/{self.spec}"


@dataclass(frozen=True, slots=True)
class Word:
    """A key of a message, or an error's code, and what it says."""

    name: str
    text: str


@cache
def methods() -> Mapping[str, Method]:
    """Every method of MCP, by name, in the order in which one meets them."""
    return {entry["name"]: Method(**entry) for entry in _table("methods.toml")["method"]}


@cache
def error_codes() -> Mapping[int, str]:
    """What the codes of JSON-RPC errors say."""
    return {entry["code"]: entry["text"] for entry in _table("words.toml")["code"]}


@cache
def words() -> Mapping[str, str]:
    """What known keys of messages say."""
    return {entry["key"]: entry["text"] for entry in _table("words.toml")["word"]}


def words_in(message: JsonValue) -> list[Word]:
    """The known keys that a message has, and its error's code, each once, in the order of the table."""
    seen = set(_keys(message))
    found = [Word(key, text) for key, text in words().items() if key in seen]
    error = message.get("error") if isinstance(message, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, int) and code in error_codes():
        found.append(Word(f"error {code}", error_codes()[code]))
    return found


def _keys(message: JsonValue) -> Iterator[str]:
    """The protocol's own keys: what tools carry as arguments, results and schemas is their own."""
    waiting, left = [message], _MOST_VALUES
    while waiting and left:
        left -= 1
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            yield from value
            waiting.extend(item for key, item in value.items() if key not in _NOT_OURS)


_NOT_OURS = frozenset({"arguments", "structuredContent", "inputSchema", "outputSchema", "data", "content"})


def _table(name: str) -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((files("deskhand.web") / "templates" / "inspector" / name).read_text(encoding="utf-8"))
