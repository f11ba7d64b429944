"""A port for a server that must be told one: from when it is chosen until the test ends, nobody else is given it."""

import socket
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def reserved_port() -> Generator[int]:
    """A free port of the loopback.

    A port that is found free and let go of may be another's before the server listens there, which takes seconds on a
    busy machine, and other tests ask for free ports all the time. So a socket that never listens stays bound to it.
    The kernel gives it to nobody who asks for any port then, and lets a server listen there that names it and sets
    SO_REUSEADDR, as servers do (Linux, socket(7): that fails only where "there is an active listening socket").
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
