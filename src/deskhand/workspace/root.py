"""The workspace root: every descriptor in it comes from here, and every system error leaves through here."""

import errno
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

from deskhand.errors import Conflict, Denied, DeskhandError, InvalidInput, LimitExceeded, NotFound, Unavailable
from deskhand.workspace.address import Parts, shown, typed
from deskhand.workspace.confine import DIRECTORY, LOOK, Confinement, strongest

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY
RESERVED = ".deskhand-"
"""Names that begin so are the toolset's own (trash, half-written files): never listed, watched or written by name."""
TRASH = f"{RESERVED}trash"


class Root:
    """A directory, and how to reach what lies beneath it.

    `hard_links` false refuses regular files that have several names: one of them may lie outside the root, and no
    descriptor can tell. It matters for reading only; writing replaces the name and leaves the other names' file alone.
    """

    def __init__(self, path: Path, confinement: Confinement | None = None, *, hard_links: bool = False) -> None:
        self.path = path
        self.confinement = confinement or strongest()
        self._hard_links = hard_links

    @contextmanager
    def open(self, parts: Parts, flags: int) -> Generator[int]:
        """A descriptor of `parts`, closed at the end.

        Raises:
            OSError: as `Confinement.open`.
        """
        root = os.open(self.path, DIRECTORY)
        try:
            descriptor = self.confinement.open(root, parts, flags)
        finally:
            os.close(root)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def parent(self, parts: Parts) -> Generator[tuple[int, str]]:
        """The directory that holds `parts`, as a descriptor, and the last name; the base of every change."""
        if not parts:
            raise InvalidInput("This is the workspace root itself. Name something in it.")
        with self.open(parts[:-1], DIRECTORY) as directory:
            yield directory, parts[-1]

    @contextmanager
    def file(self, parts: Parts) -> Generator[int]:
        """A regular file open for reading. Opening never blocks, so a FIFO or device is refused, not waited for.

        Raises:
            Denied: a device, FIFO or socket, or a file with several names.
            InvalidInput: a directory.
        """
        try:
            with self.open(parts, _READ) as descriptor:
                self._check_regular(os.fstat(descriptor), parts)
                yield descriptor
        except OSError as error:
            if error.errno == errno.ENXIO:  # opening a socket
                raise _special(parts) from None
            raise

    def status(self, parts: Parts) -> os.stat_result:
        """What `parts` is, links beneath the root followed."""
        with self.open(parts, LOOK) as descriptor:
            return os.fstat(descriptor)

    def own_status(self, parts: Parts) -> os.stat_result | None:
        """What the name itself is, a link not followed; None when there is nothing of that name."""
        try:
            with self.parent(parts) as (directory, name):
                return os.stat(name, dir_fd=directory, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def _check_regular(self, status: os.stat_result, parts: Parts) -> None:
        if stat.S_ISDIR(status.st_mode):
            below = "**" if TRASH in parts else "*"
            raise InvalidInput(f"{shown(parts)} is a folder. List it with the glob '{shown((*parts, below))}'.")
        if not stat.S_ISREG(status.st_mode):
            raise _special(parts)
        if status.st_nlink > 1 and not self._hard_links:
            raise Denied(
                f"{shown(parts)} has {status.st_nlink} names (hard links) and one may lie outside the workspace, so it "
                "is not opened. Put a copy in the workspace, or let the operator set files.hard_links = true."
            )

    @contextmanager
    def explained(self, parts: Parts) -> Generator[None]:
        """Turn a system error about `parts` into one that is safe to show and says what to do next."""
        try:
            yield
        except OSError as error:
            raise self._explain(error, parts) from error

    def _explain(self, error: OSError, parts: Parts) -> DeskhandError:
        code = error.errno or 0
        if code in (errno.ENOENT, errno.ENOTDIR):
            return self.missing(parts)
        if code in _SENTENCES:
            kind, sentence = _SENTENCES[code]
            return kind(sentence.format(path=shown(parts)))
        return Unavailable(f"{shown(parts)}: {os.strerror(code) if code else 'the file system failed'}. Try again.")

    def missing(self, parts: Parts) -> DeskhandError:
        """An error that says how far the path leads, and what is named alike there."""
        for depth in range(len(parts)):
            try:
                with self.open(parts[:depth], DIRECTORY) as directory:
                    names = os.listdir(directory)
            except OSError:
                return InvalidInput(f"{shown(parts[:depth])} is a file, not a folder, so {shown(parts)} cannot exist.")
            if parts[depth] not in names:
                return NotFound(_not_there(parts, depth, names))
        return NotFound(f"{shown(parts)} is gone or points to nothing. List the folder to see what is there.")


def _not_there(parts: Parts, depth: int, names: list[str]) -> str:
    by_folded = {name.casefold(): name for name in sorted(names) if not name.startswith(RESERVED)}
    near = get_close_matches(parts[depth].casefold(), by_folded, n=3, cutoff=0.5)
    rest = parts[depth + 1 :]
    where = shown(parts[:depth]) if depth else "the workspace"
    start = f"There is no {shown(parts)}: {where} has no '{shown(parts[depth : depth + 1])}'."
    if near:
        return f"{start} Did you mean {' or '.join(typed((*parts[:depth], by_folded[name], *rest)) for name in near)}?"
    return f"{start} Look with the glob '{shown((*parts[:depth], '*'))}'."


def _special(parts: Parts) -> Denied:
    return Denied(f"{shown(parts)} is a device, FIFO or socket. Only regular files and folders are opened.")


_OUTSIDE = "{path} leads out of the workspace through a link, which is never followed. Name a file inside it."
_SENTENCES: dict[int, tuple[type[DeskhandError], str]] = {
    errno.EXDEV: (Denied, _OUTSIDE),
    errno.ELOOP: (Denied, "{path} is a loop of links, or a link the system resolves itself; neither is followed."),
    errno.EAGAIN: (Conflict, "{path} is being renamed over and over. Try again in a moment."),
    errno.EACCES: (Denied, "The system does not let Deskhand's user open {path}. Its owner can change that."),
    errno.EPERM: (Denied, "The system does not permit this on {path}. Its owner can change that."),
    errno.EROFS: (Denied, "{path} is on a read-only file system."),
    errno.EEXIST: (Conflict, "{path} exists already. Choose another name, or trash that one first."),
    errno.EISDIR: (InvalidInput, "{path} is a folder; a file was expected."),
    errno.ENOTEMPTY: (Conflict, "{path} exists already and is not empty. Choose another name, or trash it first."),
    errno.ENAMETOOLONG: (InvalidInput, "{path} has a name too long for this file system. Choose a shorter one."),
    errno.EINVAL: (InvalidInput, "The file system refuses the name {path}. Choose another."),
    errno.ENOSPC: (Unavailable, "The disk is full, so {path} is unchanged. Free some space and try again."),
    errno.EDQUOT: (Unavailable, "The disk quota is used up, so {path} is unchanged. Free some space and try again."),
    errno.EFBIG: (LimitExceeded, "{path} would be larger than the file system allows."),
    errno.EMFILE: (Unavailable, "Too many files are open at once. Try again in a moment."),
    errno.ENFILE: (Unavailable, "Too many files are open at once. Try again in a moment."),
}
