"""Opening what lies beneath a directory descriptor, and nothing else. Two ways, one behaviour.

Symbolic links are followed only when every step stays beneath the root: relative links that do not climb out of it.
Absolute links, links that climb out, and the kernel's magic links (`/proc/…/fd`, `cwd`, `root`) are refused.

- `KernelConfinement`: one `openat2(2)` with `RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS` (Linux 5.6); the kernel decides.
- `WalkConfinement`: one `openat` with `O_NOFOLLOW` per name, links read and walked by hand with the descriptors of the
  way down as a stack, so that `..` in a link can only go back to a directory that was reached beneath the root.

No path is ever compared with another as a string: what cannot be reached from the descriptor cannot be named.
"""

import ctypes
import errno
import os
import stat
from typing import Protocol

from deskhand.workspace.address import Parts

_SYS_OPENAT2 = 437  # the same number on every Linux architecture but alpha
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_BENEATH = 0x08
_RETRIES = 128
_MAX_LINKS = 40  # as the kernel's MAXSYMLINKS, path_resolution(7)
_MAX_STACK = 250

LOOK = getattr(os, "O_PATH", os.O_RDONLY | os.O_NONBLOCK)
"""Flags to reach something only to ask what it is: does not read it and does not wake a device."""
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY
"""Flags to open a directory for listing and as the base of further calls."""


class Confinement(Protocol):
    """A way to open beneath a directory."""

    @property
    def name(self) -> str:
        """What `health` calls it."""
        ...

    def open(self, root: int, parts: Parts, flags: int) -> int:
        """Open the existing `parts` beneath the descriptor `root`; the caller closes what it gets.

        Raises:
            OSError: EXDEV when the way leads out of the root, ELOOP for link loops and magic links, else as open(2).
        """
        ...


class _OpenHow(ctypes.Structure):
    _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]


class KernelConfinement:
    """openat2(2) with RESOLVE_BENEATH. glibc has no wrapper, so the system call is made by number."""

    name = "openat2"

    def __init__(self, number: int = _SYS_OPENAT2) -> None:
        self._number = ctypes.c_long(number)
        self._syscall = ctypes.CDLL(None, use_errno=True).syscall
        self._syscall.restype = ctypes.c_long

    def open(self, root: int, parts: Parts, flags: int) -> int:
        """Open in one call; EAGAIN means a rename raced with the kernel's own check, so try again."""
        path = os.fsencode("/".join(parts) or ".")
        how = _OpenHow(flags | os.O_CLOEXEC, 0, _RESOLVE_BENEATH | _RESOLVE_NO_MAGICLINKS)
        size = ctypes.c_size_t(ctypes.sizeof(how))
        for _ in range(_RETRIES):
            got = self._syscall(self._number, ctypes.c_int(root), path, ctypes.byref(how), size)
            if got >= 0:
                return int(got)
            if ctypes.get_errno() not in (errno.EAGAIN, errno.EINTR):
                break
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class WalkConfinement:
    """Name by name with O_NOFOLLOW, for kernels and sandboxes without openat2."""

    name = "walk"

    def open(self, root: int, parts: Parts, flags: int) -> int:
        """Walk down; every descriptor opened on the way is closed again."""
        walk = _Walk(root, parts)
        try:
            return walk.run(flags)
        finally:
            walk.close()


class _Walk:
    """One walk: the names still to go, and the directories passed, root first."""

    def __init__(self, root: int, parts: Parts) -> None:
        self._todo = list(reversed(parts))
        self._passed = [os.dup(root)]
        self._links = 0

    def run(self, flags: int) -> int:
        for _ in range(_RETRIES * _MAX_LINKS):
            if not self._todo:
                return os.open(".", flags, dir_fd=self._passed[-1])
            name = self._todo.pop()
            if name == "..":
                self._up()
            elif name not in ("", "."):
                found = self._down(name, flags)
                if found is not None:
                    return found
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))

    def close(self) -> None:
        for descriptor in self._passed:
            os.close(descriptor)

    def _up(self) -> None:
        if len(self._passed) == 1:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        os.close(self._passed.pop())

    def _down(self, name: str, flags: int) -> int | None:
        """Enter or open `name`; None when the walk goes on."""
        here = self._passed[-1]
        target = _read_link(name, here)
        if target is not None:
            self._follow(target)
            return None
        if not self._todo:
            return self._open_last(name, flags)
        if len(self._passed) >= _MAX_STACK:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        entered = self._open(name, (LOOK if hasattr(os, "O_PATH") else os.O_RDONLY) | os.O_DIRECTORY)
        if entered is not None:
            self._passed.append(entered)
        return None

    def _open_last(self, name: str, flags: int) -> int | None:
        opened = self._open(name, flags)
        # O_PATH with O_NOFOLLOW opens a link itself: one that appeared since `_read_link` must not be handed out.
        if opened is not None and stat.S_ISLNK(os.fstat(opened).st_mode):
            os.close(opened)
            self._todo.append(name)
            return None
        return opened

    def _open(self, name: str, flags: int) -> int | None:
        """Open without following; None, with the name to do again, when a link took its place just now."""
        try:
            return os.open(name, flags | os.O_NOFOLLOW, dir_fd=self._passed[-1])
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR) and _read_link(name, self._passed[-1]) is not None:
                self._todo.append(name)
                return None
            raise

    def _follow(self, target: str) -> None:
        self._links += 1
        if self._links > _MAX_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        if target.startswith("/"):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        self._todo.extend(reversed(target.split("/")))


def _read_link(name: str, directory: int) -> str | None:
    try:
        return os.readlink(name, dir_fd=directory)
    except OSError as error:
        if error.errno == errno.EINVAL:
            return None
        raise


def strongest(number: int = _SYS_OPENAT2) -> Confinement:
    """The kernel's confinement where system call `number` is it (a seccomp profile may hide it), else the walk."""
    try:
        kernel = KernelConfinement(number)
        here = os.open("/", DIRECTORY)
        try:
            os.close(kernel.open(here, (), DIRECTORY))
        finally:
            os.close(here)
    except (OSError, AttributeError):
        return WalkConfinement()
    return kernel
