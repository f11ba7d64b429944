"""Glob patterns over names on the way down, so that a folder nothing can match in is never entered.

`*`, `?` and `[abc]` match within a name, `**` any number of folders, `{a,b}` either. A pattern without a slash matches
at any depth. Case does not matter. Matching moves a set of states name by name: no pattern makes it slow.
"""

import fnmatch
import re
from functools import cached_property

from deskhand.errors import InvalidInput

States = frozenset[tuple[int, int]]
"""Alternatives still alive and how far each has got."""

_MAX_LENGTH = 500
_MAX_ALTERNATIVES = 64
_BRACES = re.compile(r"\{([^{}]*)\}")
_Segment = re.Pattern[str] | None  # None is `**`


class Glob:
    """A compiled pattern.

    Raises:
        InvalidInput: it is empty, too long, or climbs with `..`.
    """

    def __init__(self, pattern: str) -> None:
        clean = pattern.removeprefix("file://").lstrip("/").removeprefix("./")
        if not clean or len(pattern) > _MAX_LENGTH:
            raise InvalidInput(f"The glob must have 1 to {_MAX_LENGTH} characters, such as 'docs/**/*.md'.")
        self._alternatives = [_compile(alternative) for alternative in _expand(clean)]

    @cached_property
    def start(self) -> States:
        """The states at the root."""
        return self._closed({(number, 0) for number in range(len(self._alternatives))})

    def step(self, states: States, name: str) -> States:
        """The states after going down into `name`."""
        after: set[tuple[int, int]] = set()
        for number, at in states:
            segments = self._alternatives[number]
            if at == len(segments):
                continue
            segment = segments[at]
            if segment is None:
                after.add((number, at))
                if at + 1 == len(segments):
                    after.add((number, at + 1))
            elif segment.fullmatch(name):
                after.add((number, at + 1))
        return self._closed(after)

    def accepts(self, states: States) -> bool:
        """Whether what was stepped to matches."""
        return any(at == len(self._alternatives[number]) for number, at in states)

    def leads_on(self, states: States) -> bool:
        """Whether anything further down can match."""
        return any(at < len(self._alternatives[number]) for number, at in states)

    def _closed(self, states: set[tuple[int, int]]) -> States:
        """With the states reached by letting `**` stand for no folder at all; a final `**` needs at least a name."""
        todo = list(states)
        while todo:
            number, at = todo.pop()
            segments = self._alternatives[number]
            if at + 1 < len(segments) and segments[at] is None and (number, at + 1) not in states:
                states.add((number, at + 1))
                todo.append((number, at + 1))
        return frozenset(states)


def _expand(pattern: str) -> list[str]:
    """`{a,b}` written out, innermost first."""
    done: list[str] = []
    todo = [pattern]
    while todo:
        current = todo.pop()
        match = _BRACES.search(current)
        if match is None:
            done.append(current)
        else:
            todo.extend(current[: match.start()] + choice + current[match.end() :] for choice in match[1].split(","))
        if len(todo) + len(done) > _MAX_ALTERNATIVES:
            raise InvalidInput(f"The glob stands for more than {_MAX_ALTERNATIVES} patterns. Use fewer {{…}}.")
    return done


def _compile(pattern: str) -> list[_Segment]:
    names = [name for name in pattern.split("/") if name not in ("", ".")]
    if ".." in names:
        raise InvalidInput("A glob cannot climb with '..'; it counts from the workspace root, as in 'docs/**/*.md'.")
    if len(names) == 1:
        names = ["**", *names]
    # fnmatch writes atomic groups, so a name is matched without backtracking over earlier stars.
    return [None if name == "**" else re.compile(fnmatch.translate(name), re.IGNORECASE) for name in names]
