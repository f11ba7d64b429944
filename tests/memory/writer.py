"""What other processes do to the same database. They come from a fork server, which has imported everything."""

import multiprocessing
import traceback
from collections.abc import Callable, Coroutine, Generator, Iterable
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any

import anyio
from tests.memory.remembering import real_time, remembering, sentence

from deskhand.principal import Principal
from deskhand.store.database import Database
from deskhand.toolsets.memory.backend import MemoryBackend
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.finding import Request

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])
Target = Path | str


@contextmanager
def process(work: Callable[..., None], *arguments: object) -> Generator[tuple[ForkServerProcess, Connection]]:
    """A process that does `work(connection, …)`, and what it sends; killed at the end if it still runs."""
    receiving, sending = CONTEXT.Pipe(duplex=False)
    started = CONTEXT.Process(target=work, args=(sending, *arguments))
    started.start()
    sending.close()
    try:
        yield started, receiving
    finally:
        started.kill()
        started.join()
        started.close()
        receiving.close()


def received(connection: Connection) -> Generator[tuple[int, str, str]]:
    """What a writer sent, until it ends or is killed: the number, the status, the id."""
    try:
        while True:
            number, status, memory_id = connection.recv()
            assert status != "failed", memory_id
            yield number, status, memory_id
    except (EOFError, ConnectionResetError):
        return


def save_sentences(
    sending: Connection, target: Target, subject: str, numbers: Iterable[int], together: Barrier | None = None
) -> None:
    """Save `sentence(number)` for each, tell of each once it is acknowledged."""

    async def work(backend: MemoryBackend) -> None:
        if together is not None:
            together.wait(60)
        for number in numbers:
            saved = await backend.save(Principal(subject, "writer"), Draft(sentence(number)))
            sending.send((number, saved.status, saved.id))

    _run(sending, target, work)


def search_until(sending: Connection, target: Target, subject: str, stop: Event) -> None:
    """Search, read and count until told to stop."""

    async def work(backend: MemoryBackend) -> None:
        caller, done = Principal(subject, "reader"), 0
        while not stop.is_set():
            await backend.search(caller, sentence(done % 50), Request())
            await backend.profile(caller)
            await backend.items(caller)
            done += 1
        sending.send((done, "read", ""))

    _run(sending, target, work)


def _run(sending: Connection, target: Target, work: Callable[[MemoryBackend], Coroutine[Any, Any, None]]) -> None:
    try:
        with Database(target) as database:
            anyio.run(partial(work, remembering(database, clock=real_time)))
    except Exception:
        sending.send((0, "failed", traceback.format_exc()))
