"""One desk per principal, made when they first look, for as long as a browser of theirs is signed in."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial

import anyio
from anyio.abc import TaskGroup

from deskhand.errors import DeskhandError, Unavailable
from deskhand.host.servers import ServerSpec
from deskhand.principal import Principal
from deskhand.web.desk import Desk
from deskhand.web.draw import Draw
from deskhand.web.question_resuming import resume_questions
from deskhand.web.surroundings import Surroundings
from deskhand.web.visit import desk_scopes

ServersFor = Callable[[Principal], AbstractContextManager[Sequence[ServerSpec]]]
"""Which servers a principal may drive, our own among them, with a token of theirs that is good until left."""
IsIn = Callable[[Principal], Awaitable[bool]]
"""Whether a browser is signed in with the rights of a desk."""

_log = logging.getLogger(__name__)
CLOSING_SECONDS = 3.0
"""How long desks may take to end: servers that run as a command are asked to leave, and then made to."""
LOOK_SECONDS = 2.0
"""How often is looked whether somebody is still signed in at each desk."""


class Desks:
    """The desks of all principals who have a page open, or had one."""

    def __init__(self, around: Surroundings, servers_for: ServersFor, draw: Draw) -> None:
        self.around = around
        self._servers_for = servers_for
        self._draw = draw
        self._desks: dict[tuple[str, frozenset[str]], Desk] = {}
        self._closed = False
        self._running: dict[Desk, anyio.CancelScope] = {}
        self._ended = anyio.Event()
        self._tasks: TaskGroup

    @asynccontextmanager
    async def running(self, is_in: IsIn) -> AsyncGenerator[None]:
        """Keep desks until left, each as long as somebody `is_in`: a page that is closed ends nothing."""
        async with anyio.create_task_group() as self._tasks:
            self._tasks.start_soon(self._look, is_in)
            yield
            self._tasks.cancel_scope.cancel()

    async def of(self, principal: Principal) -> Desk:
        """The desk of this principal, connected or connecting.

        Who comes with a token for less has a desk of its own, which can do less.

        Raises:
            Unavailable: Deskhand is stopping, or the desk broke.
        """
        principal = replace(principal, scopes=desk_scopes(principal.scopes))
        key = (principal.subject, principal.scopes)
        desk = self._desks.get(key)
        if desk is None:
            if self._closed:
                raise Unavailable("Deskhand is stopping. Load the page again when it is back.")
            desk = self._desks[key] = self._begun(principal)
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
            desk.close(comes_back=True)
        with anyio.move_on_after(CLOSING_SECONDS):
            while self._running:
                await self._ended.wait()
        for scope in self._running.values():  # not the group's: whoever waits here is in it
            scope.cancel()

    async def _look(self, is_in: IsIn) -> None:
        """End each desk, and what runs there, soon after nobody is signed in any more.

        That is when its token was revoked or expired, or its browsers were signed out. What is kept, questions among
        it, waits for whoever comes back.
        """
        while True:
            await anyio.sleep(LOOK_SECONDS)
            for key, desk in list(self._desks.items()):
                if await self._is_left(desk, is_in) and self._desks.get(key) is desk:
                    del self._desks[key]  # who comes back meanwhile gets another
                    self._end(desk)

    @staticmethod
    async def _is_left(desk: Desk, is_in: IsIn) -> bool:
        """Whether nobody is signed in at a desk; not where that cannot be found out: all desks hang on this look."""
        try:
            return not await is_in(desk.principal)
        except DeskhandError:
            return False  # a database that is busy says nothing about anybody
        except Exception:
            _log.exception("Whether somebody is signed in could not be found out")
            return False

    def _end(self, desk: Desk) -> None:
        desk.close()
        if desk in self._running:
            self._running[desk].deadline = anyio.current_time() + CLOSING_SECONDS

    def _begun(self, principal: Principal) -> Desk:
        held = ExitStack()
        desk = Desk(principal, held.enter_context(self._servers_for(principal)), self.around, self._draw)
        self._tasks.start_soon(self._run, desk, held)
        self._tasks.start_soon(self._resume, desk)
        return desk

    async def _resume(self, desk: Desk) -> None:
        await desk.ready.wait()
        if desk.resumes and desk in self._desks.values():
            desk.start(partial(resume_questions, desk))

    async def _run(self, desk: Desk, held: ExitStack) -> None:
        with held, anyio.CancelScope() as scope:
            self._running[desk] = scope
            try:
                await desk.run()
            except Exception:  # one person's desk is not everybody's; the next look makes another
                _log.exception("A desk broke")
            finally:
                self._desks = {key: each for key, each in self._desks.items() if each is not desk}
                del self._running[desk]
                self._ended.set()
                self._ended = anyio.Event()
