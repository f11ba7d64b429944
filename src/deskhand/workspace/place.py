"""Placing: a file appears whole or not at all, never over something unseen, and what was there goes to the trash."""

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from secrets import token_hex
from typing import Literal

from deskhand.errors import Conflict, InvalidInput
from deskhand.workspace.address import Parts, shown, uri_of
from deskhand.workspace.content import Content
from deskhand.workspace.load import version_of_steps
from deskhand.workspace.names import check_new_name
from deskhand.workspace.rename import rename_new, swap
from deskhand.workspace.root import RESERVED, Root
from deskhand.workspace.steps import STEP_BYTES, read_in_steps, write_in_steps
from deskhand.workspace.trash import Trash
from deskhand.workspace.turn import turn

_ASIDE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_NEW_MODE = 0o666  # less the umask, as every program does


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands at an address now: its version and what its descriptor said."""

    version: str
    status: os.stat_result


@dataclass(frozen=True, slots=True)
class Placed:
    """What placing did. `trashed` is the address of what was there before, empty when nothing was replaced."""

    uri: str
    version: str
    outcome: Literal["created", "replaced", "unchanged"]
    size: int
    trashed: str = ""


class Placer:
    """Places files beneath a root. Deskhand's own writers take turns; what other programs change is noticed."""

    def __init__(self, root: Root, trash: Trash) -> None:
        self._root = root
        self._trash = trash

    def place(self, parts: Parts, content: Content, expected: str = "") -> Placed:
        """Place `content`, over the version `expected` only; blocks.

        Raises:
            Conflict: something is there and `expected` is missing or not its version, or it changed just now.
            InvalidInput, Denied: the name cannot be written.
        """
        with self.turn(parts):
            return self.put(parts, content, self._standing(parts), expected)

    @contextmanager
    def turn(self, parts: Parts) -> Generator[None]:
        """Our turn to change `parts`: nobody else of Deskhand's writes until the end. Blocks.

        Raises:
            InvalidInput, Denied: the name cannot be written.
            Unavailable: others do not finish.
        """
        check_new_name(parts)
        with self._root.explained(parts), turn(self._root):
            yield

    def taken(self, parts: Parts) -> bool:
        """Whether something is there that placing would replace.

        Raises:
            InvalidInput: it is a link.
        """
        status = self._root.own_status(parts) if self._folder_exists(parts[:-1]) else None
        if status is not None and stat.S_ISLNK(status.st_mode):
            raise InvalidInput(f"{shown(parts)} is a link. Write the file it points to instead.")
        return status is not None

    def put(self, parts: Parts, content: Content, standing: Standing | None, expected: str) -> Placed:
        """Place `content` in our turn, where `standing` was seen in the same turn; as `place` otherwise."""
        uri = uri_of(parts)
        if standing is not None and standing.version == content.version:
            return Placed(uri, content.version, "unchanged", content.size)
        _check_expected(parts, standing, expected)
        if standing is None:
            self._create(parts, content)
            return Placed(uri, content.version, "created", content.size)
        trashed = self._replace(parts, content, standing)
        return Placed(uri, content.version, "replaced", content.size, uri_of(trashed))

    def _standing(self, parts: Parts) -> Standing | None:
        if not self.taken(parts):
            return None
        with self._root.file(parts) as descriptor, os.fdopen(os.dup(descriptor), "rb") as file:
            return Standing(version_of_steps(read_in_steps(file)), os.fstat(descriptor))

    def _folder_exists(self, parts: Parts) -> bool:
        try:
            return stat.S_ISDIR(self._root.status(parts).st_mode)
        except FileNotFoundError:
            return False

    def _create(self, parts: Parts, content: Content) -> None:
        with self._trash.folders(parts[:-1]), self._root.parent(parts) as (directory, name):
            temporary = _write_aside(directory, content, _NEW_MODE)
            with _unlinked_on_failure(directory, temporary):
                rename_new(directory, temporary, directory, name)
            os.fsync(directory)

    def _replace(self, parts: Parts, content: Content, standing: Standing) -> Parts:
        """Exchange old and new, look at what came out, and only then let it go to the trash."""
        with self._root.parent(parts) as (directory, name):
            temporary = _write_aside(directory, content, 0o600, like=standing.status)
            with _unlinked_on_failure(directory, temporary):
                swap(directory, temporary, name)
            # From here the passing name holds what was there before: it is moved, never unlinked unseen.
            try:
                if _version_at(directory, temporary, standing.status.st_size) != standing.version:
                    raise Conflict(f"{shown(parts)} was changed by somebody else just now. Read it again.")
                trashed = self._trash.put(directory, temporary, parts)
            except BaseException:
                swap(directory, temporary, name)
                if _version_at(directory, temporary, content.size) == content.version:
                    os.unlink(temporary, dir_fd=directory)
                raise
            os.fsync(directory)
        return trashed


def _check_expected(parts: Parts, standing: Standing | None, expected: str) -> None:
    if standing is None:
        if expected:
            raise Conflict(f"{shown(parts)} does not exist (any more). Leave out expected_version to create it.")
    elif not expected:
        raise Conflict(
            f"{shown(parts)} exists. Read it first and pass its version as expected_version, or choose another name."
        )
    elif expected != standing.version:
        raise Conflict(
            f"{shown(parts)} is at version {standing.version}, not {expected}: it changed since you read it. "
            "Read it again, then repeat the change with the new version."
        )


def _write_aside(directory: int, content: Content, mode: int, *, like: os.stat_result | None = None) -> str:
    """A file with `content`, safely on disk, under a passing name, with owner and mode `like` another's if given."""
    name = f"{RESERVED}{token_hex(8)}"
    opened = os.open(name, _ASIDE, mode, dir_fd=directory)
    with _unlinked_on_failure(directory, name, BaseException), os.fdopen(opened, "wb") as file:
        write_in_steps(file, content.steps())
        if like is not None:
            _take_after(file.fileno(), like)
        os.fsync(file.fileno())
    return name


@contextmanager
def _unlinked_on_failure(directory: int, name: str, failure: type[BaseException] = OSError) -> Generator[None]:
    try:
        yield
    except failure:
        os.unlink(name, dir_fd=directory)
        raise


def _take_after(descriptor: int, like: os.stat_result) -> None:
    """An owner that may not be given away stays ours; set-user-id bits go, as they do when a program writes."""
    with suppress(PermissionError):
        os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(like.st_mode) & 0o777)


def _version_at(directory: int, name: str, size: int) -> str | None:
    """The version of a regular file just swapped out, no more than about `size` bytes of it; None for anything else."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        # Not in steps that can be cancelled: after the exchange, the work is finished one way or the other.
        return version_of_steps(islice(iter(partial(file.read, STEP_BYTES), b""), size // STEP_BYTES + 1))
