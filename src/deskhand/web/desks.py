"""One desk per principal, made when they first look, for as long as the program runs."""

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import anyio
from anyio.abc import TaskGroup

from deskhand.errors import Unavailable
from deskhand.host.servers import ServerSpec
from deskhand.principal import ALL_SCOPES, Principal
from deskhand.web.desk import Desk
from deskhand.web.draw import Draw
from deskhand.web.question_resuming import resume_questions
from deskhand.web.surroundings import Surroundings

ServersFor = Callable[[Principal], Sequence[ServerSpec]]
"""Which servers a principal may drive, our own among them, with a token of theirs."""

_log = logging.getLogger(__name__)
CLOSING_SECONDS = 3.0
"""How long desks may take to end: servers that run as a command are asked to leave, and then made to."""


class Desks:
    """The desks of all principals who have a page open, or had one."""

    def __init__(self, around: Surroundings, servers_for: ServersFor, draw: Draw) -> None:
        self.around = around
        self._servers_for = servers_for
        self._draw = draw
        self._desks: dict[tuple[str, frozenset[str]], Desk] = {}
        self._closed = False
        self._running: set[anyio.CancelScope] = set()
        self._ended = anyio.Event()
        self._tasks: TaskGroup

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep desks until left."""
        async with anyio.create_task_group() as self._tasks:
            yield
            self._tasks.cancel_scope.cancel()

    async def of(self, principal: Principal) -> Desk:
        """The desk of this principal, connected or connecting.

        Who comes with a token for less has a desk of its own, which can do less; whatever else the scopes say, all of
        them (`*`) are one desk.

        Raises:
            Unavailable: Deskhand is stopping, or the desk broke.
        """
        if principal.scopes >= ALL_SCOPES:
            principal = replace(principal, scopes=ALL_SCOPES)
        key = (principal.subject, principal.scopes)
        desk = self._desks.get(key)
        if desk is None:
            if self._closed:
                raise Unavailable("Deskhand is stopping. Load the page again when it is back.")
            desk = Desk(principal, self._servers_for(principal), self.around, self._draw)
            self._desks[key] = desk
            self._tasks.start_soon(self._run, desk)
            self._tasks.start_soon(self._resume, desk)
        await desk.ready.wait()
        if self._desks.get(key) is not desk:
            raise Unavailable("What belongs to this page has ended. Load the page again.")
        return desk

    def resume(self) -> None:
        """Ask again what waits, as when there is a model at last."""
        for desk in self._desks.values():
            self._tasks.start_soon(self._resume, desk)

    async def close(self) -> None:
        """End all desks in good order, and take no new ones; what does not end in `CLOSING_SECONDS` is cancelled."""
        self._closed = True
        for desk in self._desks.values():
            desk.close()
        with anyio.move_on_after(CLOSING_SECONDS):
            while self._running:
                await self._ended.wait()
        for scope in self._running:  # not the group's: whoever waits here is in it
            scope.cancel()

    async def _resume(self, desk: Desk) -> None:
        await desk.ready.wait()
        if desk.resumes and desk in self._desks.values():
            desk.start(partial(resume_questions, desk))

    async def _run(self, desk: Desk) -> None:
        with anyio.CancelScope() as scope:
            self._running.add(scope)
            try:
                await desk.run()
            except Exception:  # one person's desk is not everybody's; the next look makes another
                _log.exception("A desk broke")
            finally:
                self._desks = {key: each for key, each in self._desks.items() if each is not desk}
                self._running.discard(scope)
                self._ended.set()
                self._ended = anyio.Event()
