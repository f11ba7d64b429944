"""JSON as a person reads it: facts, tables, and a tree for the rest; bounded, and what is left out is counted."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from deskhand.web.links import is_web, resource_address

FOLDED_LINES = 12
"""Lines of a text that are shown before "Show all"."""
LONGEST_TEXT = 50_000
"""Characters of a text that are drawn at all."""
SHOWN_ROWS, MOST_ROWS = 12, 300
"""Rows of a table shown at once, and those that are drawn."""
MOST_COLUMNS = 12
MOST_NODES = 2_000
"""Values of one result that are drawn; a long text counts as the short ones that would take its room."""
DEEPEST = 8
LONGEST_CELL = 300
_SHORT = 100
"""Characters of a text, or of a list of words, that fits on a line."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text: its first lines, the others, and how many characters are not drawn."""

    head: str
    rest: str
    lines: int
    size: int
    """Bytes of the whole, in UTF-8."""
    cut: int
    kind: Literal["passage"] = "passage"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value without parts. `href` is where it leads, when it is an address that is safe to follow."""

    text: str
    type: Literal["text", "number", "truth", "nothing"] = "text"
    href: str = ""
    kind: Literal["leaf"] = "leaf"


@dataclass(frozen=True, slots=True)
class Table:
    """A list of flat objects: rows shown at once, rows behind "Show all", and how many more there are."""

    columns: tuple[str, ...]
    shown: tuple[tuple[Leaf, ...], ...]
    folded: tuple[tuple[Leaf, ...], ...]
    more: int
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Facts:
    """An object: names and values."""

    items: tuple[tuple[str, "Node"], ...]
    more: int
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple["Node", ...]
    more: int
    kind: Literal["items"] = "items"


Node = Passage | Leaf | Table | Facts | Items


def passage(text: str) -> Passage:
    """A text, folded and bounded."""
    whole = text.strip("\n")
    drawn = whole[:LONGEST_TEXT]
    lines = drawn.split("\n")
    return Passage(
        "\n".join(lines[:FOLDED_LINES]),
        "\n".join(lines[FOLDED_LINES:]),
        whole.count("\n") + 1,
        len(whole.encode("utf-8", "replace")),
        len(whole) - len(drawn),
    )


def tree(value: JsonValue, server: str = "") -> Node:
    """A value of JSON. With `server`, an address under the key `uri` leads to the console's page of that resource."""
    return _Tree(server).node(value, "", 0)


class _Tree:
    """Counts what it makes, so that no value makes a page too large."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._left = MOST_NODES

    def node(self, value: JsonValue, key: str, depth: int) -> Node:
        """How a value is shown that stands under `key`."""
        self._left -= 1 + (min(len(value), LONGEST_TEXT) // _SHORT if isinstance(value, str) else 0)
        if not isinstance(value, dict | list):
            return passage(value) if isinstance(value, str) and _is_long(value) else _leaf(value, key, self._server)
        if not value:
            return Leaf("none", "nothing")
        if depth >= DEEPEST:
            return Leaf(_cut(json.dumps(value, ensure_ascii=False)))
        return self._facts(value, depth) if isinstance(value, dict) else self._list(value, key, depth)

    def _facts(self, value: dict[str, JsonValue], depth: int) -> Facts:
        taken = {name: self.node(inner, name, depth + 1) for name, inner in value.items() if self._left > 0}
        return Facts(tuple(taken.items()), len(value) - len(taken))

    def _list(self, value: list[JsonValue], key: str, depth: int) -> Node:
        if _is_short(value):
            return Leaf(", ".join(_leaf(one, "", "").text for one in value))
        columns = _columns(value)
        if columns:
            return self._table(value, columns)
        taken = tuple(self.node(inner, key, depth + 1) for inner in value if self._left > 0)
        return Items(taken, len(value) - len(taken))

    def _table(self, value: Sequence[JsonValue], columns: tuple[str, ...]) -> Table:
        most = max(1, min(MOST_ROWS, self._left // len(columns)))
        rows = tuple(self._row(one, columns) for one in value[:most] if isinstance(one, dict))
        self._left -= len(rows) * len(columns)
        return Table(columns, rows[:SHOWN_ROWS], rows[SHOWN_ROWS:], len(value) - len(rows))

    def _row(self, value: Mapping[str, JsonValue], columns: Sequence[str]) -> tuple[Leaf, ...]:
        return tuple(_leaf(value[name], name, self._server) if name in value else Leaf("") for name in columns)


def _columns(value: Sequence[JsonValue]) -> tuple[str, ...]:
    """The names in a list of flat objects; none when it is no table."""
    names: dict[str, None] = {}
    for one in value:
        if not isinstance(one, dict) or not all(_is_flat(inner) for inner in one.values()):
            return ()
        names |= dict.fromkeys(one)
    return tuple(names) if len(names) <= MOST_COLUMNS else ()


def _is_flat(value: JsonValue) -> bool:
    return not isinstance(value, dict | list) or (isinstance(value, list) and _is_short(value))


def _is_short(value: Sequence[JsonValue]) -> bool:
    """Whether a list of words or numbers fits on a line."""
    few = len(value) * 2 <= _SHORT and not any(isinstance(one, dict | list) for one in value)
    return few and sum(len(str(one)) + 2 for one in value) <= _SHORT


def _is_long(value: str) -> bool:
    return len(value) > LONGEST_CELL or "\n" in value.strip("\n")


def _leaf(value: JsonValue, key: str, server: str) -> Leaf:
    if isinstance(value, list):
        return Leaf(", ".join(_leaf(one, "", "").text for one in value)) if value else Leaf("none", "nothing")
    if isinstance(value, bool):
        return Leaf("yes" if value else "no", "truth")
    if value is None or value == "":
        return Leaf("none", "nothing")
    if isinstance(value, str):
        return Leaf(_cut(value), "text", _href(value, key, server))
    return Leaf(str(value), "number")


def _href(value: str, key: str, server: str) -> str:
    """Where a text leads that is an address as a whole."""
    if is_web(value):
        return value
    return resource_address(server, value) if key == "uri" and server and "://" in value else ""


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}… ({len(text):,} characters)"
