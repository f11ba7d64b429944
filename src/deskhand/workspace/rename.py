"""Renaming that never destroys: put a name where nothing is, or swap two names. Both atomic, both by descriptor."""

import ctypes
import errno
import os
import stat

_NOREPLACE = 1
_EXCHANGE = 2
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM}


def rename_new(source: int, name: str, target: int, new_name: str) -> None:
    """Rename `name` in directory `source` to `new_name` in directory `target`, where nothing may be.

    Raises:
        FileExistsError: something is there; nothing changed.
    """
    if not _renameat2(source, name, target, new_name, _NOREPLACE):
        rename_by_claiming(source, name, target, new_name)


def rename_by_claiming(source: int, name: str, target: int, new_name: str) -> None:
    """`rename_new` without renameat2(2): an empty stand-in claims the new name, and rename(2) replaces that."""
    is_directory = stat.S_ISDIR(os.stat(name, dir_fd=source, follow_symlinks=False).st_mode)
    if is_directory:
        os.mkdir(new_name, dir_fd=target)
    else:
        os.close(os.open(new_name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=target))
    try:
        os.rename(name, new_name, src_dir_fd=source, dst_dir_fd=target)
    except OSError:
        (os.rmdir if is_directory else os.unlink)(new_name, dir_fd=target)
        raise


def swap(directory: int, one: str, other: str) -> None:
    """Exchange two names in a directory."""
    if not _renameat2(directory, one, directory, other, _EXCHANGE):
        swap_by_renaming(directory, one, other)


def swap_by_renaming(directory: int, one: str, other: str) -> None:
    """`swap` without renameat2(2): `other` is missing for an instant between renames; no file is ever lost."""
    aside = f"{one}.old"
    rename_new(directory, other, directory, aside)
    try:
        rename_new(directory, one, directory, other)
    except OSError:
        rename_new(directory, aside, directory, other)
        raise
    rename_new(directory, aside, directory, one)


def _renameat2(source: int, name: str, target: int, new_name: str, flags: int) -> bool:
    """Call renameat2(2), Linux 3.15 and glibc 2.28; False when system or file system do not have it."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if function is None:
        return False
    if function(source, os.fsencode(name), target, os.fsencode(new_name), ctypes.c_uint(flags)) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code))
