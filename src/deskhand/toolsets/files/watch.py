"""A real watcher: what changes beneath the root, as the addresses that changed.

watchfiles follows symbolic links when it watches recursively, out of the root too, so each folder is watched by itself
and the watch is renewed when folders come and go. An event is passed on only if its folder opens beneath the root.
It gives up when a name that is not UTF-8 is touched: such names are not announced, and the watch is renewed.
"""

import errno
import os
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import anyio
import watchfiles
from anyio import to_thread

from deskhand.workspace.address import Parts
from deskhand.workspace.confine import LOOK
from deskhand.workspace.glob import Glob
from deskhand.workspace.root import Root
from deskhand.workspace.walk import Tree

MAX_FOLDERS = 4_096
"""Most folders watched: each takes one inotify watch, of which Linux gives a user 8,192 or more."""
_DEBOUNCE_MS = 200
_STEP_MS = 50
_TURN_MS = 500
_OVERLAP_SECONDS = 2
_PAUSE_SECONDS = 1
"""Before a watch that gave up is renewed: less than the overlap, so that nothing is lost meanwhile."""

Events = set[tuple[watchfiles.Change, str]]


@dataclass(frozen=True, slots=True)
class Changed:
    """What happened since the last one: the files and folders that changed, and whether any came or went."""

    parts: frozenset[Parts] = frozenset()
    listing: bool = False


@dataclass(frozen=True, slots=True)
class _Gap:
    """While the watch was renewed nobody looked: what changed `since` (seconds of the epoch), and `new` folders."""

    since: float
    new: frozenset[Parts]


class Watcher:
    """Watches the folders of a tree."""

    def __init__(self, root: Root, tree: Tree) -> None:
        self._root = root
        self._tree = tree.of_utf8_names()

    async def changes(self) -> AsyncGenerator[Changed]:
        """Changes as they happen, until closed.

        Raises:
            OSError: the root is gone, or the system gives no more watches.
        """
        folders, gap = await to_thread.run_sync(self.folders), None
        while True:
            seen, home = time.time(), self._home()
            async with aclosing(self._events(folders)) as batches:
                async for events in batches:
                    missed = await to_thread.run_sync(self._missed, gap) if gap else Changed()
                    changed = await to_thread.run_sync(self._changed, events, missed) if events else missed
                    seen, gap = time.time(), None
                    if changed.parts:
                        yield changed
                    if await to_thread.run_sync(self._differs, home, folders, changed.listing):
                        break
            before = folders if self._home() == home else frozenset[Parts]()
            folders = await to_thread.run_sync(self.folders)
            gap = _Gap(seen - _OVERLAP_SECONDS, folders - before)

    def _home(self) -> tuple[int, int]:
        """What the root's name stands for now: a folder removed and made again is another one."""
        status = os.stat(self._root.path)
        return status.st_dev, status.st_ino

    def _differs(self, home: tuple[int, int], folders: frozenset[Parts], listing: bool) -> bool:
        """Whether other folders are to be watched than are."""
        return self._home() != home or (listing and self.folders() != folders)

    def folders(self) -> frozenset[Parts]:
        """The root and the folders below it that are watched; blocks."""
        found: list[Parts] = [()]
        for entry, _ in self._tree.walk(Glob("**")):
            if entry.kind == "directory":
                found.append(entry.parts)
                if len(found) == MAX_FOLDERS:
                    break
        return frozenset(found)

    async def _events(self, folders: frozenset[Parts]) -> AsyncGenerator[Events]:
        """What the system reports of these folders, and an empty set when it is silent for a while.

        A folder that is gone already or may not be read is passed over (`ignore_permission_denied` means both).
        """
        paths = [self._root.path.joinpath(*parts) for parts in folders]
        watching = watchfiles.awatch(  # pyright: ignore[reportUnknownMemberType] (its annotation names trio)
            *paths,
            watch_filter=None,
            recursive=False,
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            rust_timeout=_TURN_MS,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )
        try:
            async with aclosing(watching):
                async for events in watching:
                    yield events
        except (RuntimeError, ExceptionGroup) as error:  # what watchfiles raises for failures it has no name for
            if not _undecodable(error):
                raise OSError(errno.EIO, "the watcher failed") from error
            yield set()
            await anyio.sleep(_PAUSE_SECONDS)

    def _missed(self, gap: _Gap) -> Changed:
        """What changed while the watch was renewed. A folder that lost a name has changed itself."""
        found: set[Parts] = set(gap.new)
        if os.stat(self._root.path).st_ctime >= gap.since:
            found.add(())
        for entry, _ in self._tree.walk(Glob("**")):
            if entry.status.st_ctime >= gap.since or entry.parts[:-1] in gap.new:
                found.add(entry.parts)
        return Changed(frozenset(found), listing=bool(found))

    def _changed(self, events: Events, missed: Changed) -> Changed:
        parts = set(missed.parts)
        listing = missed.listing
        for change, path in events:
            place = self._place(path)
            if place is not None:
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


def _undecodable(error: RuntimeError | ExceptionGroup[Exception]) -> bool:
    """Whether watchfiles met a name that is not UTF-8; it says so in words only, in a group of its own."""
    failures = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
    return all("unable to decode path" in str(failure).lower() for failure in failures)
