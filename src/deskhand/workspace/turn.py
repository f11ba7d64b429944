"""One writer at a time in a workspace, across threads, processes and replicas on one file system."""

import errno
import fcntl
import time
from collections.abc import Generator
from contextlib import contextmanager

from deskhand.errors import Unavailable
from deskhand.workspace.confine import DIRECTORY
from deskhand.workspace.root import Root
from deskhand.workspace.steps import stop_if_cancelled

_WITHOUT_LOCKS = {errno.ENOTSUP, errno.ENOLCK, errno.EBADF, errno.EINVAL, errno.ENOSYS}
_PAUSE_SECONDS = 0.005


@contextmanager
def turn(root: Root, *, seconds: float = 10) -> Generator[None]:
    """Wait for our turn, with an advisory flock(2) on the root itself; blocks.

    Where the file system has no such locks, writers rely on the exchange that notices a change made meanwhile.

    Raises:
        Unavailable: others kept it for longer than `seconds`.
    """
    with root.open((), DIRECTORY) as descriptor:
        deadline = time.monotonic() + seconds
        while not _taken(descriptor):
            stop_if_cancelled()
            if time.monotonic() > deadline:
                raise Unavailable("Others are writing to the workspace and do not finish. Try again in a moment.")
            time.sleep(_PAUSE_SECONDS)
        yield  # closing the descriptor gives the lock back


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _WITHOUT_LOCKS:
            raise
    return True
