"""A real watcher: what changes beneath the root, as the addresses that changed.

watchfiles follows symbolic links when it watches recursively, out of the root too, so each folder is watched by itself
and the set is renewed when folders come and go. An event is passed on only if its folder opens beneath the root.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import watchfiles
from anyio import to_thread

from deskhand.toolsets.files.address import Parts
from deskhand.toolsets.files.confine import LOOK
from deskhand.toolsets.files.glob import Glob
from deskhand.toolsets.files.root import Root
from deskhand.toolsets.files.walk import Tree

MAX_FOLDERS = 4_096
"""Most folders watched: each takes one inotify watch, of which Linux gives a user 8,192 or more."""
_DEBOUNCE_MS = 200
_STEP_MS = 50


@dataclass(frozen=True, slots=True)
class Changed:
    """What happened since the last one: the files and folders that changed, and whether any came or went."""

    parts: frozenset[Parts]
    listing: bool


def _events(paths: Sequence[Path]) -> AsyncGenerator[set[tuple[watchfiles.Change, str]]]:
    return watchfiles.awatch(  # pyright: ignore[reportUnknownMemberType] (its annotation names trio, which is not here)
        *paths, watch_filter=None, recursive=False, debounce=_DEBOUNCE_MS, step=_STEP_MS, rust_timeout=500
    )


class Watcher:
    """Watches the folders of a tree."""

    def __init__(self, root: Root, tree: Tree) -> None:
        self._root = root
        self._tree = tree

    async def changes(self) -> AsyncGenerator[Changed]:
        """Changes as they happen, until closed.

        Raises:
            OSError: the system gives no more watches.
        """
        folders = await to_thread.run_sync(self.folders)
        while True:
            paths = [self._root.path.joinpath(*parts) for parts in folders]
            async for events in _events(paths):
                changed = await to_thread.run_sync(self._changed, events)
                if changed.parts:
                    yield changed
                if changed.listing and (now := await to_thread.run_sync(self.folders)) != folders:
                    break
            else:
                return
            arrived = await to_thread.run_sync(self._inside, sorted(now - folders))
            folders = now
            if arrived:
                yield Changed(arrived, listing=True)

    def folders(self) -> frozenset[Parts]:
        """The root and the folders below it that are watched; blocks."""
        found: list[Parts] = [()]
        for entry, _ in self._tree.walk(Glob("**")):
            if entry.kind == "directory":
                found.append(entry.parts)
                if len(found) == MAX_FOLDERS:
                    break
        return frozenset(found)

    def _inside(self, folders: Iterable[Parts]) -> frozenset[Parts]:
        """What is in folders that were not watched yet when it arrived."""
        found: set[Parts] = set()
        for parts in folders:
            try:
                found.update(entry.parts for entry in self._tree.entries(parts))
            except OSError:
                continue
        return frozenset(found)

    def _changed(self, events: set[tuple[watchfiles.Change, str]]) -> Changed:
        parts: set[Parts] = set()
        listing = False
        for change, path in events:
            place = self._place(path)
            if place is None:
                continue
            parts.add(place)
            if change is not watchfiles.Change.modified:
                parts.add(place[:-1])
                listing = True
        return Changed(frozenset(parts), listing)

    def _place(self, path: str) -> Parts | None:
        """The address of an event's path, if it is one to speak of."""
        relative = Path(path).relative_to(self._root.path).parts
        if not relative or any(self._tree.hidden(name) for name in relative):
            return None
        try:
            with self._root.open(relative[:-1], LOOK):
                return relative
        except OSError:
            return None
