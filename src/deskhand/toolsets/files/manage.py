"""Moving, copying, making folders, throwing away and taking back. Nothing is ever replaced or deleted here."""

import errno
import os
import shutil
import stat
from collections.abc import Generator
from contextlib import contextmanager
from secrets import token_hex

from deskhand.errors import Conflict, InvalidInput, LimitExceeded
from deskhand.toolsets.files.answers import Managed
from deskhand.workspace.address import Parts, shown, uri_of
from deskhand.workspace.glob import Glob
from deskhand.workspace.names import check_new_name
from deskhand.workspace.rename import rename_new
from deskhand.workspace.root import RESERVED, Root
from deskhand.workspace.steps import read_in_steps, stop_if_cancelled, write_in_steps
from deskhand.workspace.trash import Trash
from deskhand.workspace.walk import Entry, Tree

_COPIED_FILES = 5_000
_COPIED_BYTES = 1024**3


class Organizer:
    """Changes where files are. All methods block."""

    def __init__(self, root: Root, trash: Trash, *, copied_files: int = _COPIED_FILES) -> None:
        self._root = root
        self._copied_files = copied_files
        self._trash = trash
        self._tree = Tree(root)  # a copy takes everything along, what listings ignore too

    def move(self, parts: Parts, to: Parts) -> Managed:
        """Rename or move a file or folder to the name `to`, which must be free."""
        check_new_name(parts)
        self._move(parts, to)
        return Managed(uri=uri_of(to))

    def make_folder(self, parts: Parts) -> Managed:
        """Make a folder, and those above it; one that is there already is fine."""
        check_new_name(parts)
        with self._root.explained(parts):
            self._trash.make_folders(parts)
            if not stat.S_ISDIR(self._root.status(parts).st_mode):
                raise Conflict(f"{shown(parts)} exists and is not a folder. Choose another name.")
        return Managed(uri=uri_of(parts))

    def trash(self, parts: Parts) -> Managed:
        """Put a file or folder into the trash; a link goes there itself, not what it points to."""
        check_new_name(parts)
        with self._root.explained(parts), self._root.parent(parts) as (directory, name):
            os.stat(name, dir_fd=directory, follow_symlinks=False)
            lies = self._trash.put(directory, name, parts)
        return Managed(uri=uri_of(lies), note="To undo, restore that.")

    def restore(self, parts: Parts, to: Parts | None) -> Managed:
        """Put a thing from the trash back to where it was, or to `to`; that name must be free."""
        with self._root.explained(parts):
            origin = self._trash.origin(parts)
        back = to or origin
        try:
            self._move(parts, back)
        except Conflict as error:
            hint = "" if to else " To restore it under another name, give that as `to`."
            raise Conflict(f"{error.message}{hint}") from None
        self._trash.tidy(parts)
        return Managed(uri=uri_of(back))

    def copy(self, parts: Parts, to: Parts) -> Managed:
        """Copy a file, or a folder with everything in it but links and special files, to the name `to`.

        Raises:
            LimitExceeded: the folder holds too much.
        """
        check_new_name(parts)
        check_new_name(to)
        with self._root.explained(parts):
            is_folder = stat.S_ISDIR(self._root.status(parts).st_mode)
        if is_folder and to[: len(parts)] == parts:
            raise InvalidInput(f"{shown(parts)} cannot be copied into itself. Choose a name outside it.")
        with self._root.explained(to):
            self._refuse_taken(to)
            with self._trash.folders(to[:-1]), self._finishing(to) as passing:
                skipped = self._copy_folder(parts, passing) if is_folder else self._copy_file(parts, passing)
        return Managed(uri=uri_of(to), note=f"{skipped} links and special files left out" if skipped else "")

    def _move(self, parts: Parts, to: Parts) -> None:
        check_new_name(to)
        with self._root.explained(parts), self._root.parent(parts) as (source, name):
            os.stat(name, dir_fd=source, follow_symlinks=False)
            with self._root.explained(to):
                self._refuse_taken(to)
                self._trash.make_folders(to[:-1])
                with self._root.parent(to) as (target, new_name):
                    _rename(source, name, target, new_name, parts)
                    os.fsync(target)

    def _refuse_taken(self, to: Parts) -> None:
        try:
            status = self._root.own_status(to)
        except NotADirectoryError:
            status = None
        if status is None:
            return
        inside = f" To put it inside, name the place: {shown(to)}/…" if stat.S_ISDIR(status.st_mode) else ""
        raise Conflict(f"{shown(to)} exists already. Choose another name, or trash that one first.{inside}")

    @contextmanager
    def _finishing(self, to: Parts) -> Generator[Parts]:
        """A passing name beside `to` to build under; it gets its real name at the end, or is removed."""
        passing = (*to[:-1], f"{RESERVED}{token_hex(8)}")
        with self._root.parent(to) as (directory, name):
            try:
                yield passing
                stop_if_cancelled()
                rename_new(directory, passing[-1], directory, name)
                os.fsync(directory)
            except BaseException:
                _remove(directory, passing[-1])
                raise

    def _copy_file(self, parts: Parts, to: Parts) -> int:
        with self._root.explained(parts), self._root.file(parts) as source, self._root.parent(to) as (directory, name):
            mode = stat.S_IMODE(os.fstat(source).st_mode) & 0o777
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            with (
                os.fdopen(os.dup(source), "rb") as reading,
                os.fdopen(os.open(name, flags, mode, dir_fd=directory), "wb") as writing,
            ):
                write_in_steps(writing, read_in_steps(reading))
        return 0

    def _copy_folder(self, parts: Parts, to: Parts) -> int:
        """Copy what is in a folder; says how many entries were left out."""
        entries = self._contents(parts)
        self._trash.make_folders(to)
        skipped = 0
        for entry in entries:
            target = (*to, *entry.parts[len(parts) :])
            if entry.kind == "directory":
                self._trash.make_folders(target)
            elif entry.kind in ("link", "special"):
                skipped += 1
            else:
                self._copy_file(entry.parts, target)
        return skipped

    def _contents(self, parts: Parts) -> list[Entry]:
        entries: list[Entry] = []
        size = 0
        for entry, _ in self._tree.walk(Glob("**"), start=parts):
            entries.append(entry)
            size += 0 if entry.kind == "directory" else entry.status.st_size
            if len(entries) > self._copied_files or size > _COPIED_BYTES:
                raise LimitExceeded(
                    f"{shown(parts)} holds more than {self._copied_files:,} entries or {_COPIED_BYTES // 1024**3} GiB. "
                    "Copy its parts one by one."
                )
        return entries


def _rename(source: int, name: str, target: int, new_name: str, parts: Parts) -> None:
    try:
        rename_new(source, name, target, new_name)
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise InvalidInput(f"{shown(parts)} is on another file system. Use action=copy, then trash.") from None
        if error.errno == errno.EINVAL:
            raise InvalidInput(f"{shown(parts)} cannot be moved into itself. Choose a name outside it.") from None
        raise


def _remove(directory: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=directory)
    except FileNotFoundError:
        return
    except OSError:
        shutil.rmtree(name, ignore_errors=True, dir_fd=directory)
