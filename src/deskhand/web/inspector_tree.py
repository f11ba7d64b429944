"""A JSON value as a tree to read: one element per line, coloured by class, folded where it is large.

The classes are Pygments' (`nt` a key, `s2` a string, `mi` a number, `kc` a constant, `p` punctuation), so that one set
of colours serves code in answers and messages here.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup
from pydantic import JsonValue

from deskhand.web.filters import plural

MOST_LINES = 600
"""Lines of one tree; the rest is counted, and is in the download."""
DEEPEST = 24
"""Levels drawn as a tree; what lies deeper is one line of text, as a hostile peer may nest without end."""
OPEN_LINES = 40
"""A value with more lines than this is folded at first, save the outermost two levels."""
LONGEST_TEXT = 10_000
"""Characters of one text."""
MOST_CHARACTERS = 100_000
"""Characters of all texts of a tree."""
_LINE = Markup('<span class="{}">{}</span>')


def tree(value: JsonValue) -> Markup:
    """The value as HTML, everything in it escaped."""
    return _Tree(MOST_LINES, MOST_CHARACTERS).draw(value)


def lines_in(value: JsonValue, most: int) -> int:
    """How many lines the value takes, counted up to `most`."""
    count, waiting = 0, [value]
    while waiting and count < most:
        one = waiting.pop()
        count += 1
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return count


@dataclass
class _Tree:
    left: int
    """Lines that may still be drawn."""
    characters: int
    """Characters of texts that may."""

    def draw(self, value: JsonValue, name: Markup | None = None, depth: int = 0) -> Markup:
        self.left -= 1
        name = name or Markup()
        if not isinstance(value, dict | list) or not value:
            return Markup("<li>{}{}</li>").format(name, self._scalar(value))
        if depth >= DEEPEST:
            return Markup("<li>{}{}</li>").format(name, self._fitting("p", json.dumps(value, ensure_ascii=False)))
        return self._folder(value, name, depth)

    def _folder(self, value: dict[str, JsonValue] | list[JsonValue], name: Markup, depth: int) -> Markup:
        size = plural(len(value), "key" if isinstance(value, dict) else "item")
        brackets = ("{", "}") if isinstance(value, dict) else ("[", "]")
        is_open = depth < 2 or lines_in(value, OPEN_LINES + 1) <= OPEN_LINES
        return Markup(
            '<li><details{}><summary>{}<span class="p">{}</span> {}</summary><ul>{}</ul>{}</details></li>'
        ).format(
            Markup(" open") if is_open else "",
            name,
            brackets[0],
            Markup('<span class="muted small">{}</span>').format(size),
            self._inside(value, depth),
            Markup('<span class="p">{}</span>').format(brackets[1]),
        )

    def _inside(self, value: dict[str, JsonValue] | list[JsonValue], depth: int) -> Markup:
        drawn: list[Markup] = []
        for key, item in _members(value):
            if self.left <= 0:
                drawn.append(Markup('<li class="muted">… {:,} more</li>').format(len(value) - len(drawn)))
                break
            name = Markup() if key is None else Markup("{}: ").format(self._fitting("nt", _quoted(key)))
            drawn.append(self.draw(item, name, depth + 1))
        return Markup().join(drawn)

    def _scalar(self, value: JsonValue) -> Markup:
        if isinstance(value, str):
            return self._fitting("s2", _quoted(value))
        if isinstance(value, bool) or value is None:
            return _LINE.format("kc", json.dumps(value))
        if isinstance(value, int | float):
            return self._fitting("mi", json.dumps(value))
        return _LINE.format("p", "{}" if isinstance(value, dict) else "[]")

    def _fitting(self, kind: str, text: str) -> Markup:
        """A text as far as there is room for it, and how much is left out."""
        fits = text[: min(LONGEST_TEXT, self.characters)]
        self.characters -= len(fits)
        rest = len(text) - len(fits)
        more = Markup('<span class="muted small">… {:,} more characters: open it as JSON</span>').format(rest)
        return _LINE.format(kind, fits) + (more if rest else Markup())


def _members(value: dict[str, JsonValue] | list[JsonValue]) -> Iterable[tuple[str | None, JsonValue]]:
    return ((None, item) for item in value) if isinstance(value, list) else value.items()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
