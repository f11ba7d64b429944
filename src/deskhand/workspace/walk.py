"""What is in a folder, and in the folders below it: sorted, links not followed, nothing held open between steps."""

import fnmatch
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deskhand.workspace.address import MAX_DEPTH, Parts
from deskhand.workspace.confine import DIRECTORY
from deskhand.workspace.glob import Glob, States
from deskhand.workspace.kind import Kind, kind_of
from deskhand.workspace.root import RESERVED, TRASH, Root
from deskhand.workspace.steps import stop_if_cancelled

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a folder and what it is; a link is a link, whatever it points to."""

    parts: Parts
    kind: Kind
    status: os.stat_result


class Tree:
    """The files beneath a root that are listed at all: not the toolset's own, not the ignored names."""

    def __init__(self, root: Root, ignore: Sequence[str] = (), *, utf8: bool = False, trash: bool = False) -> None:
        self._root = root
        self._ignore = tuple(ignore)
        self._utf8 = utf8
        self._trash = trash

    def of_utf8_names(self) -> "Tree":
        """The same without names that are not UTF-8, which Python shows with lone surrogates (PEP 383)."""
        return Tree(self._root, self._ignore, utf8=True)

    def with_trash(self) -> "Tree":
        """The same and what is in the trash."""
        return Tree(self._root, self._ignore, trash=True)

    def hidden(self, name: str) -> bool:
        """Whether a name is left out of listings, searches and change events."""
        if self._trash and name == TRASH:
            return False
        if name.startswith(RESERVED) or (self._utf8 and _LONE_SURROGATE.search(name)):
            return True
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self._ignore)

    def entries(self, parts: Parts) -> list[Entry]:
        """One folder's entries, sorted by name; blocks.

        Raises:
            OSError: it is not a folder, or cannot be opened.
        """
        with self._root.open(parts, DIRECTORY) as directory, os.scandir(directory) as scan:
            names = [name for name in (item.name for item in scan) if not self.hidden(name)]
            found = [_entry(parts, name, directory) for name in sorted(names)]
        return [entry for entry in found if entry is not None]

    def walk(self, glob: Glob, *, start: Parts = (), after: Parts = ()) -> Iterator[tuple[Entry, bool]]:
        """Every entry below `start` in order of its names, folders before what is in them, and whether it matches.

        The glob counts from `start`. What is not behind `after` is left out. Folders that vanish, cannot be read, or
        cannot hold a match are passed over.
        """
        yield from self._below(start, glob, glob.start, after)

    def _below(self, parts: Parts, glob: Glob, states: States, after: Parts) -> Iterator[tuple[Entry, bool]]:
        try:
            entries = self.entries(parts)
        except OSError:
            return
        for entry in entries:
            stop_if_cancelled()
            if entry.parts < after[: len(entry.parts)]:
                continue
            now = glob.step(states, entry.parts[-1])
            if entry.parts > after:
                yield entry, glob.accepts(now)
            if entry.kind == "directory" and glob.leads_on(now) and len(entry.parts) < MAX_DEPTH:
                yield from self._below(entry.parts, glob, now, after)


def _entry(parts: Parts, name: str, directory: int) -> Entry | None:
    stop_if_cancelled()
    try:
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except OSError:
        return None
    return Entry((*parts, name), kind_of(name, status.st_mode), status)
