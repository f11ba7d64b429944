"""The trash: a hidden folder in the workspace, so that putting something there is one atomic rename and never a copy.

`.deskhand-trash/<when>-<random>/<the path it had>`: where a thing goes back to is where it lies. What lies on another
file system mounted below the root gets a trash folder beside it, because a rename cannot leave a file system.
"""

import errno
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from itertools import islice
from secrets import token_hex

from deskhand.errors import InvalidInput, NotFound
from deskhand.workspace.address import Parts, shown, typed
from deskhand.workspace.confine import DIRECTORY
from deskhand.workspace.glob import Glob
from deskhand.workspace.rename import rename_new
from deskhand.workspace.root import TRASH, Root
from deskhand.workspace.walk import Tree

_WHEN = "%Y%m%dT%H%M%SZ"
_COMPARED = 10_000
_NEAR = 3


class Trash:
    """Keeps what was overwritten or thrown away until it is restored or too old."""

    def __init__(self, root: Root, now: Callable[[], datetime]) -> None:
        self._root = root
        self._now = now

    def put(self, directory: int, name: str, parts: Parts) -> Parts:
        """Move `name` in `directory`, known as `parts`, into the trash; says where it lies.

        Raises:
            OSError: it could not be moved and is where it was.
        """
        try:
            return self._put(directory, name, parts, depth=0)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return self._put(directory, name, parts, depth=len(parts) - 1)

    def _put(self, directory: int, name: str, parts: Parts, *, depth: int) -> Parts:
        batch = f"{self._now().astimezone(UTC).strftime(_WHEN)}-{token_hex(3)}"
        lies = (*parts[:depth], TRASH, batch, *parts[depth:])
        self.make_folders(lies[:-1], mode=0o700)
        with self._root.parent(lies) as (target, last):
            rename_new(directory, name, target, last)
        return lies

    def origin(self, parts: Parts) -> Parts:
        """Where a thing in the trash was before.

        Raises:
            InvalidInput: `parts` is not an address in the trash.
            NotFound: there is nothing; what is called alike in the trash is named.
        """
        at = parts.index(TRASH) if TRASH in parts else len(parts)
        if len(parts) < at + 3:
            raise InvalidInput(
                f"{shown(parts)} is not in the trash. Give the address that was answered when it was trashed, "
                f"such as file:///{TRASH}/20260131T120000Z-0a1b2c/docs/a.txt. {self._near(parts)}"
            )
        with suppress(NotADirectoryError):
            if self._root.own_status(parts) is not None:
                return (*parts[:at], *parts[at + 2 :])
        raise NotFound(f"There is no {shown(parts)}. {self._near(parts)}")

    def _near(self, parts: Parts) -> str:
        """What lies in the trash under a name like the last of `parts`, the likest and newest first."""
        walked = Tree(self._root).with_trash().walk(Glob(f"{TRASH}/*/**"))
        lying = [entry.parts for entry, matches in islice(walked, _COMPARED) if matches]
        wanted = parts[-1].casefold() if parts else ""
        alike = get_close_matches(wanted, {lies[-1].casefold() for lies in lying}, n=_NEAR)
        near = [lies for name in alike for lies in reversed(lying) if lies[-1].casefold() == name]
        if near:
            return f"Did you mean {' or '.join(typed(lies) for lies in near[:_NEAR])}?"
        return f"The trash is listed by the glob '{TRASH}/**'."

    def tidy(self, parts: Parts) -> None:
        """Remove the folders that `parts` left empty in the trash."""
        for depth in range(len(parts) - 1, parts.index(TRASH) + 1, -1):
            try:
                with self._root.parent(parts[:depth]) as (directory, name):
                    os.rmdir(name, dir_fd=directory)
            except OSError:
                return

    @contextmanager
    def folders(self, parts: Parts) -> Generator[None]:
        """Make the folders of `parts` that are missing, and take them away again when what they are for fails."""
        made = self.make_folders(parts)
        try:
            yield
        except BaseException:
            for folder in reversed(made):
                with suppress(OSError), self._root.parent(folder) as (directory, name):
                    os.rmdir(name, dir_fd=directory)
            raise

    def make_folders(self, parts: Parts, *, mode: int = 0o777) -> list[Parts]:
        """Make the folders of `parts` that are missing, each through its parent's descriptor; says which."""
        made: list[Parts] = []
        for depth in range(1, len(parts) + 1):
            with self._root.parent(parts[:depth]) as (directory, name):
                try:
                    os.mkdir(name, mode, dir_fd=directory)
                except FileExistsError:
                    continue
            made.append(parts[:depth])
        return made

    def purge(self, *, days: int) -> int:
        """Delete for good what has been in the workspace's trash for more than `days`; says how many batches."""
        oldest = self._now().astimezone(UTC) - timedelta(days=days)
        removed = 0
        try:
            with self._root.open((TRASH,), DIRECTORY) as directory:
                for batch in os.listdir(directory):
                    if _older(batch, oldest):
                        shutil.rmtree(batch, ignore_errors=True, dir_fd=directory)
                        removed += 1
        except FileNotFoundError:
            return 0
        return removed


def _older(batch: str, oldest: datetime) -> bool:
    try:
        return datetime.strptime(batch.split("-")[0], _WHEN).replace(tzinfo=UTC) < oldest
    except ValueError:
        return False
