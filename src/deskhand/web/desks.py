"""One desk per principal, made when they first look, for as long as the program runs."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup

from deskhand.host.servers import ServerSpec
from deskhand.principal import Principal
from deskhand.web.desk import Desk, Surroundings
from deskhand.web.draw import Draw
from deskhand.web.question_resuming import resume_questions

ServersFor = Callable[[Principal], Sequence[ServerSpec]]
"""Which servers a principal may drive, our own among them, with a token of theirs."""


class Desks:
    """The desks of all principals who have a page open, or had one."""

    def __init__(self, around: Surroundings, servers_for: ServersFor, draw: Draw) -> None:
        self.around = around
        self._servers_for = servers_for
        self._draw = draw
        self._desks: dict[str, Desk] = {}
        self._tasks: TaskGroup

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep desks until left."""
        async with anyio.create_task_group() as self._tasks:
            yield
            self._tasks.cancel_scope.cancel()

    async def of(self, principal: Principal) -> Desk:
        """The desk of this principal, connected or connecting."""
        desk = self._desks.get(principal.subject)
        if desk is None:
            desk = Desk(principal, self._servers_for(principal), self.around, self._draw)
            self._desks[principal.subject] = desk
            self._tasks.start_soon(desk.run)
            self._tasks.start_soon(resume_questions, desk)
        await desk.ready.wait()
        return desk
